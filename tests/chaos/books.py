"""
What the product should do, in plain Python: two organisations, their balances, ledgers and jobs.

The model knows nothing of SQL, claims of others, or time: a job is due or it waits, a lease or a deadline has ended or
it has not, and a step of the test says which.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

MOST_ATTEMPTS = 3
MOST_RELEASES = 20


class Entry(NamedTuple):
    """An entry of the ledger."""

    type: str
    amount: int
    balance_after: int
    job_id: UUID | None


@dataclass
class ModelJob:
    """A job as it should be."""

    id: UUID
    cost: int
    status: str = "pending"
    attempts: int = 0
    claim: int = 0
    releases: int = 0
    error_code: str | None = None
    due: bool = True
    lease_ended: bool = False
    deadline_passed: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing about it changes any more."""
        return self.status in ("completed", "failed")

    @property
    def facts(self) -> tuple[object, ...]:
        """What its row must say."""
        return (self.status, self.cost, self.attempts, self.claim, self.releases, self.error_code)


@dataclass
class Account:
    """An organisation's books as they should be."""

    balance: int = 0
    ledger: list[Entry] = field(default_factory=list)
    jobs: dict[UUID, ModelJob] = field(default_factory=dict)

    def book(self, kind: str, amount: int, job_id: UUID | None = None) -> None:
        """Change the balance, and say so in the ledger."""
        self.balance += amount
        self.ledger.append(Entry(kind, amount, self.balance, job_id))

    def create(self, job_id: UUID, cost: int) -> None:
        """Charge for a job and write it down."""
        self.book("deduction", -cost, job_id)
        self.jobs[job_id] = ModelJob(job_id, cost)

    def can_claim(self, job: ModelJob) -> bool:
        """Whether somebody may take the job for an attempt."""
        return job.status == "pending" and job.due and not job.deadline_passed

    def claim(self, job: ModelJob) -> None:
        """Take it."""
        job.status, job.lease_ended = "running", False
        job.attempts += 1
        job.claim += 1

    def holds(self, job: ModelJob, claim: int) -> bool:
        """Whether this claim is the one that counts."""
        return job.status == "running" and job.claim == claim

    def complete(self, job: ModelJob) -> None:
        """The work is done."""
        job.status, job.error_code = "completed", None

    def fail(self, job: ModelJob, code: str, *, final: bool, waits: bool) -> None:
        """An attempt went wrong: again, or for good and with the credits back."""
        job.error_code = code
        if final or job.attempts >= MOST_ATTEMPTS or job.deadline_passed:
            job.status = "failed"
            self.book("refund", job.cost, job.id)
        else:
            job.status, job.due = "pending", not waits

    def release(self, job: ModelJob) -> None:
        """Hand it back: the attempt does not count, unless that has happened too often."""
        if job.releases >= MOST_RELEASES:
            self.fail(job, "released", final=False, waits=False)
            return
        job.status, job.due, job.error_code = "pending", True, "released"
        job.attempts -= 1
        job.releases += 1

    def cancel(self, job: ModelJob) -> None:
        """Fail it at the organisation's wish."""
        self.fail(job, "cancelled", final=True, waits=False)

    def sweep(self, refunded: Sequence[UUID | None]) -> int:
        """Take up what was left lying, in the order in which it was refunded; how many jobs that were."""
        silent = [job for job in self.jobs.values() if job.status == "running" and job.lease_ended]
        overdue = [job for job in self.jobs.values() if job.status == "pending" and job.deadline_passed]
        codes = {job.id: "worker_lost" for job in silent} | {job.id: "deadline_exceeded" for job in overdue}
        for job_id in sorted(codes, key=lambda one: refunded.index(one) if one in refunded else -1):
            self.fail(self.jobs[job_id], codes[job_id], final=False, waits=False)
        return len(codes)
