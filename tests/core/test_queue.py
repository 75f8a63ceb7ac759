"""The doorbell: it never waits, never fails, and never speaks in the name of whoever rang first."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from time import perf_counter

import pytest
import structlog
from redis.asyncio import Redis
from structlog.testing import capture_logs

from nexus.core.queue import JOBS, Doorbell, pack, unpack
from nexus.local.ports import free_port
from nexus.local.redis import EmbeddedRedis
from tests.house import Servers, wait_for

QUEUE = "arq:queue"


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """The Redis of the run, with nothing in its queue."""
    async with Redis.from_url(servers.redis.url) as connection:
        await connection.delete(QUEUE)
        yield connection
        await connection.delete(QUEUE)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis that takes connections and answers nobody."""
    folder = tmp_path_factory.mktemp("redis")
    server = EmbeddedRedis(folder, folder)
    server.start()
    server.process.send_signal(signal.SIGSTOP)
    yield server
    server.process.send_signal(signal.SIGCONT)
    server.stop()


@pytest.fixture
async def bell(servers: Servers) -> AsyncIterator[Doorbell]:
    """A doorbell."""
    doorbell = Doorbell(servers.redis.url)
    yield doorbell
    await doorbell.close()


async def test_a_ring_is_heard_as_a_message_in_json(bell: Doorbell, redis: Redis) -> None:
    bell.ring([JOBS])

    waiting = await wait_for(lambda: redis.zrange(QUEUE, 0, -1))

    message = await redis.get(b"arq:job:" + waiting[0])
    assert message is not None
    assert json.loads(message)["f"] == JOBS


async def test_a_hundred_rings_at_once_are_few_messages(bell: Doorbell, redis: Redis) -> None:
    for _ in range(100):
        bell.ring([JOBS])

    await wait_for(lambda: redis.zcard(QUEUE))
    await asyncio.sleep(0.2)

    assert await redis.zcard(QUEUE) <= 2


async def test_ringing_without_redis_takes_no_time_and_fails_nobody() -> None:
    bell = Doorbell(f"redis://127.0.0.1:{free_port()}/0")
    started = perf_counter()
    for _ in range(1000):
        bell.ring([JOBS])
    rang = perf_counter() - started
    await asyncio.sleep(0.1)
    started = perf_counter()
    await bell.close()

    assert rang < 0.1
    assert perf_counter() - started < 1


async def test_a_last_ring_is_heard_before_the_process_ends(servers: Servers, redis: Redis) -> None:
    bell = Doorbell(servers.redis.url)
    bell.ring([JOBS])

    await bell.close()

    assert await redis.zcard(QUEUE) == 1


@pytest.mark.parametrize("milliseconds", [0, 1, 5, 100, 600])
async def test_a_redis_that_freezes_keeps_no_process_from_ending(frozen: EmbeddedRedis, milliseconds: int) -> None:
    bell = Doorbell(frozen.url)
    bell.ring([JOBS])
    await asyncio.sleep(milliseconds / 1000)
    started = perf_counter()

    await bell.close()

    assert perf_counter() - started < 1


async def test_what_the_doorbell_says_in_the_log_is_said_in_nobodys_name() -> None:
    bell = Doorbell(f"redis://127.0.0.1:{free_port()}/0")

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as said:
        with structlog.contextvars.bound_contextvars(org_id="whoever rang first"):
            bell.ring([JOBS])
        await asyncio.sleep(0.2)
    await bell.close()

    assert [line["event"] for line in said] == ["doorbell.unheard"]
    assert "org_id" not in said[0]


def test_a_message_is_plain_json() -> None:
    message = {"f": JOBS, "a": [], "k": {}}

    assert unpack(pack(message)) == message
    assert json.loads(pack(message)) == message
