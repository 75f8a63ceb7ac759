"""`nexus rate-limit`: the operator gives an organisation a limit of its own, and takes it back."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from tests.house import Servers, nexus, refusal
from tests.limits.narrow import Narrow, narrow_app, told

USAGE = 2  # how the command line says that it was called in a wrong way
ENTRIES = """
SELECT user_id, target, facts FROM audit_events
WHERE organisation_id = $1 AND action = 'organisation.rate_limit_changed' ORDER BY id
"""


@pytest.fixture(scope="module")
async def narrow(servers: Servers) -> AsyncIterator[Narrow]:
    """The API with five calls in a window, unless the operator says otherwise."""
    async with narrow_app(servers, rate_limit=5, web_rate_limit=6, status_rate_limit=8) as opened:
        yield opened


def set_limit(servers: Servers, organisation: str, limit: int | str, status: int = 0) -> str:
    """Run the command; everything that it says."""
    asked = ("--organisation", organisation, "--limit", str(limit))
    done = nexus("rate-limit", "set", *asked, environment=servers.environment, status=status)
    return done.stdout + done.stderr


async def test_another_limit_holds_from_the_next_request_on_and_for_nobody_else(
    servers: Servers, narrow: Narrow
) -> None:
    ann, bob = await narrow.person(), await narrow.person()
    for _ in range(5):
        await ann.api.get("/me")

    said = set_limit(servers, ann.domain, 7)

    more = [await ann.api.get("/organisation") for _ in range(3)]
    assert "7 requests" in said
    assert [answer.status_code for answer in more] == [200, 200, 429]
    assert (more[0].json()["rate_limit"], told(more[0])) == (7, ("organisation", 1))
    assert ((await bob.api.get("/organisation")).json()["rate_limit"], told(await bob.api.get("/me"))[1]) == (5, 3)


async def test_a_lower_limit_holds_at_once_and_the_platforms_can_come_back(servers: Servers, narrow: Narrow) -> None:
    ann = await narrow.person()
    await ann.api.get("/me")
    await ann.api.get("/me")

    set_limit(servers, str(ann.organisation_id), 2)
    lower = await ann.api.get("/me")
    nexus("rate-limit", "reset", "--organisation", ann.domain, environment=servers.environment)
    again = await ann.api.get(f"/organisations/{ann.organisation_id}")

    assert refusal(lower) == (429, "rate_limited")
    assert (again.status_code, again.json()["rate_limit"], told(again)) == (200, 5, ("organisation", 2))


async def test_an_organisations_own_limit_says_nothing_of_the_web_applications_windows(
    servers: Servers, narrow: Narrow
) -> None:
    ann = await narrow.person(web=True)
    set_limit(servers, ann.domain, 2)

    assert [told(await ann.api.get(path)) for path in ("/me", "/credits")] == [("web", 5), ("status", 7)]


async def test_each_change_is_written_down_as_the_operators_doing(
    servers: Servers, narrow: Narrow, truth: asyncpg.Connection
) -> None:
    ann = await narrow.person()
    set_limit(servers, ann.domain, 250)
    nexus("rate-limit", "reset", "--organisation", ann.domain, environment=servers.environment)

    rows = await truth.fetch(ENTRIES, ann.organisation_id)

    assert [(row["user_id"], row["target"], json.loads(row["facts"])) for row in rows] == [
        (None, str(ann.organisation_id), {"rate_limit": limit, "by": "operator"}) for limit in (250, None)
    ]


async def test_an_admin_cannot_change_the_limit(narrow: Narrow) -> None:
    ann = await narrow.person()

    answer = await ann.api.patch("/organisation", json={"rate_limit": 1000})

    assert refusal(answer) == (422, "invalid_request")
    assert (await ann.api.get("/organisation")).json()["rate_limit"] == 5


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "1000001", "many"])
def test_what_is_no_limit_is_refused(servers: Servers, limit: str) -> None:
    assert "Traceback" not in set_limit(servers, str(uuid4()), limit, status=USAGE)


def test_an_unknown_organisation_is_told_in_a_sentence(servers: Servers) -> None:
    assert set_limit(servers, "nobody.test", 5, status=1).startswith("No organisation has the id or domain")
