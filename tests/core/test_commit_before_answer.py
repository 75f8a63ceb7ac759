"""An answer leaves after its commit: whoever holds a 2xx holds something that is in the database."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from tests.core.scratch import CUTTERS
from tests.house import Person, refusal


@pytest.fixture
async def cutter(truth: asyncpg.Connection) -> AsyncIterator[None]:
    """Somebody who may cut connections."""
    CUTTERS.append(truth)
    yield
    CUTTERS.remove(truth)


def _as(person: Person) -> dict[str, str]:
    return {"Authorization": person.api.headers["Authorization"]}


async def test_what_only_the_commit_refuses_is_not_answered_as_done(scratch: httpx.AsyncClient, ann: Person) -> None:
    with capture_logs():
        answer = await scratch.post("/scratch/broken-promise", headers=_as(ann))

    assert refusal(answer) == (500, "internal_error")
    assert "kept" not in answer.text


@pytest.mark.usefixtures("cutter")
async def test_a_connection_cut_before_the_commit_is_not_answered_as_done(
    scratch: httpx.AsyncClient, ann: Person
) -> None:
    with capture_logs() as logs:
        answer = await scratch.post("/scratch/cut-off", headers=_as(ann))

    assert refusal(answer) == (503, "unavailable"), logs
    assert "kept" not in answer.text


@pytest.mark.usefixtures("cutter")
async def test_after_a_cut_connection_the_next_request_is_answered(scratch: httpx.AsyncClient, ann: Person) -> None:
    with capture_logs():
        await scratch.post("/scratch/cut-off", headers=_as(ann))

    answer = await scratch.get("/v1/me", headers=_as(ann))

    assert answer.status_code == 200


async def test_what_was_answered_is_there_when_the_answer_is_there(truth: asyncpg.Connection, ann: Person) -> None:
    answer = await ann.api.post("/summarize", json={"text": "Is it there?"})

    found = await truth.fetchval("SELECT count(*) FROM jobs WHERE id = $1", answer.json()["job_id"])
    assert (answer.status_code, found) == (202, 1)
