"""Real worker processes on a database of their own, for proofs that need to hurt one of them at a chosen moment."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from nexus.core.db import Database
from nexus.core.models import new_id
from nexus.jobs import services
from nexus.jobs.services import JobKey, Terms, Work
from nexus.local.processes import spawn
from tests.chaos.processes import CALLS
from tests.chaos.script import Behaviour, text_of
from tests.house import (
    ROOT,
    Person,
    Servers,
    clean_environment,
    door,
    run_app,
    settings_of,
    sign_in,
    some_domain,
    wait_for,
)
from tests.migrations.scratch import scratch_database

LEASE_SECONDS, SWEEP_SECONDS = 1.0, 0.3
TIMING = {
    "NEXUS_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
    "NEXUS_JOB_HEARTBEAT_SECONDS": "0.3",
    "NEXUS_SWEEP_SECONDS": str(SWEEP_SECONDS),
    "NEXUS_JOB_RETRY_SECONDS": "0.2",
}
STOP_SECONDS = 15
COST = 10

EVERYTHING = """
SELECT (SELECT jsonb_agg(to_jsonb(j) ORDER BY j.id) FROM jobs j)::text AS jobs,
       (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.seq) FROM credit_transactions t)::text AS ledger,
       (SELECT jsonb_agg(to_jsonb(c)) FROM org_credits c)::text AS balances
"""
JOB = "SELECT * FROM jobs WHERE id = $1"
OPEN = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND wait_event_type = 'Client'
"""
REFUNDS = "SELECT count(*) FROM credit_transactions WHERE job_id = $1 AND type = 'refund'"


@dataclass
class Worker:
    """A worker process, and what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def name(self) -> str:
        """What it calls itself in the table."""
        return f"{socket.gethostname()}:{self.process.pid}"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    def said(self, event: str, job_id: UUID) -> bool:
        """Whether it logged this event of this job."""
        for line in self.log.read_text(errors="replace").splitlines():
            with suppress(ValueError):
                told = json.loads(line)
                if told.get("event") == event and told.get("job_id") == str(job_id):
                    return True
        return False

    async def has_begun(self) -> bool:
        """Whether it looks for work."""
        return b"worker.started" in self.log.read_bytes()

    def stop(self) -> None:
        """End it, whatever state it is in."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)


@dataclass
class Floor:
    """Where the workers work: somebody with credits, and the superuser's view of everything."""

    db: Database
    truth: asyncpg.Connection
    ann: Person
    environment: dict[str, str]
    folder: Path
    workers: list[Worker]

    def hire(self) -> Worker:
        """Start one more worker."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        with log.open("wb") as written:
            out = written.fileno()
            command = (sys.executable, "-m", "tests.chaos.processes", "worker")
            process = spawn(
                command, env=self.environment, cwd=self.folder, stdout=out, stderr=out, death_signal=signal.SIGKILL
            )
        self.workers.append(Worker(process, log))
        return self.workers[-1]

    async def staff(self, number: int) -> None:
        """Have so many workers that live, and wait until each has begun."""
        living = [worker for worker in self.workers if worker.process.poll() is None]
        hired = [self.hire() for _ in range(number - len(living))]
        await asyncio.gather(*(self.eventually(worker.has_begun, STOP_SECONDS) for worker in hired))

    async def open_transactions(self) -> int:
        """How many transactions wait for whoever opened them; one that only takes a moment is over by then."""
        await asyncio.sleep(0.05)
        return int(await self.truth.fetchval(OPEN))

    async def submit(self, behaviour: Behaviour, number: float, *, attempts: int = 3) -> UUID:
        """Ask for a job; its id."""
        key = JobKey(self.ann.organisation_id, new_id())
        text = json.dumps({"text": text_of(behaviour, number, key.id.hex)})
        async with self.db.transaction(key.organisation_id) as tx:
            await services.create_job(tx, key, self.ann.user_id, Work("chaos", COST, text), Terms(attempts, 900))
        return key.id

    async def job(self, job_id: UUID) -> Any:
        """The row."""
        return await self.truth.fetchrow(JOB, job_id)

    async def refunds(self, job_id: UUID) -> int:
        """How many refunds of the job the ledger holds."""
        return int(await self.truth.fetchval(REFUNDS, job_id))

    async def everything(self) -> tuple[str, ...]:
        """Every job, every entry and every balance, to the letter."""
        row: Any = await self.truth.fetchrow(EVERYTHING)
        return tuple(row)

    async def until(self, holds: Callable[[Any], bool], job_id: UUID, seconds: float = 20) -> Any:
        """Wait until this holds of the job's row; the row."""

        async def look() -> Any:
            row = await self.job(job_id)
            return row if holds(row) else None

        return await wait_for(look, seconds)

    async def holder(self, job_id: UUID) -> Worker:
        """The worker that has this job in hand, as soon as one has."""
        row = await self.until(lambda row: row["status"] == "running", job_id)
        return next(worker for worker in self.workers if worker.name == row["worker"])

    async def eventually(self, true: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        """Whether this becomes true in this time."""
        with suppress(TimeoutError):
            return bool(await wait_for(true, seconds))
        return False


@asynccontextmanager
async def floor(servers: Servers) -> AsyncIterator[Floor]:
    """A database, and nobody who works on it yet. Whoever is hired is gone afterwards."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nexus-floor-")))
        (folder / "calls").mkdir()
        scratch = await stack.enter_async_context(scratch_database(servers))
        settings = settings_of(scratch.environment)
        app = await stack.enter_async_context(run_app(settings))
        api = await stack.enter_async_context(door(app))
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")
        stack.push_async_callback(ann.api.aclose)
        db = Database(settings.database_url, settings.system_database_url, pool_size=2)
        stack.push_async_callback(db.close)
        truth = await asyncpg.connect(scratch.superuser_url)
        stack.push_async_callback(truth.close)
        own = {"PYTHONPATH": str(ROOT), CALLS: str(folder / "calls")}
        made = Floor(db, truth, ann, clean_environment() | scratch.environment | TIMING | own, folder, [])
        stack.callback(_dismiss, made.workers)
        yield made


def _dismiss(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.stop()
