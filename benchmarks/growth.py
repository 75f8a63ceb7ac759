"""
Whether what is hot stays as quick while everything grows: ten thousand jobs against a million, over ten thousand
organisations.

Both databases lie on one server, each with an API process of its own, and are asked in turn, so that the machine's mood
meets both. The workers of the bench stand still meanwhile.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count
from statistics import median
from time import perf_counter

from benchmarks import load
from benchmarks.grown import URLS, Grown, grown
from benchmarks.setting import BODY, NUMBER, Crowd, Row
from nexus.core.db import Database
from nexus.jobs import invariants, lookout, services
from nexus.jobs.retention import erase_inputs

SMALL, LARGE = 10_000, 1_000_000
MOST = 1.3
ROUNDS, ASKED, CLAIMED, LOOKED = 7, 80, 30, 7
NUMBERS = count()
LONG = timedelta(days=90)

Times = dict[int, list[float]]


async def growth(crowd: Crowd) -> list[Row]:
    """p50 of each hot call at both sizes, and what the looks across all organisations cost."""
    async with AsyncExitStack() as held:
        held.enter_context(crowd.workers_held())
        sizes = [await held.enter_async_context(grown(crowd.stack, jobs)) for jobs in (SMALL, LARGE)]
        rows = await _calls(sizes)
        doors = {one.jobs: Database(one.environment[URLS[1]], one.environment[URLS[2]], pool_size=2) for one in sizes}
        try:
            rows.append(_row("claim", await _in_turn(doors, _claims, ROUNDS)))
            for name, look in LOOKS.items():
                rows.append(_told(name, await _in_turn(doors, look, LOOKED)))
        finally:
            for db in doors.values():
                await db.close()
    return rows


def _requests() -> dict[str, Callable[[Grown], load.Request]]:
    """The hottest calls."""

    def get(path: str) -> Callable[[Grown], load.Request]:
        def of(one: Grown) -> load.Request:
            asked = [load.get(path, token) for token in one.tokens]
            return lambda number: asked[number % len(asked)]

        return of

    def read_job(one: Grown) -> load.Request:
        paths = zip(one.tokens, one.job_ids, strict=True)
        asked = [load.get(f"/v1/jobs/{job}", token) for token, jobs in paths for job in jobs]
        return lambda number: asked[number * 7 % len(asked)]

    def submit(one: Grown) -> load.Request:
        asked = [load.post("/v1/instant", BODY, token) for token in one.tokens]
        return lambda number: asked[number % len(asked)].replace(NUMBER, b"%012d" % next(NUMBERS))

    return {
        "submit": submit,
        "job read": read_job,
        "balance": get("/v1/credits"),
        "list of jobs": get("/v1/jobs?limit=1"),
        "transactions": get("/v1/credits/transactions?limit=1"),
        "usage": get("/v1/credits/usage"),
    }


async def _calls(sizes: Sequence[Grown]) -> list[Row]:
    calls = _requests()
    found: dict[str, Times] = {name: {one.jobs: [] for one in sizes} for name in calls}
    for number in range(ROUNDS + 1):
        for name, request in calls.items():
            for one in sizes if number % 2 else sizes[::-1]:
                answers = await load.run(one.api, request(one), connections=1, seconds=60, most=ASKED)
                assert max(answers.statuses) < 300, answers.statuses
                found[name][one.jobs] += answers.latencies if number else []  # the first round warms up
    return [_row(name, times) for name, times in found.items()]


async def _in_turn(
    doors: dict[int, Database], look: Callable[[Database], Awaitable[list[float]]], rounds: int
) -> Times:
    found: Times = {size: [] for size in doors}
    for number in range(rounds + 1):
        for size, db in list(doors.items())[:: 1 if number % 2 else -1]:
            times = await look(db)
            found[size] += times if number else []
    return found


async def _claims(db: Database) -> list[float]:
    """Look for a due job, and claim it, as a worker with one free hand does."""
    times = []
    for _ in range(CLAIMED):
        begun = perf_counter()
        async with db.glance() as tx:
            [key] = await lookout.find_waiting(tx, ["instant"], 1)
        async with db.transaction(key.organisation_id) as tx:
            assert await services.claim_job(tx, key, "bench", 300)
        times.append(perf_counter() - begun)
    return times


def _once(look: Callable[[Database], Awaitable[object]]) -> Callable[[Database], Awaitable[list[float]]]:
    async def timed(db: Database) -> list[float]:
        begun = perf_counter()
        await look(db)
        return [perf_counter() - begun]

    return timed


async def _sweep(db: Database) -> None:
    async with db.glance() as tx:
        await lookout.find_stranded(tx, 200)


async def _gauge(db: Database) -> None:
    async with db.system() as tx:
        await lookout.read_depth(tx)


async def _retention(db: Database) -> None:
    async with db.glance() as tx:
        await erase_inputs(tx, LONG, 500)


async def _check(db: Database) -> None:
    async with db.system() as tx:
        found = await invariants.check(tx)
    assert [one.id for one in found.checks if not one.ok] == []


LOOKS = {
    "the sweep's look": _once(_sweep),
    "the gauge of the queue": _once(_gauge),
    "a look for texts to erase": _once(_retention),
    "nexus check": _once(_check),
}


def _figures(times: Times) -> tuple[float, float]:
    return median(times[SMALL]) * 1000, median(times[LARGE]) * 1000


def _row(name: str, times: Times) -> Row:
    small, large = _figures(times)
    return (f"growth: {name}", f"{large / small:.2f}", f"p50 {small:.2f} and {large:.2f} ms; at most {MOST}")


def _told(name: str, times: Times) -> Row:
    small, large = _figures(times)
    return (f"growth: {name}", f"{large:.1f} ms", f"at {LARGE} jobs; {small:.1f} ms at {SMALL}")
