"""A cache that is away is no outage: Redis killed, frozen, full or slow makes everything a miss, and soon."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from time import perf_counter

import pytest

from nexus.core import metrics
from nexus.core.redis import BUDGET_SECONDS, KNOCK_SECONDS, QuickRedis
from nexus.job_types.summarize import summarize
from nexus.jobs.answers import Answer
from nexus.local.redis import EmbeddedRedis
from tests.house import wait_for
from tests.jobs.cache.place import Place, ask

pytestmark = pytest.mark.alone

GET = ("GET", "a name")
SLACK = 0.3  # of a machine that runs other tests too
KEPT = Answer('{"summary": "Kept."}', "gemini:x")


@pytest.fixture
async def quick(own_redis: EmbeddedRedis) -> AsyncIterator[QuickRedis]:
    """A door to a Redis of its own, which was used before."""
    door = QuickRedis(own_redis.url)
    assert await door.ask(GET, otherwise=["nobody"]) == [None]
    yield door
    own_redis.process.send_signal(signal.SIGCONT)
    await door.close()


async def timed(quick: QuickRedis) -> tuple[float, object]:
    """How long an answer took in seconds, and what it was."""
    started = perf_counter()
    [answer] = await quick.ask(GET, otherwise=["nobody"])
    return perf_counter() - started, answer


def freeze(redis: EmbeddedRedis) -> None:
    """Let it hold its connections and say nothing."""
    redis.process.send_signal(signal.SIGSTOP)


async def back(quick: QuickRedis) -> bool:
    """Whether the door is open."""
    return not quick.is_away


def looks(outcome: str) -> float:
    """How often the cache was looked into with this outcome."""
    return float(metrics.cache_lookups.labels("summarize", outcome)._value.get())  # noqa: SLF001 - the library shows it nowhere else


async def test_a_frozen_redis_costs_400_ms_once_and_nothing_afterwards(
    quick: QuickRedis, own_redis: EmbeddedRedis
) -> None:
    freeze(own_redis)

    first, said = await timed(quick)
    following = [(await timed(quick))[0] for _ in range(100)]

    assert said == "nobody"
    assert BUDGET_SECONDS - 0.01 < first < BUDGET_SECONDS + SLACK
    assert sorted(following)[90] < 0.005


async def test_whoever_asks_while_it_freezes_waits_no_longer_than_400_ms(
    quick: QuickRedis, own_redis: EmbeddedRedis
) -> None:
    freeze(own_redis)

    took = [seconds for seconds, _ in await asyncio.gather(*(timed(quick) for _ in range(50)))]
    [later, _] = await timed(quick)

    assert max(took) < BUDGET_SECONDS + SLACK
    assert later < BUDGET_SECONDS / 2


async def test_a_redis_that_goes_on_is_found_within_two_knocks(quick: QuickRedis, own_redis: EmbeddedRedis) -> None:
    freeze(own_redis)
    await timed(quick)
    own_redis.process.send_signal(signal.SIGCONT)

    started = perf_counter()
    await wait_for(lambda: back(quick), 5)

    assert perf_counter() - started < 2 * KNOCK_SECONDS
    assert await quick.ask(GET, otherwise=["nobody"]) == [None]


async def test_a_frozen_redis_is_not_taken_for_one_that_goes_on(quick: QuickRedis, own_redis: EmbeddedRedis) -> None:
    freeze(own_redis)
    await timed(quick)

    await asyncio.sleep(2.2 * KNOCK_SECONDS)

    assert quick.is_away


async def test_an_answer_that_comes_late_is_never_taken_for_anothers(
    quick: QuickRedis, own_redis: EmbeddedRedis
) -> None:
    names = [f"name {number}" for number in range(20)]
    for name in names:
        await quick.ask(("SET", name, f"value of {name}"), otherwise=None)
    freeze(own_redis)
    await asyncio.gather(*(quick.ask(("GET", name), otherwise=None) for name in names))
    own_redis.process.send_signal(signal.SIGCONT)
    await wait_for(lambda: back(quick), 5)

    found = await asyncio.gather(*(quick.ask(("GET", name), otherwise=None) for name in reversed(names)))

    assert found == [[f"value of {name}".encode()] for name in reversed(names)]


async def test_who_goes_away_while_waiting_disturbs_nobody(quick: QuickRedis) -> None:
    await quick.ask(("SET", "kept", "value"), otherwise=None)
    asking = [asyncio.create_task(quick.ask(("GET", "kept"), otherwise=None)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in asking[::2]:
        task.cancel()

    found = await asyncio.gather(*asking, return_exceptions=True)

    assert found[1::2] == [[b"value"]] * 5


async def test_a_redis_that_dies_and_comes_back_is_used_again(quick: QuickRedis, own_redis: EmbeddedRedis) -> None:
    own_redis.process.kill()
    own_redis.process.wait()
    took, said = await timed(quick)
    own_redis.start()

    await wait_for(lambda: back(quick), 5)

    assert (said, took < BUDGET_SECONDS + SLACK) == ("nobody", True)
    assert await quick.ask(GET, otherwise=["nobody"]) == [None]


@pytest.mark.parametrize("passes", range(1, 9))
async def test_a_process_that_is_busy_itself_does_not_take_redis_for_dead(quick: QuickRedis, passes: int) -> None:
    async def be_busy() -> None:
        for _ in range(passes):  # somewhere between the question and the reading of its answer
            await asyncio.sleep(0)
        time.sleep(2 * BUDGET_SECONDS)  # noqa: ASYNC251 - that is the fault

    busy = asyncio.create_task(be_busy())
    answers = await asyncio.gather(*(quick.ask(GET, otherwise=["nobody"]) for _ in range(3)))
    await busy

    assert (answers, quick.is_away) == ([[None]] * 3, False)


async def test_a_redis_that_answers_slowly_is_not_taken_for_one_that_is_back() -> None:
    async def answer_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            await asyncio.sleep(4 * BUDGET_SECONDS)
            writer.write(b"+PONG\r\n")
        writer.close()

    async with await asyncio.start_server(answer_slowly, "127.0.0.1", 0) as server:
        slow = QuickRedis(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        took, said = await timed(slow)
        await asyncio.sleep(1.5 * KNOCK_SECONDS)
        still_away = slow.is_away
        await slow.close()

    assert (said, took < BUDGET_SECONDS + SLACK, still_away) == ("nobody", True, True)


async def test_a_full_redis_refuses_and_is_read_on(frail: Place) -> None:
    ann = await frail.somebody()
    name = frail.name_of(ann)
    await frail.cache.keep(name, summarize, KEPT)
    await frail.redis(lambda redis: redis.config_set("maxmemory-policy", "noeviction"))
    await frail.redis(lambda redis: redis.config_set("maxmemory", "1"))

    await frail.cache.keep(frail.name_of(ann, "Another."), summarize, KEPT)
    hit, miss = await ask(ann), await ask(ann, "Another.")
    await frail.work(ann)

    job = (await ann.api.get(f"/jobs/{miss.json()['job_id']}")).json()
    assert (hit.status_code, miss.status_code, job["status"]) == (200, 202, "completed")
    assert not frail.quick.is_away


async def test_with_redis_killed_a_request_is_a_miss_and_gets_its_answer(
    frail: Place, own_redis: EmbeddedRedis
) -> None:
    ann = await frail.somebody()
    await frail.cache.keep(frail.name_of(ann), summarize, KEPT)
    unavailable, misses = looks("unavailable"), looks("miss")
    own_redis.process.kill()
    own_redis.process.wait()

    accepted = await ask(ann)
    await frail.work(ann)

    job = (await ann.api.get(f"/jobs/{accepted.json()['job_id']}")).json()
    assert (accepted.status_code, job["status"], frail.model.asked) == (202, "completed", 1)
    assert (looks("unavailable"), looks("miss")) == (unavailable + 1, misses)


async def test_with_redis_frozen_requests_are_misses_at_once(frail: Place, own_redis: EmbeddedRedis) -> None:
    ann = await frail.somebody()
    await ask(ann, "To begin with.")
    freeze(own_redis)
    took = []

    for number in range(5):
        started = perf_counter()
        assert (await ask(ann, f"Text number {number}.")).status_code == 202
        took.append(perf_counter() - started)

    own_redis.process.send_signal(signal.SIGCONT)
    assert took[0] < BUDGET_SECONDS + SLACK
    assert sorted(took[1:])[2] < BUDGET_SECONDS / 4


async def test_hits_and_misses_are_counted(place: Place) -> None:
    ann = await place.somebody()
    before = looks("hit"), looks("miss"), looks("odd")
    await ask(ann)
    await place.redis(lambda redis: redis.set(place.name_of(ann), "junk"))
    await ask(ann)
    await place.work(ann)

    await ask(ann)

    assert (looks("hit"), looks("miss"), looks("odd")) == (before[0] + 1, before[1] + 1, before[2] + 1)
