"""How fast work is accepted: against a bare route, on one hot organisation, and while workers are busy."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks import load
from benchmarks.setting import BODY, CONNECTIONS, Crowd, Row
from benchmarks.stack import Stack, wait_for
from nexus.local.ports import free_port

ROUNDS = 5
SECONDS = 3.0
SAMPLES = 4000


async def against_bare(crowd: Crowd) -> list[Row]:
    """The durable submit and the bare route, in turn, with the workers held still: both only write."""
    bare, nothing = load.post("/insert", BODY), load.post("/nothing", BODY)
    inserts, submits, hot, empties = [], [], [], []
    with crowd.workers_held(), bare_process(crowd.stack) as url:
        for _ in range(ROUNDS):
            inserts.append(await rate(url, lambda _: bare))
            submits.append(await rate(crowd.stack.api, crowd.submits(100)))
            hot.append(await rate(crowd.stack.api, crowd.submits(1)))
            empties.append(await rate(url, lambda _: nothing))
    await crowd.until_idle()
    return [
        ("bare FastAPI route", f"{median(empties):.0f} /s", ""),
        ("bare route, one INSERT", f"{median(inserts):.0f} /s", ""),
        ("durable submit, 100 organisations", f"{median(submits):.0f} /s", ""),
        ("durable submit, one hot organisation", f"{median(hot):.0f} /s", "every charge waits for the one before"),
        ("ratio: durable submit to bare INSERT", f"{ratio(submits, inserts):.2f}", "at least 0.15, aim 0.30"),
        ("ratio: hot organisation to spread", f"{ratio(hot, submits):.2f}", "at least 0.3, aim 0.6"),
    ]


async def while_workers_are_busy(crowd: Crowd) -> list[Row]:
    """The submit's latency with 16 connections while a worker does the work."""
    found = await load.run(crowd.stack.api, crowd.submits(100), connections=CONNECTIONS, seconds=60, most=SAMPLES)
    await crowd.until_idle()
    note = f"{len(found.latencies)} samples, {CONNECTIONS} connections, a worker at work"
    return [
        ("submit p50", f"{found.percentile(0.50):.1f} ms", note),
        ("submit p99", f"{found.percentile(0.99):.1f} ms", "under 100 ms"),
    ]


async def rate(url: str, request: load.Request) -> float:
    """Answers a second, all of them good ones."""
    found = await load.run(url, request, connections=CONNECTIONS, seconds=SECONDS)
    assert max(found.statuses) < 300, found.statuses
    return found.per_second


def ratio(these: list[float], those: list[float]) -> float:
    """The median of the ratios, round by round."""
    return median(this / that for this, that in zip(these, those, strict=True))


@contextmanager
def bare_process(running: Stack) -> Iterator[str]:
    """The bare route's process, on the same PostgreSQL."""
    port = free_port()
    environment = os.environ | {"BARE_PORT": str(port), "BARE_DATABASE_URL": running.run["database_url"]}
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.bare"], env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/openapi.json")
        yield url
    finally:
        process.terminate()
        process.wait()
