"""A process that was busy itself does not take Redis for away: it asks, waits, and counts where all the others do."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from nexus.core.fair_timeout import fair_timeout
from nexus.core.ratelimit import Limiter, Policy
from nexus.core.redis import QuickRedis
from nexus.local.redis import EmbeddedRedis
from tests.limits.relay import Relay, relay_to

pytestmark = pytest.mark.alone

PROBE = Policy("probe", 100, 900)
HELD_SECONDS = 0.2


@pytest.fixture
def relay(own_redis: EmbeddedRedis) -> Iterator[Relay]:
    """A way to Redis on which an answer takes 20 ms, as on a machine whose processors are all busy."""
    with relay_to(own_redis.url) as there:
        there.delay_seconds = 0.02
        yield there


@pytest.fixture
async def cold(relay: Relay) -> AsyncIterator[QuickRedis]:
    """A process that has not been in touch with Redis yet."""
    door = QuickRedis(relay.url)
    yield door
    await door.close()


def hold_the_loop(times: int = 1) -> None:
    """Compute for 200 ms, as far as anybody else in this event loop can tell."""
    time.sleep(times * HELD_SECONDS)


async def hold_after(passes: int) -> None:
    """Let the loop come round so many times, then hold it."""
    for _ in range(passes):
        await asyncio.sleep(0)
    hold_the_loop()


@pytest.mark.parametrize("passes", range(10))
async def test_a_loop_that_is_held_while_it_asks_leaves_redis_its_whole_time(cold: QuickRedis, passes: int) -> None:
    await cold.get_in_touch()
    limiter = Limiter(cold, 2)
    await limiter.count(PROBE, "ann")

    holding = asyncio.create_task(hold_after(passes))
    found = await asyncio.gather(*(limiter.count(PROBE, "ann") for _ in range(109)))
    await holding

    assert sum(one.admitted for one in found) == 99
    assert not cold.is_away


async def test_a_loop_that_is_held_again_and_again_asks_redis_all_the_same(cold: QuickRedis) -> None:
    await cold.get_in_touch()
    limiter = Limiter(cold, 2)

    async def keep_holding() -> None:
        for _ in range(10):
            await hold_after(2)

    holding = asyncio.create_task(keep_holding())
    found = await asyncio.gather(*(limiter.count(PROBE, "ann") for _ in range(110)))
    await holding

    assert sum(one.admitted for one in found) == 100
    assert not cold.is_away


async def test_a_process_that_starts_on_a_busy_machine_is_in_touch_before_it_serves(
    cold: QuickRedis, relay: Relay
) -> None:
    relay.delay_seconds = 0.15
    holding = asyncio.create_task(hold_after(3))

    await cold.get_in_touch()

    await holding
    assert not cold.is_away


async def test_the_first_question_of_a_process_that_was_never_in_touch_is_answered_by_redis(cold: QuickRedis) -> None:
    limiter = Limiter(cold, 2)
    holding = asyncio.create_task(hold_after(4))

    found = await asyncio.gather(*(limiter.count(PROBE, "ann") for _ in range(110)))

    await holding
    assert sum(one.admitted for one in found) == 100


async def test_a_fair_timeout_does_not_count_the_time_in_which_the_loop_was_held() -> None:
    done = asyncio.Event()

    async def set_later() -> None:
        await asyncio.sleep(0.05)
        done.set()

    setting = asyncio.create_task(set_later())
    async with fair_timeout(0.1):
        hold_the_loop(2)
        await done.wait()
    await setting


async def test_a_fair_timeout_ends_a_wait_for_somebody_who_does_not_answer() -> None:
    started = time.perf_counter()

    with pytest.raises(TimeoutError):
        async with fair_timeout(0.1):
            await asyncio.Event().wait()

    assert 0.09 < time.perf_counter() - started < 0.3
