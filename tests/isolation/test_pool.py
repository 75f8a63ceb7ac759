"""One connection for two organisations by turns, with clients that go away and requests that fail."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from nexus.core.db import Database
from nexus.credits import services as credits
from nexus.jobs import invariants
from tests.house import Person, Servers, run_app, settings_of, sign_in, some_domain
from tests.isolation.people import WORDS, plain_door, rows_of, token_of, traces_of

REQUESTS = 2_000
SIDE_BY_SIDE = 4
SEED = 20_240_229
ABORTED_OF_TEN = 3
LONGEST_STAY = 0.008  # seconds until a client goes away
WITHIN_SECONDS = 90

READS = ("/v1/me", "/v1/organisation", "/v1/credits", "/v1/credits/transactions", "/v1/jobs", "/v1/members")
FAILURES = ("/v1/jobs/not-an-id", "/v1/jobs?limit=0", "/v1/nowhere", "/v1/organisations/not-an-id")


@dataclass
class Seen:
    """What came back: how often which status, how many went away, and what should not have been there."""

    statuses: Counter[int] = field(default_factory=Counter)
    aborted: int = 0
    leaks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Visitor:
    """Somebody, and what only the other organisation may see."""

    person: Person
    foreign: set[str]


class Crowd:
    """Requests of two organisations by turns, decided by a seed."""

    def __init__(self, client: httpx.AsyncClient, visitors: list[Visitor], poor: Visitor) -> None:
        self._client = client
        self._visitors = visitors
        self._poor = poor
        self._dice = random.Random(SEED)  # noqa: S311 - it decides about test requests only
        self.seen = Seen()

    async def visit(self, count: int) -> None:
        """Send so many requests, some side by side."""
        turns = iter(range(count))

        async def take_turns() -> None:
            for turn in turns:
                await self._send_or_leave(self._visitors[turn % len(self._visitors)])

        await asyncio.gather(*(take_turns() for _ in range(SIDE_BY_SIDE)))

    async def _send_or_leave(self, visitor: Visitor) -> None:
        leaves = self._dice.randrange(10) < ABORTED_OF_TEN
        stay = self._dice.uniform(0, LONGEST_STAY)
        sending = asyncio.create_task(self._send(visitor))
        if leaves:
            await asyncio.sleep(stay)
            self.seen.aborted += sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending

    async def _send(self, visitor: Visitor) -> None:
        kind = self._dice.choices(("read", "submit", "fail", "refused", "too poor"), (6, 2, 1, 1, 1))[0]
        visitor = self._poor if kind == "too poor" else visitor
        headers = {"Authorization": f"Bearer {token_of(visitor.person)}"}
        if kind in ("read", "fail"):
            path = self._dice.choice(READS if kind == "read" else FAILURES)
            answer = await self._client.get(path, headers=headers)
        else:
            body = {"text": ""} if kind == "refused" else WORDS
            answer = await self._client.post("/v1/summarize", json=body, headers=headers)
        self.seen.statuses[answer.status_code] += 1
        self.seen.leaks += [f"{answer.url}: {trace}" for trace in visitor.foreign if trace in answer.text]


@pytest.fixture
async def narrow_app(servers: Servers) -> AsyncIterator[FastAPI]:
    """The API with a single connection."""
    async with run_app(settings_of(servers.environment, rate_limit=1_000_000), pool_size=1) as running:
        yield running


async def balanced(db: Database) -> list[str]:
    """The invariants that do not hold."""
    async with db.system() as tx:
        return [one.id for one in (await invariants.check(tx)).checks if not one.ok]


async def visitors_of(people: list[Person], truth: asyncpg.Connection) -> list[Visitor]:
    """Everybody, with the traces of all the others."""
    traces = [await traces_of(person, truth) - {"Ann Anderson"} for person in people]
    return [
        Visitor(person, set().union(*traces[:number], *traces[number + 1 :])) for number, person in enumerate(people)
    ]


async def test_one_connection_serves_two_organisations_by_turns(
    narrow_app: FastAPI, servers: Servers, db: Database, truth: asyncpg.Connection
) -> None:
    async with plain_door(narrow_app) as client:
        client.base_url = httpx.URL("http://api.test/v1")
        people = [await sign_in(client, servers.idp, f"{name}@{some_domain()}") for name in ("ann", "bob", "poor")]
        client.base_url = httpx.URL("http://api.test")
        async with db.system() as tx:
            for person in people[:2]:
                await credits.grant(tx, person.organisation_id, 100_000, "for many requests")
        for person in (*people, *[people[2]] * 9):  # the third spends everything they have
            await person.api.post("/summarize", json=WORDS)
        ann, bob, poor = await visitors_of(people, truth)
        crowd = Crowd(client, [ann, bob], poor)

        async with asyncio.timeout(WITHIN_SECONDS):
            await crowd.visit(REQUESTS)

        afterwards = [(await person.api.get("/me")).json()["user"]["email"] for person in people]
    seen = crowd.seen
    assert seen.leaks == []
    assert afterwards == [person.email for person in people]
    assert {200, 202, 402, 404, 422} <= seen.statuses.keys() <= {200, 202, 402, 404, 422}, seen.statuses
    assert seen.aborted > REQUESTS // 20, seen
    assert seen.statuses.total() > REQUESTS // 2, seen
    assert await balanced(db) == []
    for person in people[:2]:
        rows = await rows_of(truth, person.organisation_id)
        assert {job["user_id"] for job in rows["jobs"]} == {str(person.user_id)}
