"""A floor where real workers work: a database that nobody else uses, and processes that can be stopped and killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from nexus.config import Settings
from nexus.local.ports import free_port
from tests.house import Person, clean_environment, door, run_app, settings_of, sign_in, some_domain
from tests.jobs.scripted import catalogue

START_SECONDS = 20
HASTE = {  # the same proportions as in production, with shorter waits
    "NEXUS_GEMINI_API_KEY": "nobody is asked",
    "NEXUS_GEMINI_BASE_URL": "http://127.0.0.1:9",
    "NEXUS_JOB_RETRY_SECONDS": "0.2",
    "NEXUS_JOB_LEASE_SECONDS": "1.5",
    "NEXUS_JOB_HEARTBEAT_SECONDS": "0.4",
    "NEXUS_SWEEP_SECONDS": "0.5",
    "NEXUS_RATE_LIMIT": "1000000",
}
LEASE, SWEEP = 1.5, 0.5
ADJUST = """
WITH was AS (SELECT balance FROM org_credits WHERE organisation_id = $1),
now AS (UPDATE org_credits SET balance = $2, last_seq = last_seq + 1 WHERE organisation_id = $1 RETURNING *)
INSERT INTO credit_transactions (organisation_id, id, seq, type, amount, balance_after, description)
SELECT organisation_id, gen_random_uuid(), last_seq, 'adjustment', $2 - was.balance, $2, 'test' FROM now, was
"""


@dataclass
class Process:
    """One of the product's processes."""

    popen: "subprocess.Popen[bytes]"
    log: Path
    url: str = ""

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of its log about an event."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}"))
        return [line for line in lines if line["event"] == name]

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.popen.send_signal(number)

    async def end(self, number: signal.Signals, seconds: float = 15) -> int:
        """Send it a signal that it is to end of; its exit status."""
        self.send(number)
        return await asyncio.to_thread(self.popen.wait, seconds)


@dataclass
class Floor:
    """Where processes run, and what they are told."""

    environment: dict[str, str]
    folder: Path
    processes: ExitStack = field(default_factory=ExitStack)

    @property
    def settings(self) -> Settings:
        """The settings that its processes have."""
        return settings_of(self.environment)

    async def worker(self, **settings: str) -> Process:
        """Start a worker and wait until it works."""
        process = self._start("worker", settings)
        await until(lambda: bool(process.events("worker.started")), START_SECONDS)
        return process

    async def api(self, **settings: str) -> Process:
        """Start an API process and wait until it answers."""
        port = free_port()
        process = self._start("api", settings, str(port))
        process.url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(trust_env=False) as client:
            await wait_until_it_answers(client, f"{process.url}/health/live")
        return process

    def path(self, name: str) -> Path:
        """A file of a test's own."""
        return self.folder / f"{name}-{uuid4().hex}"

    def _start(self, kind: str, settings: dict[str, str], *arguments: str) -> Process:
        log = self.path(kind)
        return self.processes.enter_context(running(kind, self.environment | settings, log, *arguments))


@contextmanager
def running(kind: str, environment: dict[str, str], log: Path, *arguments: str) -> Iterator[Process]:
    """Run a process; what is left of it at the end is killed."""
    command = [sys.executable, "-m", "tests.jobs.processes", kind, *arguments]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=clean_environment() | environment, cwd=log.parent, stdout=out) as popen,
    ):
        try:
            yield Process(popen, log)
        finally:
            popen.kill()


@dataclass(frozen=True)
class Client:
    """Somebody of this floor, with what tests ask again and again."""

    person: Person
    truth: asyncpg.Connection

    async def submit(self, do: str = "succeed", *, kind: str = "scripted", **act: Any) -> str:
        """Ask for work; the job's id."""
        answer = await self.person.api.post(f"/{kind}", json={"do": do, **act})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    async def job(self, job_id: str) -> dict[str, Any]:
        """The job as the API shows it."""
        found: dict[str, Any] = (await self.person.api.get(f"/jobs/{job_id}")).raise_for_status().json()
        return found

    async def when(self, job_id: str, *statuses: str, seconds: float = 20) -> dict[str, Any]:
        """The job, once it stands so."""
        last = time.monotonic() + seconds
        while (job := await self.job(job_id))["status"] not in statuses:
            assert time.monotonic() < last, job
            await asyncio.sleep(0.02)
        return job

    async def settled(self, job_id: str, seconds: float = 20) -> dict[str, Any]:
        """The job, once it has ended."""
        return await self.when(job_id, "completed", "failed", seconds=seconds)

    async def balance(self) -> int:
        """What is left."""
        return int((await self.person.api.get("/credits")).json()["balance"])

    async def adjust(self, amount: int) -> None:
        """Let the organisation have exactly so much, with books that agree."""
        await self.truth.execute(ADJUST, self.person.organisation_id, amount)

    async def ledger(self, job_id: str) -> list[tuple[str, int]]:
        """What the ledger says of a job."""
        rows = await self.truth.fetch(
            "SELECT type, amount FROM credit_transactions WHERE job_id = $1 ORDER BY seq", UUID(job_id)
        )
        return [(row["type"], row["amount"]) for row in rows]


@asynccontextmanager
async def an_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API in this process, with the scripted job types."""
    async with run_app(settings, catalogue()) as app:
        yield app


@asynccontextmanager
async def somebody(app: FastAPI, idp: str, superuser_url: str) -> AsyncIterator[Client]:
    """The admin of a new organisation."""
    async with door(app) as api:
        person = await sign_in(api, idp, f"ann@{some_domain()}")
        truth = await asyncpg.connect(superuser_url)
        yield Client(person, truth)
        await truth.close()
        await person.api.aclose()


async def until(true: Any, seconds: float = 10) -> None:
    """Wait until something is true."""
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, "waited too long"
        await asyncio.sleep(0.02)


async def wait_until_it_answers(client: httpx.AsyncClient, url: str, seconds: float = START_SECONDS) -> None:
    """Wait until something answers there."""
    last = time.monotonic() + seconds
    while True:
        try:
            await client.get(url)
        except httpx.TransportError:
            assert time.monotonic() < last, url
            await asyncio.sleep(0.05)
        else:
            return


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
