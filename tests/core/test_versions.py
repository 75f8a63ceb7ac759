"""An announced end stands on every answer of its path; while none is announced, nothing does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from nexus.app import create_app
from nexus.config import Settings
from nexus.core.versions import ENDS, End, Ends
from tests.house import door

ANNOUNCED, SUNSET = datetime(2027, 1, 4, tzinfo=UTC), datetime(2028, 2, 1, 12, tzinfo=UTC)
END = End(ANNOUNCED, SUNSET, "/v2/summarize")
SAYS = {
    "Deprecation": f"@{int(ANNOUNCED.timestamp())}",
    "Sunset": "Tue, 01 Feb 2028 12:00:00 GMT",
    "Link": '</v2/summarize>; rel="successor-version"',
}


@pytest.fixture
async def ending(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API on the day after /v1/summarize was announced to end."""
    app = create_app(settings, ends=Ends({"/v1/summarize": END}))
    async with app.router.lifespan_context(app):
        yield app


def said(answer: httpx.Response) -> dict[str, str]:
    """What an answer says of its end."""
    return {name: answer.headers[name] for name in SAYS if name in answer.headers}


async def test_every_answer_of_a_path_that_will_end_says_so(ending: FastAPI) -> None:
    async with door(ending) as api:
        refused = await api.post("/summarize", json={"text": "x"})
        at_the_door = await api.post("/summarize", content=b"x", headers={"Content-Type": "text/plain"})

    assert (refused.status_code, at_the_door.status_code) == (401, 415)
    assert said(refused) == said(at_the_door) == SAYS


async def test_other_paths_say_nothing_of_it(ending: FastAPI) -> None:
    async with door(ending) as api:
        answers = [await api.get("/jobs"), await api.post("http://api.test/v2/summarize", json={"text": "x"})]

    assert [said(answer) for answer in answers] == [{}, {}]


def test_the_description_marks_what_will_end(ending: FastAPI) -> None:
    paths = ending.openapi()["paths"]

    assert paths["/v1/summarize"]["post"]["deprecated"] is True
    assert "deprecated" not in paths["/v2/summarize"]["post"]


def test_the_end_of_a_version_is_that_of_all_its_paths() -> None:
    later = End(ANNOUNCED, SUNSET + timedelta(days=90), "/v2")
    ends = Ends({"/v1": later, "/v1/summarize": END})

    assert ends.of("/v1/jobs/some-id") is later
    assert ends.of("/v1/summarize") is END
    assert ends.of("/v10/jobs") is None
    assert ends.of("/v2/summarize") is None


def test_an_end_that_comes_too_soon_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 365 days"):
        End(ANNOUNCED, ANNOUNCED + timedelta(days=364), "/v2")


async def test_today_nothing_is_announced_and_no_answer_speaks_of_an_end(api: httpx.AsyncClient) -> None:
    answer = await api.post("/summarize", json={"text": "x"})

    assert ENDS.by_path == {}
    assert said(answer) == {}
