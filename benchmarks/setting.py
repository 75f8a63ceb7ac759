"""What every measurement shares: people of many organisations, with credits, and the requests that they send."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import asyncpg
import httpx
import psutil

from benchmarks import load
from benchmarks.load import Request
from benchmarks.stack import Stack
from nexus.core.db import Database
from nexus.credits import services

CONNECTIONS = 16
CREDITS = 1_000_000_000
NUMBER = b"000000000000"
BODY = json.dumps({"text": "The old bridge over the Lune was closed on Monday. " * 4 + NUMBER.decode()}).encode()

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Crowd:
    """A running stack, and one person's token in each of many organisations that can pay for anything."""

    stack: Stack
    tokens: list[str]
    numbers: Iterator[int] = field(default_factory=count)

    def submits(self, organisations: int, job_type: str = "instant") -> Request:
        """Submits that go round so many organisations, each with a text of its own, so that none is a hit."""
        requests = [load.post(f"/v1/{job_type}", BODY, token) for token in self.tokens[:organisations]]
        return lambda number: requests[number % len(requests)].replace(NUMBER, b"%012d" % next(self.numbers))

    def repeats(self, organisations: int, job_type: str = "instant") -> Request:
        """Submits that go round so many organisations, all with the same text."""
        requests = [load.post(f"/v1/{job_type}", BODY, token) for token in self.tokens[:organisations]]
        return lambda number: requests[number % len(requests)]

    @contextmanager
    def workers_held(self) -> Iterator[None]:
        """Hold the workers still meanwhile."""
        workers = [psutil.Process(pid) for pid in self.stack.run["pids"]["worker"]]
        for worker in workers:
            worker.suspend()
        try:
            yield
        finally:
            for worker in workers:
                worker.resume()

    async def until_idle(self) -> None:
        """Wait until no job is left to do."""
        connection = await asyncpg.connect(self.stack.run["database_url"])
        while await connection.fetchval("SELECT count(*) FROM jobs WHERE status IN ('pending', 'running')"):
            await asyncio.sleep(0.02)
        await connection.close()


async def gather(running: Stack, organisations: int) -> Crowd:
    """Sign one person in for each organisation, and give each organisation credits."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        tokens = [await _sign_in(client, running, number) for number in range(organisations)]
    await _fund(running)
    return Crowd(running, tokens)


async def _sign_in(client: httpx.AsyncClient, running: Stack, number: int) -> str:
    said = await client.post(f"{running.idp}/dev/id-token", json={"email": f"ann@bench-{number}.test"})
    pair = await client.post(f"{running.api}/v1/auth/google", json={"id_token": said.json()["id_token"]})
    token: str = pair.raise_for_status().json()["access_token"]
    return token


async def _fund(running: Stack) -> None:
    """Give every organisation enough, by the operator's own grant."""
    environment = json.loads((running.folder / "environment.json").read_text())
    db = Database(environment["NEXUS_DATABASE_URL"], environment["NEXUS_SYSTEM_DATABASE_URL"], pool_size=1)
    connection = await asyncpg.connect(running.run["database_url"])
    organisations = [row["id"] for row in await connection.fetch("SELECT id FROM organisations")]
    await connection.close()
    async with db.system() as tx:
        for organisation_id in organisations:
            await services.grant(tx, organisation_id, CREDITS, "bench")
    await db.close()
