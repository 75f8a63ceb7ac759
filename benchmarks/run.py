"""`make bench`: measures, prints the table, and writes it with the machine and the date to benchmarks/RESULTS.md."""

import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import psutil

from benchmarks import load, stack
from benchmarks.stack import Stack
from nexus.local.ports import free_port

CONNECTIONS = 16
ORGANISATIONS = 100
ROUNDS = 3
SECONDS = 4.0
CREDITS = 1_000_000_000
BODY = json.dumps({"text": "The old bridge over the Lune was closed on Monday. " * 4}).encode()
RESULTS = Path(__file__).parent / "RESULTS.md"

Row = tuple[str, str, str]


async def main() -> None:
    """Measure everything in one run."""
    rows: list[Row] = []
    with stack.running() as running:
        tokens = await _tokens(running, ORGANISATIONS)
        await _fund(running)
        rows += await _submit_against_bare(running, tokens)
        rows += await _latency_with_worker(running, tokens)
        rows += await _submit_to_result(running, tokens[0])
        rows += _memory(running)
    _show(rows)


async def _tokens(running: Stack, most: int) -> list[str]:
    """One person's token in each of so many organisations."""

    async def one(client: httpx.AsyncClient, number: int) -> str:
        said = await client.post(f"{running.idp}/dev/id-token", json={"email": f"ann@bench-{number}.test"})
        pair = await client.post(f"{running.api}/v1/auth/google", json={"id_token": said.json()["id_token"]})
        token: str = pair.raise_for_status().json()["access_token"]
        return token

    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return [await one(client, number) for number in range(most)]


async def _fund(running: Stack) -> None:
    """Give every organisation enough for the bench, by the operator's own grant."""
    from nexus.core.db import Database  # noqa: PLC0415 - only the bench's set-up speaks to the database
    from nexus.credits import services  # noqa: PLC0415

    environment = json.loads((running.folder / "environment.json").read_text())
    db = Database(environment["NEXUS_DATABASE_URL"], environment["NEXUS_SYSTEM_DATABASE_URL"], pool_size=1)
    connection = await asyncpg.connect(running.run["database_url"])
    organisations: list[UUID] = [row["id"] for row in await connection.fetch("SELECT id FROM organisations")]
    await connection.close()
    async with db.system() as tx:
        for organisation_id in organisations:
            await services.grant(tx, organisation_id, CREDITS, "bench")
    await db.close()


async def _submit_against_bare(running: Stack, tokens: list[str]) -> list[Row]:
    """The durable submit and the bare route, in turn, with the worker held still: both only write."""
    requests = [load.post("/v1/instant", BODY, token) for token in tokens]
    bare = load.post("/insert", BODY)
    nothing = load.post("/nothing", BODY)
    ratios, submits, inserts, empties = [], [], [], []
    for pid in running.run["pids"]["worker"]:
        psutil.Process(pid).suspend()
    with _bare(running) as url:
        for _ in range(ROUNDS):
            insert = await load.run(url, lambda _: bare, connections=CONNECTIONS, seconds=SECONDS)
            submit = await load.run(
                running.api, lambda number: requests[number % len(requests)], connections=CONNECTIONS, seconds=SECONDS
            )
            empty = await load.run(url, lambda _: nothing, connections=CONNECTIONS, seconds=SECONDS / 2)
            assert set(submit.statuses) == {202}, submit.statuses
            inserts.append(insert.per_second)
            submits.append(submit.per_second)
            empties.append(empty.per_second)
            ratios.append(submit.per_second / insert.per_second)
    for pid in running.run["pids"]["worker"]:
        psutil.Process(pid).resume()
    await _until_idle(running)
    return [
        ("bare FastAPI route", f"{median(empties):.0f} /s", ""),
        ("bare route, one INSERT", f"{median(inserts):.0f} /s", ""),
        ("durable submit, 100 organisations", f"{median(submits):.0f} /s", ""),
        ("durable submit : bare INSERT", f"{median(ratios):.2f}", "at least 0.15, aim 0.30"),
    ]


async def _latency_with_worker(running: Stack, tokens: list[str]) -> list[Row]:
    """The submit's latency while a worker does the work, at full speed of 16 connections."""
    requests = [load.post("/v1/instant", BODY, token) for token in tokens]
    found = await load.run(
        running.api, lambda number: requests[number % len(requests)], connections=CONNECTIONS, seconds=30, most=4000
    )
    await _until_idle(running)
    samples = len(found.latencies)
    return [
        ("submit p50, a worker busy", f"{found.percentile(0.50):.1f} ms", f"{samples} samples, 16 connections"),
        ("submit p99, a worker busy", f"{found.percentile(0.99):.1f} ms", "under 100 ms"),
    ]


async def _submit_to_result(running: Stack, token: str) -> list[Row]:
    """From sending a job of an instant type to reading its result, polling as fast as it answers."""
    took = []
    async with httpx.AsyncClient(
        base_url=f"{running.api}/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ) as client:
        for _ in range(200):
            started = time.perf_counter()
            job = (await client.post("/instant", json={"text": "Hello."})).json()["job_id"]
            while (await client.get(f"/jobs/{job}")).json()["status"] != "completed":
                await asyncio.sleep(0.002)
            took.append((time.perf_counter() - started) * 1000)
    took.sort()
    return [("submit to result, instant type, p50 / p95", f"{took[100]:.0f} / {took[189]:.0f} ms", "200 samples")]


def _memory(running: Stack) -> list[Row]:
    pids = running.run["pids"]
    api, worker = _pss(pids["api"][0]), _pss(pids["worker"][0])
    whole = _pss(running.supervisor)
    return [
        ("memory of an API process", f"{api:.0f} MB", "PSS, under 150 MB"),
        ("memory of a worker", f"{worker:.0f} MB", "PSS, under 280 MB"),
        ("memory of the whole stack without web", f"{whole:.0f} MB", "PSS, under 800 MB"),
    ]


def _pss(pid: int) -> float:
    """Proportional set size of a process and all below it, in megabytes."""
    root = psutil.Process(pid)
    return sum(one.memory_full_info().pss for one in [root, *root.children(recursive=True)]) / 1e6


async def _until_idle(running: Stack) -> None:
    connection = await asyncpg.connect(running.run["database_url"])
    while await connection.fetchval("SELECT count(*) FROM jobs WHERE status IN ('pending', 'running')"):
        await asyncio.sleep(0.2)
    await connection.close()


class _bare:
    """The bare route's process."""

    def __init__(self, running: Stack) -> None:
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        environment = os.environ | {"BARE_PORT": str(port), "BARE_DATABASE_URL": running.run["database_url"]}
        self._process = subprocess.Popen([sys.executable, "-m", "benchmarks.bare"], env=environment)

    def __enter__(self) -> str:
        stack._wait_for(f"{self._url}/openapi.json")
        return self._url

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def _show(rows: list[Row]) -> None:
    width = max(len(name) for name, _, _ in rows)
    for name, value, note in rows:
        print(f"{name:<{width}}  {value:>16}  {note}")
    machine = f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"
    table = "\n".join(f"| {name} | {value} | {note} |" for name, value, note in rows)
    RESULTS.write_text(
        f"# The last `make bench`\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}, everything on this one machine, client"
        f" included. Medians of {ROUNDS} rounds. Ratios are what counts: absolute times belong to the machine.\n\n"
        f"| what | figure | |\n| --- | --- | --- |\n{table}\n"
    )


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
