"""Redis is a doorbell: killed, flushed, frozen, full or locked, it costs time, and never a job or a process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import httpx
import pytest
from redis import Redis

from nexus.core.queue import JOBS
from nexus.jobs.shift import LOOK_SECONDS
from nexus.local.redis import EmbeddedRedis
from tests.jobs.floor import Client, Floor, Process, until, wait_until_it_answers

pytestmark = pytest.mark.alone

SUBMITS = 200
WAITED = "SELECT started_at - created_at FROM jobs WHERE id = $1"
LIMIT_MS, WORST_MS = 50, 1000


@dataclass(frozen=True)
class Fault:
    """A way for Redis to be away, and its end. `is_away` is what /health has to say meanwhile."""

    begin: Callable[[EmbeddedRedis], Any]
    end: Callable[[EmbeddedRedis], Any]
    health: str = "unavailable"


def ask(redis: EmbeddedRedis, *command: str | int, password: str | None = None) -> Any:
    """Ask Redis itself."""
    with Redis(port=redis.port, password=password or password_of(redis), socket_timeout=5) as connection:
        return connection.execute_command(*command)


def password_of(redis: EmbeddedRedis) -> str:
    """The password that everybody was told."""
    return redis.url.partition("://:")[2].partition("@")[0]


def kill(redis: EmbeddedRedis) -> None:
    redis.process.kill()
    redis.process.wait()
    redis.close()


def lock(redis: EmbeddedRedis) -> None:
    """Change the password, and hang up on everybody who still knows the old one."""
    ask(redis, "CONFIG", "SET", "requirepass", "another password")
    ask(redis, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no", password="another password")


def unlock(redis: EmbeddedRedis) -> None:
    ask(redis, "CONFIG", "SET", "requirepass", password_of(redis), password="another password")


def fill(redis: EmbeddedRedis) -> None:
    ask(redis, "CONFIG", "SET", "maxmemory-policy", "noeviction")
    ask(redis, "CONFIG", "SET", "maxmemory", "1")


FAULTS = {
    "killed": Fault(kill, EmbeddedRedis.start),
    "frozen": Fault(
        lambda redis: redis.process.send_signal(signal.SIGSTOP), lambda redis: redis.process.send_signal(signal.SIGCONT)
    ),
    "full": Fault(fill, lambda redis: ask(redis, "CONFIG", "SET", "maxmemory", "128mb"), health="ok"),
    "locked": Fault(lock, unlock),
    "flushed": Fault(lambda redis: ask(redis, "FLUSHALL"), lambda _: None, health="ok"),
}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis that only these tests trouble."""
    folder: Path = tmp_path_factory.mktemp("redis")
    server = EmbeddedRedis(folder, folder)
    server.start()
    yield server
    server.process.send_signal(signal.SIGCONT)
    server.stop()


@dataclass(frozen=True)
class Stand:
    """An API and a worker of their own, with that Redis."""

    api: Process
    worker: Process
    http: httpx.AsyncClient

    async def health(self) -> tuple[int, str]:
        """What the API says of Redis."""
        answer = await self.http.get(f"{self.api.url}/health")
        return answer.status_code, answer.json()["redis"]

    async def submit(self, by: Client) -> tuple[str, float]:
        """Submit over HTTP: the job, and how many milliseconds it took."""
        started = perf_counter()
        answer = await self.http.post(
            f"{self.api.url}/v1/scripted", json={}, headers=dict(by.person.api.headers) | {"host": "api"}
        )
        took = (perf_counter() - started) * 1000
        assert answer.status_code == 202, answer.text
        return answer.json()["job_id"], took


@pytest.fixture
async def stand(floor: Floor, redis: EmbeddedRedis) -> AsyncIterator[Stand]:
    """The API, the worker, and a door."""
    there = {"NEXUS_REDIS_URL": redis.url}
    api, worker = await asyncio.gather(floor.api(**there), floor.worker(**there))
    async with httpx.AsyncClient(trust_env=False) as client:
        await wait_until_it_answers(client, f"{api.url}/health")
        yield Stand(api, worker, client)


@pytest.mark.parametrize("name", FAULTS)
async def test_without_redis_submits_stay_fast_jobs_run_and_everything_recovers_by_itself(
    stand: Stand, redis: EmbeddedRedis, anna: Client, name: str
) -> None:
    fault = FAULTS[name]
    await anna.adjust(SUBMITS * 20)
    await anna.settled((await stand.submit(anna))[0])

    await asyncio.to_thread(fault.begin, redis)
    meanwhile = await stand.health()
    submitted = [await stand.submit(anna) for _ in range(SUBMITS)]
    done = await anna.settled(submitted[-1][0], seconds=30)
    await asyncio.to_thread(fault.end, redis)

    took = [milliseconds for _, milliseconds in submitted]
    figures = f"median {median(took):.1f}, p99 {quantiles(took, n=100)[98]:.1f}, worst {max(took):.1f} ms"
    print(f"Redis {name}: {SUBMITS} submits, {figures}")  # noqa: T201 - the figures of this machine
    assert meanwhile == (200, fault.health)
    assert bool(stand.api.events("doorbell.unheard")) is (name != "flushed")
    assert median(took) < LIMIT_MS
    assert max(took) < WORST_MS
    assert done["status"] == "completed"
    await recovers(stand, redis, anna)
    assert (stand.api.popen.poll(), stand.worker.popen.poll()) == (None, None)


async def recovers(stand: Stand, redis: EmbeddedRedis, anna: Client) -> None:
    """Wait until a new ring is made, and taken out of Redis by the worker."""
    await asyncio.to_thread(ask, redis, "CONFIG", "RESETSTAT")

    async def is_heard() -> bool:
        await anna.settled((await stand.submit(anna))[0])
        rung = await asyncio.to_thread(ask, redis, "INFO", "commandstats")
        return await stand.health() == (200, "ok") and "cmdstat_zadd" in rung and not await waiting_rings(redis)

    async with asyncio.timeout(15):
        while not await is_heard():
            await asyncio.sleep(0.2)


async def waiting_rings(redis: EmbeddedRedis) -> int:
    """How many rings lie in Redis that nobody took."""
    return int(await asyncio.to_thread(ask, redis, "ZCARD", "arq:queue"))


async def test_a_process_that_starts_without_redis_works_and_hears_it_when_it_comes(
    floor: Floor, anna: Client, tmp_path: Path
) -> None:
    late = EmbeddedRedis(tmp_path, tmp_path)
    worker = await floor.worker(NEXUS_REDIS_URL=late.url)
    before = await anna.settled(await anna.submit())

    await asyncio.to_thread(late.start)
    ask(late, "ZADD", "arq:queue", 1, "ring")
    ask(late, "SET", "arq:job:ring", f'{{"t": null, "f": "{JOBS}", "a": [], "k": {{}}, "et": 1}}')

    async def is_taken() -> bool:
        return await waiting_rings(late) == 0

    async with asyncio.timeout(10):
        while not await is_taken():
            await asyncio.sleep(0.1)
    assert before["status"] == "completed"
    assert worker.popen.poll() is None
    await asyncio.to_thread(late.stop)


async def test_with_redis_a_worker_comes_at_once_and_not_at_its_next_look(stand: Stand, anna: Client) -> None:
    await anna.settled((await stand.submit(anna))[0])
    waits = []
    for _ in range(9):
        job_id, _ = await stand.submit(anna)
        await anna.settled(job_id)
        waits.append(await anna.truth.fetchval(WAITED, job_id))
        await asyncio.sleep(0.1)

    seconds = median(waited.total_seconds() for waited in waits)
    print(f"pick-up with Redis: median {seconds * 1000:.0f} ms")  # noqa: T201 - a figure of this machine
    assert seconds < LOOK_SECONDS / 3


async def test_processes_end_in_order_while_redis_is_frozen(stand: Stand, redis: EmbeddedRedis, anna: Client) -> None:
    await anna.settled((await stand.submit(anna))[0])
    redis.process.send_signal(signal.SIGSTOP)
    await stand.submit(anna)

    statuses = await asyncio.gather(*(one.end(signal.SIGTERM, seconds=5) for one in (stand.api, stand.worker)))

    redis.process.send_signal(signal.SIGCONT)
    assert list(statuses) in ([0, 0], [-signal.SIGTERM, 0])  # uvicorn ends by the signal that it was sent


async def test_a_stranger_who_writes_pickles_into_redis_runs_nothing(
    floor: Floor, anna: Client, redis: EmbeddedRedis, tmp_path: Path
) -> None:
    worker = await floor.worker(NEXUS_REDIS_URL=redis.url)
    ran = tmp_path / "ran"
    pickled = b"cos\nsystem\n(S'touch " + str(ran).encode() + b"'\ntR."
    with Redis.from_url(redis.url) as connection:
        connection.set("arq:job:evil", pickled)
        connection.zadd("arq:queue", {"evil": 1})

    await until(lambda: ask(redis, "ZCARD", "arq:queue") == 0)
    job = await anna.settled(await anna.submit())

    assert job["status"] == "completed"
    assert worker.popen.poll() is None
    assert not ran.exists()
