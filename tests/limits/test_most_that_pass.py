"""
Two processes whose counts cannot always be one: never more than docs/rate-limits.md says, and one count again after.

The most is the limit, once for each time that Redis began with an empty memory, and a share of the limit for each
process that decided alone.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from nexus.core.ratelimit import Limiter, Policy
from nexus.core.redis import KNOCK_SECONDS, QuickRedis
from nexus.core.unreported_calls import MOST_CALLS
from nexus.local.redis import EmbeddedRedis
from tests.house import Servers, wait_for
from tests.limits.relay import Relay, relay_to
from tests.limits.two_processes import CALLS, pair_of_processes

pytestmark = pytest.mark.alone

LIMIT, REPLICAS = 100, 2
SHARE = LIMIT // REPLICAS
PROBE = Policy("probe", LIMIT, 900)
KEY = "nexus:rate:probe:ann"


def most(*, alone: int, memories: int = 1) -> int:
    """As docs/rate-limits.md says it."""
    return memories * LIMIT + alone * SHARE


@dataclass(frozen=True)
class One:
    """What counts calls in one process, and its own way to Redis."""

    way: Relay
    quick: QuickRedis
    limiter: Limiter

    async def admitted(self, calls: int = CALLS // 2, policy: Policy = PROBE, whose: str = "ann") -> int:
        """How many of so many calls at once are let in."""
        found = await asyncio.gather(*(self.limiter.count(policy, whose) for _ in range(calls)))
        return sum(one.admitted for one in found)

    async def is_back(self) -> bool:
        """Whether Redis decides again."""
        return not self.quick.is_away


@pytest.fixture
def ways(own_redis: EmbeddedRedis) -> Iterator[list[Relay]]:
    """A way to Redis for each process."""
    with ExitStack() as open_ways:
        yield [open_ways.enter_context(relay_to(own_redis.url)) for _ in range(REPLICAS)]


@pytest.fixture
async def both(ways: list[Relay]) -> AsyncIterator[list[One]]:
    """Two that are in touch with Redis."""
    async with AsyncExitStack() as ending:
        quick = [QuickRedis(way.url) for way in ways]
        for one in quick:
            ending.push_async_callback(one.close)
            await one.get_in_touch()
        yield [One(way, one, Limiter(one, REPLICAS)) for way, one in zip(ways, quick, strict=True)]


async def burst(both: list[One], calls: int = CALLS) -> int:
    """How many of so many calls at once, through both, are let in."""
    return sum(await asyncio.gather(*(one.admitted(calls // REPLICAS) for one in both)))


async def back(both: list[One]) -> None:
    """Wait until Redis decides again for both."""
    for one in both:
        await wait_for(one.is_back, 5 * KNOCK_SECONDS)


def freeze(redis: EmbeddedRedis) -> None:
    redis.process.send_signal(signal.SIGSTOP)


def thaw(redis: EmbeddedRedis) -> None:
    redis.process.send_signal(signal.SIGCONT)


def kill(redis: EmbeddedRedis) -> None:
    redis.process.kill()
    redis.process.wait()


async def test_a_connection_that_breaks_is_replaced_and_nothing_is_counted_twice(
    both: list[One], inside: Redis
) -> None:
    let_in = 0
    for _ in range(11):
        both[0].way.break_connections()
        let_in += await burst(both, 10)

    assert (let_in, await inside.zcard(KEY)) == (LIMIT, LIMIT)
    assert not both[0].quick.is_away


async def test_a_connection_that_breaks_while_the_answer_is_on_its_way_costs_no_call_twice(
    both: list[One], inside: Redis
) -> None:
    cut_off, other = both
    await other.admitted(1, whose="bob")  # now Redis knows the script
    cut_off.way.delay_seconds = 0.1
    asking = asyncio.create_task(cut_off.admitted(10))
    await asyncio.sleep(0.08)  # Redis has counted them, and its answer is still under way
    cut_off.way.break_connections()

    assert (await asking, await inside.zcard(KEY)) == (10, 10)


async def test_a_call_that_was_let_in_and_is_asked_about_again_is_let_in_though_the_window_is_full_by_now(
    both: list[One], inside: Redis
) -> None:
    cut_off, other = both
    await other.admitted(1, whose="bob")
    cut_off.way.delay_seconds = 0.1
    asking = asyncio.create_task(cut_off.admitted(10))
    await asyncio.sleep(0.08)
    cut_off.way.break_connections()
    others = await other.admitted(LIMIT)

    assert (await asking, others, await inside.zcard(KEY)) == (10, LIMIT - 10, LIMIT)


async def test_redis_frozen_in_the_middle_lets_no_more_pass_and_forgets_nothing(
    both: list[One], own_redis: EmbeddedRedis, inside: Redis
) -> None:
    before = await burst(both, 40)
    freeze(own_redis)
    meanwhile = await burst(both)
    thaw(own_redis)
    await back(both)
    after = await burst(both)

    assert before == 40
    assert before + meanwhile + after <= most(alone=2)
    assert (meanwhile, after) == (2 * SHARE, 0)
    assert await inside.zcard(KEY) == before + meanwhile


async def test_redis_frozen_for_a_moment_stays_exact(both: list[One], own_redis: EmbeddedRedis, inside: Redis) -> None:
    freeze(own_redis)
    asking = asyncio.create_task(burst(both))
    await asyncio.sleep(0.2)
    thaw(own_redis)

    assert (await asking, await inside.zcard(KEY)) == (LIMIT, LIMIT)


async def test_calls_that_redis_counted_and_the_process_refused_are_taken_out_again(
    both: list[One], own_redis: EmbeddedRedis, inside: Redis
) -> None:
    one, _ = both
    freeze(own_redis)
    let_in = await one.admitted(80)  # all of them reach Redis, and are counted there when it goes on
    thaw(own_redis)
    await back(both)
    await one.admitted(1, whose="bob")

    assert let_in == SHARE
    assert await inside.zcard(KEY) == SHARE


async def test_redis_out_of_reach_for_one_process_only(both: list[One], inside: Redis) -> None:
    cut_off, other = both
    cut_off.way.cut()
    alone, shared = await cut_off.admitted(), await other.admitted()
    cut_off.way.mend()
    await back(both)
    after = await burst(both)

    assert alone + shared + after <= most(alone=1)
    assert (alone, shared, after) == (SHARE, CALLS // 2, 0)
    assert await inside.zcard(KEY) == alone + shared


async def test_out_of_reach_again_and_again_a_process_has_its_share_once(both: list[One], inside: Redis) -> None:
    cut_off, other = both
    let_in = 0
    for _ in range(3):
        cut_off.way.cut()
        let_in += await cut_off.admitted(30)
        cut_off.way.mend()
        await back(both)
    let_in += await other.admitted(LIMIT)

    assert let_in == LIMIT
    assert await inside.zcard(KEY) == LIMIT


async def test_redis_killed_and_started_with_an_empty_memory(
    both: list[One], own_redis: EmbeddedRedis, inside: Redis
) -> None:
    before = await burst(both, LIMIT)
    kill(own_redis)
    meanwhile = await burst(both)
    own_redis.start()
    await back(both)
    after = await burst(both, 3 * LIMIT)

    assert (before, meanwhile) == (LIMIT, 2 * SHARE)
    assert before + meanwhile + after <= most(alone=2, memories=2)
    assert after == LIMIT - meanwhile
    assert await inside.zcard(KEY) == LIMIT


async def test_redis_restarted_between_two_bursts(both: list[One], own_redis: EmbeddedRedis) -> None:
    before = await burst(both)
    kill(own_redis)
    own_redis.start()
    after = await burst(both)

    assert (before, after) == (LIMIT, LIMIT)
    assert before + after <= most(alone=0, memories=2)


async def test_a_process_that_counts_for_all_is_exact_through_a_frozen_redis(
    ways: list[Relay], own_redis: EmbeddedRedis
) -> None:
    quick = QuickRedis(ways[0].url)
    only = One(ways[0], quick, Limiter(quick, 1))
    before = await only.admitted(40)
    freeze(own_redis)
    meanwhile = await only.admitted(40)
    thaw(own_redis)
    await wait_for(only.is_back, 5)
    after = await only.admitted(40)
    await quick.close()

    assert (before, meanwhile, after) == (40, 40, 20)


async def test_what_was_let_in_alone_leaves_the_shared_window_when_its_time_has_come(
    both: list[One],
) -> None:
    short = Policy("probe", LIMIT, 3)
    cut_off, other = both
    cut_off.way.cut()
    alone = await cut_off.admitted(30, short)
    cut_off.way.mend()
    await back(both)
    full = await other.admitted(LIMIT, short)
    await asyncio.sleep(3.2)

    assert (alone, full) == (30, LIMIT - 30)
    assert await other.admitted(LIMIT, short) == LIMIT


async def test_what_is_kept_to_be_reported_is_bounded_and_reported_at_once(both: list[One], inside: Redis) -> None:
    wide = Policy("probe", 4 * MOST_CALLS, 900)
    cut_off, _ = both
    cut_off.way.cut()
    await cut_off.admitted(1, wide)
    await wait_for(lambda: is_away(cut_off), 5)
    alone = sum([(await cut_off.limiter.count(wide, "ann")).admitted for _ in range(MOST_CALLS + 100)])
    cut_off.way.mend()
    await back(both)
    await cut_off.admitted(1, wide, "bob")

    assert alone == MOST_CALLS + 100
    assert await inside.zcard(KEY) == MOST_CALLS
    assert not cut_off.quick.is_away


async def is_away(one: One) -> bool:
    """Whether this one decides alone."""
    return one.quick.is_away


@pytest.mark.timeout(300)
async def test_over_http_no_more_pass_than_the_document_says_and_then_it_is_one_count_again(
    servers: Servers, tmp_path: Path
) -> None:
    with relay_to(servers.redis.url) as way:
        async with pair_of_processes(servers, tmp_path, way.url, servers.redis.url) as pair:
            ann = await pair.somebody()
            way.cut()
            cut_off = await pair.burst(ann)
            way.mend()
            await asyncio.sleep(3 * KNOCK_SECONDS)
            after = await pair.burst(ann)

    assert cut_off[200] + after[200] <= most(alone=1)
    assert cut_off == {200: SHARE + CALLS // 2, 429: CALLS // 2 - SHARE}
    assert after == {429: CALLS}
