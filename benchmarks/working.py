"""How fast work is done: from submit to result, through claim and completion, with Redis and without."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

import asyncpg
import httpx
import psutil
from arq import create_pool
from arq.connections import RedisSettings

from benchmarks import load
from benchmarks.setting import CONNECTIONS, Crowd, Row

ROUNDS = 3
JOBS = 6000  # long enough that the beginning, when the worker comes back to itself, does not count
SAMPLES = 200


async def submit_to_result(crowd: Crowd) -> list[Row]:
    """From sending a job of an instant type to reading its result, asking again every two milliseconds."""
    took = await _samples(crowd)
    return [
        ("submit to result, p50 / p95", f"{median(took):.0f} / {_p95(took):.0f} ms", f"instant type, {SAMPLES} samples")
    ]


async def pick_up(crowd: Crowd) -> list[Row]:
    """From a job's creation to its claim, by PostgreSQL's clock; then again with Redis frozen."""
    await _samples(crowd)
    heard = await _pick_ups(crowd)
    redis = psutil.Process(crowd.stack.run["pids"]["redis"])
    redis.suspend()
    await _samples(crowd)
    unheard = await _pick_ups(crowd)
    redis.resume()
    return [
        ("pick-up p95, Redis alive", f"{_p95(heard):.0f} ms", ""),
        ("pick-up p95, Redis frozen", f"{_p95(unheard):.0f} ms", "found in PostgreSQL alone"),
    ]


async def against_arq(crowd: Crowd) -> list[Row]:
    """Instant jobs through claim and completion, against ARQ's own jobs that do nothing, in turn."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(await _arq(crowd))
        ours.append(await _ours(crowd))
    ratio = median(our / their for our, their in zip(ours, theirs, strict=True))
    return [
        ("ARQ's own no-op jobs", f"{median(theirs):.0f} /s", "one worker"),
        ("instant jobs, claim to completion", f"{median(ours):.0f} /s", "one worker, 100 organisations"),
        ("ratio: ours to ARQ's", f"{ratio:.2f}", "at least 0.3, aim 0.6"),
    ]


async def _ours(crowd: Crowd) -> float:
    with crowd.workers_held():
        await load.run(crowd.stack.api, crowd.submits(100), connections=CONNECTIONS, seconds=60, most=JOBS)
    started = time.perf_counter()
    await crowd.until_idle()
    return JOBS / (time.perf_counter() - started)


async def _arq(crowd: Crowd) -> float:
    redis = await create_pool(RedisSettings.from_dsn(crowd.stack.run["redis_url"]), default_queue_name="bench")
    for _ in range(JOBS):
        await redis.enqueue_job("nothing", _queue_name="bench")
    with _arq_worker(crowd.stack.run["redis_url"]):
        while await redis.zcard("bench") == JOBS:
            await asyncio.sleep(0.005)
        started = time.perf_counter()
        while await redis.zcard("bench"):
            await asyncio.sleep(0.005)
        took = time.perf_counter() - started
    await redis.aclose()
    return JOBS / took


@contextmanager
def _arq_worker(redis_url: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.arq_worker", redis_url])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _samples(crowd: Crowd) -> list[float]:
    took = []
    async with httpx.AsyncClient(
        base_url=f"{crowd.stack.api}/v1", headers={"Authorization": f"Bearer {crowd.tokens[0]}"}, trust_env=False
    ) as client:
        for _ in range(SAMPLES):
            text = f"Hello, {next(crowd.numbers)}."
            started = time.perf_counter()
            job = (await client.post("/instant", json={"text": text})).json()["job_id"]
            while (await client.get(f"/jobs/{job}")).json()["status"] != "completed":
                await asyncio.sleep(0.002)
            took.append((time.perf_counter() - started) * 1000)
    return took


async def _pick_ups(crowd: Crowd) -> list[float]:
    connection = await asyncpg.connect(crowd.stack.run["database_url"])
    rows = await connection.fetch(
        "SELECT extract(epoch FROM started_at - created_at) * 1000 AS waited FROM jobs ORDER BY id DESC LIMIT $1",
        SAMPLES,
    )
    await connection.close()
    return [float(row["waited"]) for row in rows]


def _p95(figures: list[float]) -> float:
    return quantiles(figures, n=20)[-1]
