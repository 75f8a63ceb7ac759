"""
What a request and a job cost: statements and round trips to PostgreSQL, bytes over that wire, and CPU on either side.

An API process and a worker of their own are led over wires that count. CPU is what the operating system says of the
process, and of all of PostgreSQL's.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from benchmarks import load
from benchmarks.setting import Crowd, Row
from benchmarks.stack import Stack, wait_for
from benchmarks.wire import Wire, wire_to
from nexus.local.ports import free_port

ASKED = 400
URLS = ("NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL")


@dataclass(frozen=True)
class Meter:
    """A process, the wire that it speaks over, and the server at the other end."""

    wire: Wire
    process: psutil.Process
    postgres: psutil.Process

    def read(self) -> tuple[float, ...]:
        """Statements, round trips, kilobytes, and milliseconds of CPU here and there, so far."""
        statements, trips, sent, received = self.wire.read()
        server = [self.postgres, *self.postgres.children(recursive=True)]
        return statements, trips, (sent + received) / 1000, _cpu(self.process), sum(map(_cpu, server))

    def row(self, name: str, before: tuple[float, ...], count: int) -> Row:
        """What one of so many cost since then."""
        each = [(now - then) / count for now, then in zip(self.read(), before, strict=True)]
        statements, trips, kilobytes, here, there = each
        figures = f"{trips:.1f} trips, {statements:.1f} statements, {kilobytes:.1f} kB"
        return (f"cost: {name}", figures, f"CPU {here:.1f} ms in the process, {there:.1f} ms in PostgreSQL")


async def costs(crowd: Crowd) -> list[Row]:
    """The hot calls, one after another, and a job from its claim to its completion."""
    address = urlsplit(crowd.stack.run["database_url"])
    postgres = psutil.Process(crowd.stack.run["pids"]["postgres"])
    assert address.hostname
    assert address.port
    async with AsyncExitStack() as held:
        held.enter_context(crowd.workers_held())
        wires = [await held.enter_async_context(wire_to(address.hostname, address.port)) for _ in range(2)]
        port = free_port()
        api = held.enter_context(_process(crowd.stack, wires[0], "api", "--port", str(port)))
        url = f"http://127.0.0.1:{port}"
        await asyncio.to_thread(wait_for, f"{url}/health")
        rows = await _calls(crowd, url, Meter(wires[0], api, postgres))
        worker = held.enter_context(_process(crowd.stack, wires[1], "worker"))
        rows.append(await _jobs(crowd, url, Meter(wires[1], worker, postgres)))
    return rows


async def _calls(crowd: Crowd, url: str, meter: Meter) -> list[Row]:
    def get(path: str) -> load.Request:
        asked = [load.get(path, token) for token in crowd.tokens]
        return lambda number: asked[number % len(asked)]

    calls = {
        "submit": crowd.submits(len(crowd.tokens)),
        "balance": get("/v1/credits"),
        "list of jobs": get("/v1/jobs"),
        "usage of a week": get("/v1/credits/usage"),
    }
    rows = []
    for name, request in calls.items():
        await load.run(url, request, connections=4, seconds=60, most=ASKED // 4)
        before = meter.read()
        await load.run(url, request, connections=4, seconds=60, most=ASKED)
        rows.append(meter.row(name, before, ASKED))
    return rows


async def _jobs(crowd: Crowd, url: str, meter: Meter) -> Row:
    """Jobs that wait already: what a worker's looks in vain cost is not in it, and the API is still meanwhile."""
    await crowd.until_idle()
    await asyncio.sleep(2)
    meter.process.suspend()
    await load.run(url, crowd.submits(len(crowd.tokens)), connections=8, seconds=60, most=ASKED)
    before = meter.read()
    meter.process.resume()
    await crowd.until_idle()
    return meter.row("a job that takes no time", before, ASKED)


@contextmanager
def _process(stack: Stack, wire: Wire, *arguments: str) -> Iterator[psutil.Process]:
    made: dict[str, str] = json.loads((stack.folder / "environment.json").read_text())
    for name in URLS:
        address = urlsplit(made[name])
        made[name] = address._replace(netloc=f"{address.netloc.rpartition(':')[0]}:{wire.port}").geturl()
    command = [sys.executable, "-m", "benchmarks.processes", *arguments]
    process = subprocess.Popen(command, env=os.environ | made, stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()  # in order it would want to take leave over the wire, which is carried by whoever waits here
        process.wait()


def _cpu(process: psutil.Process) -> float:
    """Milliseconds of CPU that a process has used."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system) * 1000
