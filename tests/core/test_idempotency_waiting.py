"""A request that is sent again while the first still runs waits for it, but not for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from uuid import uuid4

import asyncpg
import httpx

from tests.house import Person, refusal

TEXT = "A text that takes its time."
PATIENCE_SECONDS = 2.0


@asynccontextmanager
async def held_up(truth: asyncpg.Connection, person: Person) -> AsyncIterator[None]:
    """Hold the row that every charge of the organisation has to change."""
    async with truth.transaction():
        await truth.execute("SELECT FROM org_credits WHERE organisation_id = $1 FOR UPDATE", person.organisation_id)
        yield


def submitting(person: Person, key: str) -> "asyncio.Task[httpx.Response]":
    """A submit that is under way."""
    return asyncio.create_task(
        person.api.post("/summarize", json={"text": TEXT}, headers={"Idempotency-Key": key}, timeout=20)
    )


async def test_a_repetition_waits_for_the_first_and_gets_its_answer(ann: Person, truth: asyncpg.Connection) -> None:
    key = uuid4().hex
    async with held_up(truth, ann):
        first = submitting(ann, key)
        await asyncio.sleep(0.2)
        second = submitting(ann, key)
        await asyncio.sleep(0.5)

    answers = await asyncio.gather(first, second)

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert sorted("Idempotency-Replayed" in answer.headers for answer in answers) == [False, True]


async def test_a_repetition_that_waited_two_seconds_is_told_to_come_again(
    ann: Person, truth: asyncpg.Connection
) -> None:
    key = uuid4().hex
    async with held_up(truth, ann):
        first = submitting(ann, key)
        await asyncio.sleep(0.2)
        started = perf_counter()
        second = await submitting(ann, key)
        took = perf_counter() - started

    third = await submitting(ann, key)

    assert refusal(second) == (409, "idempotency_in_progress")
    assert second.headers["Retry-After"] == "1"
    assert PATIENCE_SECONDS <= took < PATIENCE_SECONDS + 0.5
    assert third.content == (await first).content


async def test_another_key_does_not_wait_for_the_first(ann: Person, bob: Person, truth: asyncpg.Connection) -> None:
    key = uuid4().hex
    async with held_up(truth, ann):
        first = submitting(ann, key)
        await asyncio.sleep(0.1)
        started = perf_counter()
        bobs = await submitting(bob, key)
        took = perf_counter() - started

    assert bobs.status_code == 202
    assert took < 1
    assert (await first).status_code == 202


async def test_a_first_request_whose_client_hung_up_leaves_no_key_behind(
    ann: Person, truth: asyncpg.Connection
) -> None:
    key = uuid4().hex
    async with held_up(truth, ann):
        first = submitting(ann, key)
        await asyncio.sleep(0.2)
        first.cancel()
        await asyncio.wait([first])

    answer = await submitting(ann, key)

    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (202, False)
    assert await truth.fetchval("SELECT count(*) FROM jobs WHERE organisation_id = $1", ann.organisation_id) == 1
