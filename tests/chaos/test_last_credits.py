"""Two processes want the last credits at the same moment, a thousand times."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from nexus.config import Settings
from nexus.core.db import Database
from nexus.credits import services as credits
from nexus.jobs import invariants
from tests.chaos.racer import COST, MOST_AT_ONCE
from tests.house import ROOT, Person, Servers, clean_environment, door, run_app, settings_of, sign_in, some_domain
from tests.migrations.scratch import scratch_database

pytestmark = pytest.mark.alone

TRIALS = 1000
AHEAD_SECONDS = 0.001  # how far ahead the moment is named; both have read it by then
ANSWER_SECONDS = 10
LEAST_WINS = 10


async def test_two_processes_never_spend_more_than_there_is_nor_leave_what_they_could_spend(servers: Servers) -> None:
    dice = Random(7)  # noqa: S311 - dice, not secrets
    overlapping, single, first = 0, 0, 0

    async with scratch_database(servers) as scratch:
        settings = settings_of(scratch.environment, signup_credits=0)
        async with _runners(settings, servers) as (db, ann, racers):
            for number in range(TRIALS):
                wanted = [1, 1] if number % 2 else [dice.randint(1, MOST_AT_ONCE) for _ in racers]
                enough_for = dice.randint(1, sum(wanted) - 1)
                left_over = dice.randrange(COST)
                await _bring_balance_to(enough_for * COST + left_over, db, ann)
                told = await _race(racers, wanted)

                outcomes = [outcome for _, _, *outcomes in told for outcome in outcomes]
                assert outcomes.count("won") == enough_for, f"{outcomes.count('won')} won where {enough_for} could"
                assert set(outcomes) == {"won", "refused"}, f"nobody foresaw this in a race: {outcomes}"
                assert await _balance(db, ann) == left_over
                overlapping += _overlap(told)
                single += wanted == [1, 1]
                first += wanted == [1, 1] and "won" in told[0]
            async with db.system() as tx:
                assert [one for one in (await invariants.check(tx)).checks if not one.ok] == []

    assert overlapping >= TRIALS / 2, f"only {overlapping} of {TRIALS} races were races"
    assert LEAST_WINS < first < single - LEAST_WINS, f"of {single} races for one job the first process won {first}"


async def _bring_balance_to(target: int, db: Database, ann: Person) -> None:
    amount = target - await _balance(db, ann)
    async with db.system() as tx:
        await credits.grant(tx, ann.organisation_id, amount, "For a race")


async def _balance(db: Database, ann: Person) -> int:
    async with db.transaction(ann.organisation_id) as tx:
        return (await credits.read_balance(tx)).balance


@asynccontextmanager
async def _runners(settings: Settings, servers: Servers) -> AsyncIterator[tuple[Database, Person, list[Process]]]:
    """Somebody without credits, and two processes that can spend in their name."""
    async with run_app(settings) as app, door(app) as api:
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")
    urls = (settings.database_url, settings.system_database_url)
    command = [sys.executable, "-m", "tests.chaos.racer", *urls, str(ann.organisation_id), str(ann.user_id)]
    environment = clean_environment() | {"PYTHONPATH": str(ROOT)}
    racers = [
        await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment, cwd=ROOT)
        for _ in range(2)
    ]
    db = Database(*urls, pool_size=1)
    try:
        for racer in racers:
            assert await _line(racer) == b"ready\n"
        yield db, ann, racers
    finally:
        for racer in racers:
            _pipe(racer.stdin).close()
            await asyncio.wait_for(racer.wait(), ANSWER_SECONDS)
        await db.close()
        await ann.api.aclose()


async def _race(racers: list[Process], wanted: list[int]) -> list[list[Any]]:
    """Let both ask for so many at the same moment; when each began and ended, and what came of each job."""
    moment = time.monotonic() + AHEAD_SECONDS
    for racer, number in zip(racers, wanted, strict=True):
        _pipe(racer.stdin).write(f"{moment} {number}\n".encode())
    return [json.loads(await _line(racer)) for racer in racers]


async def _line(racer: Process) -> bytes:
    return await asyncio.wait_for(_pipe(racer.stdout).readline(), ANSWER_SECONDS)


def _pipe(pipe: Any) -> Any:
    assert pipe is not None
    return pipe


def _overlap(told: list[list[Any]]) -> bool:
    return bool(max(begun for begun, *_ in told) < min(ended for _, ended, *_ in told))
