"""
Exactly 100 of 110: in the first burst after a start and in later ones, while four processes compute without pause.

Three rounds of each, unless NEXUS_TEST_ROUNDS says how many.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nexus.local.redis import EmbeddedRedis
from tests.house import Servers
from tests.limits.two_processes import CALLS, LIMIT, REPLICAS, Pair, busy_processors, pair_of_processes

pytestmark = [pytest.mark.alone, pytest.mark.timeout(600)]

ROUNDS = int(os.environ.get("NEXUS_TEST_ROUNDS", "3"))
EXACT = {200: LIMIT, 429: CALLS - LIMIT}
HELD_SECONDS = 0.2
WEB, STATUS = 60, 80


@pytest.fixture(scope="module", autouse=True)
def busy() -> Iterator[None]:
    """A machine on which four other processes compute."""
    with busy_processors(4):
        yield


@pytest.fixture(scope="module")
async def pair(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two processes that have served before."""
    settings = {"NEXUS_WEB_RATE_LIMIT": str(WEB), "NEXUS_STATUS_RATE_LIMIT": str(STATUS)}
    async with pair_of_processes(servers, tmp_path_factory.mktemp("pair"), **settings) as running:
        await running.burst(await running.somebody())
        yield running


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_the_first_burst_after_a_start_is_exact(servers: Servers, tmp_path: Path, number: int) -> None:
    async with pair_of_processes(servers, tmp_path) as started:
        ann = await started.somebody()

        assert await started.burst(ann) == EXACT, f"round {number}: {await started.decided_alone()}"


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_a_later_burst_is_exact(pair: Pair, number: int) -> None:
    ann = await pair.somebody()

    assert await pair.burst(ann) == EXACT, f"round {number}: {await pair.decided_alone()}"


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_a_burst_during_which_a_process_is_held_for_200_ms_is_exact(pair: Pair, number: int) -> None:
    ann = await pair.somebody()
    bursting = asyncio.create_task(pair.burst(ann))
    await asyncio.sleep(0.05)
    held = pair.processes[number % REPLICAS].popen

    held.send_signal(signal.SIGSTOP)
    await asyncio.sleep(HELD_SECONDS)
    held.send_signal(signal.SIGCONT)

    assert await bursting == EXACT, f"round {number}: {await pair.decided_alone()}"


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_a_burst_during_which_redis_itself_is_held_for_200_ms_is_exact(
    pair: Pair, servers: Servers, number: int
) -> None:
    ann = await pair.somebody()
    redis: EmbeddedRedis = servers.redis
    bursting = asyncio.create_task(pair.burst(ann))
    await asyncio.sleep(0.05)

    redis.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(HELD_SECONDS)
    redis.process.send_signal(signal.SIGCONT)

    assert await bursting == EXACT, f"round {number}: {await pair.decided_alone()}"


async def test_a_persons_windows_in_the_web_application_are_exact_too_and_apart(pair: Pair) -> None:
    ann = await pair.somebody(web=True)

    calls = await pair.burst(ann, paths=["/me", "/jobs"])
    reads = await pair.burst(ann, paths=["/credits", "/credits/usage"])

    assert (calls, reads) == ({200: WEB, 429: CALLS - WEB}, {200: STATUS, 429: CALLS - STATUS})
