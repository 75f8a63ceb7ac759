"""What the model-based test does to the product: each deed a transaction of its own, through the services."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx

from nexus.core.db import Database
from nexus.core.errors import WorkFailed
from nexus.core.models import new_id
from nexus.credits import services as credits
from nexus.jobs import invariants, lookout, services
from nexus.jobs.lookout import Held
from nexus.jobs.services import Claim, JobKey, Seen, Terms, Verdict, Work
from nexus.jobs.sweep import sweep
from tests.chaos.books import MOST_ATTEMPTS, Entry
from tests.house import Person, sign_in, some_domain

A_DAY = 86_400.0
TERMS = Terms(MOST_ATTEMPTS, 7 * A_DAY)

BOOKS = "SELECT balance, last_seq FROM org_credits WHERE organisation_id = $1"
ENTRIES = """
SELECT type, amount, balance_after, job_id FROM credit_transactions WHERE organisation_id = $1 AND seq > $2 ORDER BY seq
"""
JOBS = """
SELECT id, status, cost, attempt_count, claim_number, released_count, error_code FROM jobs WHERE organisation_id = $1
"""
REWIND = {
    column: f"UPDATE jobs SET {column} = now() - interval '1 second' WHERE organisation_id = $1 AND id = $2"  # noqa: S608 - names of ours
    for column in ("run_after", "lease_expires_at", "deadline_at")
}

Answer = TypeVar("Answer")


@dataclass
class World:
    """The product, what really stands in its tables, and the loop that waits for both."""

    loop: asyncio.AbstractEventLoop
    idp: str
    db: Database
    truth: asyncpg.Connection
    api: httpx.AsyncClient
    whole_sequences: int = 0
    seen: Counter[str] = field(default_factory=Counter)  # how often each thing happened that must be met

    def wait_for(self, what: Coroutine[Any, Any, Answer]) -> Answer:
        """Let it happen."""
        return self.loop.run_until_complete(what)

    def welcome(self) -> Person:
        """Sign somebody in whose organisation nobody knows."""
        return self.wait_for(sign_in(self.api, self.idp, f"ann@{some_domain()}"))

    async def grant(self, person: Person, amount: int) -> int:
        """Give credits; the balance."""
        async with self.db.system() as tx:
            return await credits.grant(tx, person.organisation_id, amount, "a step")

    async def create(self, person: Person, job_type: str, cost: int) -> UUID:
        """Create a job; its id."""
        key = JobKey(person.organisation_id, new_id())
        async with self.db.transaction(key.organisation_id) as tx:
            await services.create_job(tx, key, person.user_id, Work(job_type, cost, '{"text": "x"}'), TERMS)
        return key.id

    async def claim(self, person: Person, job_id: UUID) -> Claim | None:
        """Claim a job, for longer than the test takes."""
        async with self.db.transaction(person.organisation_id) as tx:
            return await services.claim_job(tx, JobKey(person.organisation_id, job_id), "a worker", A_DAY)

    async def complete(self, claim: Claim) -> bool:
        """Complete it under this claim; whether the claim counted."""
        async with self.db.transaction(claim.key.organisation_id) as tx:
            return await services.complete_job(tx, claim, "{}", "a model")

    async def fail(self, claim: Claim, why: WorkFailed, pause: float, *, released: bool) -> Verdict | None:
        """Fail it under this claim."""
        async with self.db.transaction(claim.key.organisation_id) as tx:
            return await services.fail_job(tx, Seen(claim.key, claim.number), why, pause, released=released)

    async def cancel(self, person: Person, job_id: UUID) -> None:
        """Cancel it."""
        async with self.db.transaction(person.organisation_id) as tx:
            await services.cancel_job(tx, person.organisation_id, person.user_id, str(job_id))

    async def beat(self, held: Sequence[Held]) -> set[Held]:
        """Renew these claims; those that hold."""
        async with self.db.system() as tx:
            return await lookout.extend_leases(tx, held, A_DAY)

    async def sweep(self) -> int:
        """Take up what was left lying; how many jobs."""
        return await sweep(self.db)

    async def rewind(self, column: str, person: Person, job_id: UUID) -> None:
        """Let time pass for one column of one job."""
        await self.truth.execute(REWIND[column], person.organisation_id, job_id)

    async def balance(self, person: Person) -> tuple[int, int]:
        """The balance, and the number of the last entry."""
        row: Any = await self.truth.fetchrow(BOOKS, person.organisation_id)
        return row["balance"], row["last_seq"]

    async def entries(self, person: Person, after: int) -> list[Entry]:
        """The ledger's entries after this one."""
        return [Entry(*row) for row in await self.truth.fetch(ENTRIES, person.organisation_id, after)]

    async def jobs(self, person: Person) -> dict[UUID, tuple[object, ...]]:
        """Every job, as the model tells it."""
        return {row["id"]: tuple(row)[1:] for row in await self.truth.fetch(JOBS, person.organisation_id)}

    async def broken_invariants(self) -> list[invariants.Check]:
        """What `nexus check` would complain of."""
        async with self.db.system() as tx:
            return [one for one in (await invariants.check(tx)).checks if not one.ok]
