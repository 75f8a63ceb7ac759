"""The window slides, is counted once for everybody, and says truly when there is room again."""

import asyncio
from itertools import pairwise
from time import perf_counter

import pytest
from redis.asyncio import Redis

from nexus.core.ratelimit import Limiter, Policy, Standing
from nexus.core.redis import QuickRedis

PROBE = Policy("probe", 100, 900)
SHORT = Policy("probe", 3, 2)
KEY = "nexus:rate:probe:ann"


async def admitted(limiter: Limiter, policy: Policy, calls: int, whose: str = "ann") -> int:
    """How many of so many calls at once are let in."""
    found = await asyncio.gather(*(limiter.count(policy, whose) for _ in range(calls)))
    return sum(one.admitted for one in found)


async def test_of_many_calls_at_once_exactly_as_many_as_the_limit_are_let_in(limiter: Limiter, inside: Redis) -> None:
    assert [await admitted(limiter, PROBE, 110) for _ in range(2)] == [100, 0]
    assert await inside.zcard(KEY) == 100


async def test_two_processes_share_one_window(quick: QuickRedis) -> None:
    one, other = Limiter(quick, 2), Limiter(quick, 2)

    found = await asyncio.gather(admitted(one, PROBE, 55), admitted(other, PROBE, 55))

    assert sum(found) == 100


async def test_nobody_is_counted_in_anothers_window(limiter: Limiter) -> None:
    await admitted(limiter, PROBE, 110)

    assert (await limiter.count(PROBE, "bob")).remaining == 99
    assert (await limiter.count(Policy("other", 100, 900), "ann")).remaining == 99


async def test_each_call_leaves_the_window_by_itself_when_it_is_as_old_as_the_window_is_wide(limiter: Limiter) -> None:
    began = perf_counter()
    while perf_counter() - began < 1:
        last = await limiter.count(SHORT, "ann")
        await asyncio.sleep(0.4)
    assert last.remaining == 0

    let_in: list[float] = []
    while perf_counter() - began < 4.5:
        if (await limiter.count(SHORT, "ann")).admitted:
            let_in.append(perf_counter() - began)
        await asyncio.sleep(0.02)

    assert len(let_in) in (3, 4, 5)
    assert let_in[0] == pytest.approx(2.0, abs=0.25)
    assert let_in[1] == pytest.approx(2.4, abs=0.25)
    assert let_in[2] == pytest.approx(2.8, abs=0.25)
    assert all(later - earlier > 0.2 for earlier, later in pairwise(let_in))


async def test_a_call_after_the_time_that_was_named_is_let_in_and_one_before_is_not(limiter: Limiter) -> None:
    for _ in range(3):
        await limiter.count(SHORT, "ann")
        await asyncio.sleep(0.3)

    refused = await limiter.count(SHORT, "ann")
    await asyncio.sleep(0.3)
    too_soon = await limiter.count(SHORT, "ann")
    await asyncio.sleep(refused.seconds - 0.3)
    in_time = await limiter.count(SHORT, "ann")

    assert (refused.admitted, refused.seconds) == (False, 2)
    assert (too_soon.admitted, in_time.admitted) == (False, True)


async def test_calls_that_are_refused_do_not_make_the_wait_longer(limiter: Limiter, inside: Redis) -> None:
    began = perf_counter()
    await admitted(limiter, SHORT, 3)
    while perf_counter() - began < 1.9:
        assert not (await limiter.count(SHORT, "ann")).admitted
        await asyncio.sleep(0.01)
    assert await inside.zcard(KEY) == 3

    await asyncio.sleep(0.3)
    assert (await limiter.count(SHORT, "ann")).admitted


async def test_where_the_limit_was_lowered_the_wait_is_until_there_is_room_under_the_new_one(limiter: Limiter) -> None:
    for _ in range(4):
        await limiter.count(Policy("probe", 10, 2), "ann")
        await asyncio.sleep(0.4)

    refused = await limiter.count(Policy("probe", 2, 2), "ann")
    # Of calls at 0, 0.4, 0.8 and 1.2 s the third must have left: at 2.8 s, which is 1.2 s from now.
    await asyncio.sleep(0.9)
    too_soon = await limiter.count(Policy("probe", 2, 2), "ann")
    await asyncio.sleep(refused.seconds - 0.9)
    in_time = await limiter.count(Policy("probe", 2, 2), "ann")

    assert (refused.admitted, refused.remaining, refused.seconds) == (False, 0, 2)
    assert (too_soon.admitted, in_time.admitted) == (False, True)


async def test_a_bucket_of_a_hundred_calls_takes_less_than_2_kilobytes_however_long_it_is_used(
    limiter: Limiter, inside: Redis
) -> None:
    whose = "019f9b1c-7a59-715a-a63f-23b61ad0b72a"
    key = f"nexus:rate:organisation:{whose}"
    organisation = Policy("organisation", 100, 900)
    await admitted(limiter, organisation, 110, whose)
    new = await inside.memory_usage(key)
    await inside.delete(key)
    await inside.zadd(key, {"1999999920": (await inside.time())[0] * 1e6})  # numbers begin anew a little later
    await admitted(limiter, organisation, 110, whose)
    old = await inside.memory_usage(key)

    print(f"memory of a bucket of 100 calls: {new} bytes when new, {old} bytes when old")  # noqa: T201 - a figure of the requirement
    assert await inside.zcard(key) == 100
    assert new is not None
    assert old is not None
    assert new <= old <= 2048


async def test_a_bucket_that_nobody_uses_goes_by_itself(limiter: Limiter, inside: Redis) -> None:
    await limiter.count(Policy("probe", 3, 1), "ann")

    left = await inside.pttl(KEY)
    await asyncio.sleep(left / 1000 + 0.1)

    assert 1000 < left <= 2000
    assert await inside.exists(KEY) == 0


async def test_a_clock_that_was_set_back_locks_nobody_out(limiter: Limiter, inside: Redis) -> None:
    now = (await inside.time())[0] * 1_000_000
    await inside.zadd(KEY, {"1": now + 3600 * 1e6, "2": now + 3601 * 1e6, "3": now + 3602 * 1e6})

    found = [(await limiter.count(SHORT, "ann")).admitted for _ in range(4)]

    assert found == [True, True, True, False]


async def test_a_redis_that_forgot_the_script_is_told_it_again(limiter: Limiter, inside: Redis) -> None:
    await limiter.count(PROBE, "ann")
    await inside.script_flush()

    found = [(await limiter.count(PROBE, "ann")).remaining for _ in range(2)]

    assert found == [98, 97]
    assert await inside.zcard(KEY) == 3


@pytest.mark.parametrize(
    ("standing", "policy", "now"),
    [
        (Standing(PROBE, admitted=True, remaining=57, seconds=412), '"probe";q=100;w=900', '"probe";r=57;t=412'),
        (Standing(SHORT, admitted=False, remaining=0, seconds=2), '"probe";q=3;w=2', '"probe";r=0;t=2'),
    ],
)
def test_the_headers_are_those_of_the_draft(standing: Standing, policy: str, now: str) -> None:
    assert standing.headers == {"RateLimit-Policy": policy, "RateLimit": now}
