"""What the rate limit costs each call, against the same process without it, and what a window weighs in Redis."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import quantiles
from uuid import uuid4

from redis.asyncio import Redis

from benchmarks import load
from benchmarks.gated import LIMITED, UNLIMITED
from benchmarks.setting import Crowd, Row
from benchmarks.stack import Stack, wait_for
from nexus.core.ratelimit import Limiter, Policy
from nexus.core.redis import QuickRedis
from nexus.local.ports import free_port

ROUNDS = 12
CALLS = 500
CONNECTIONS = (1, 4)
WINDOWS = 1000
POLICY = Policy("organisation", 100, 900)
WEB = Policy("web", 2000, 900)


async def limiter(crowd: Crowd) -> list[Row]:
    """Reading the balance with the limit and without, in turn; then many full windows."""
    requests = [load.get("/v1/credits", token) for token in crowd.tokens]
    rows: list[Row] = []
    with _process(crowd.stack, LIMITED) as limited, _process(crowd.stack, UNLIMITED) as unlimited:
        for connections in CONNECTIONS:
            with_it, without = list[float](), list[float]()
            for _ in range(ROUNDS):
                without += await _read(unlimited, requests, connections)
                with_it += await _read(limited, requests, connections)
            rows += _compared(with_it, without, connections)
    return rows + await _weigh(crowd.stack.run["redis_url"])


async def _read(url: str, requests: list[bytes], connections: int) -> Sequence[float]:
    """How many seconds each of some calls took."""
    found = await load.run(
        url, lambda number: requests[number % len(requests)], connections=connections, seconds=60, most=CALLS
    )
    assert found.statuses == {200: CALLS}, found.statuses
    return found.latencies


def _compared(with_it: Sequence[float], without: Sequence[float], connections: int) -> list[Row]:
    at = f"{connections} connection" + ("s" if connections > 1 else "")
    rows: list[Row] = []
    for name, part, aim in (("p50", 50, ""), ("p99", 99, "; under 3 ms")):
        limited, unlimited = (quantiles(side, n=100)[part - 1] * 1000 for side in (with_it, without))
        note = f"{limited:.2f} with it, {unlimited:.2f} without{aim}"
        rows.append((f"rate limit adds to a call, {name}, {at}", f"{limited - unlimited:.2f} ms", note))
    return rows


async def _weigh(redis_url: str) -> list[Row]:
    """Fill the windows of many organisations; what one of them takes, by Redis's own account."""
    quick = QuickRedis(redis_url)
    counting = Limiter(quick, 1)
    async with Redis.from_url(redis_url) as redis:
        before = (await redis.info("memory"))["used_memory"]
        for _ in range(WINDOWS):
            last = str(uuid4())
            for _ in range(POLICY.limit):
                await counting.count(POLICY, last)
        grown = ((await redis.info("memory"))["used_memory"] - before) / WINDOWS
        one = await redis.memory_usage(f"nexus:rate:{POLICY.name}:{last}")
        for _ in range(WEB.limit):
            await counting.count(WEB, last)
        web = await redis.memory_usage(f"nexus:rate:{WEB.name}:{last}")
    await quick.close()
    note = f"{WINDOWS} organisations with {POLICY.limit} calls each: {grown:.0f} bytes each of all of Redis"
    return [
        ("memory of an organisation's window", f"{one} bytes", f"at most 2048; {note}"),
        (f"memory of a window of {WEB.limit} calls", f"{(web or 0) / 1000:.0f} KB", "of the web application"),
    ]


@contextmanager
def _process(running: Stack, kind: str) -> Iterator[str]:
    port = free_port()
    settings = json.loads((running.folder / "environment.json").read_text())
    environment = os.environ | settings | {"GATED_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.gated", kind], env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health")
        yield url
    finally:
        process.terminate()
        process.wait()
