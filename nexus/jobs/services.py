"""
The life of a job. Every query filters by organisation_id.

A job's status is changed by four functions and nowhere else: create_job, claim_job, complete_job, fail_job. The claim
number is the fence: whoever finishes or fails a job names the claim that they hold, and an old one changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from nexus.ai.model import Tokens
from nexus.audit import services as audit
from nexus.core import metrics
from nexus.core.db import Tx
from nexus.core.errors import NotFound, WorkFailed
from nexus.core.ids import id_of
from nexus.core.models import new_id
from nexus.core.queue import JOBS
from nexus.credits import services as credits
from nexus.jobs import announcements, statements
from nexus.jobs.answers import Answer
from nexus.jobs.errors import Cancelled, JobIsSettled
from nexus.jobs.models import Job, JobStatus, RequesterType
from nexus.webhooks.models import EventType

SETTLED = (JobStatus.COMPLETED, JobStatus.FAILED)


@dataclass(frozen=True)
class JobKey:
    """Which job, and whose."""

    organisation_id: UUID
    id: UUID


@dataclass(frozen=True)
class Work:
    """What is to be done, how it begins, what it costs, its answer where there is one already, and by which key."""

    job_type: str
    cost: int
    input_json: str
    fresh: bool = False
    answer: Answer | None = None
    excerpt: str | None = None
    api_key_id: UUID | None = None


@dataclass(frozen=True)
class Created:
    """A job as it begins: to be done and charged, or answered already and free. And what the balance is then."""

    status: JobStatus
    cost: int
    balance: int
    output_json: str | None = None


@dataclass(frozen=True)
class Claim:
    """An attempt that one worker holds, until its lease ends or its number is no longer the row's."""

    key: JobKey
    user_id: UUID
    job_type: str
    input_json: str
    attempt: int
    max_attempts: int
    number: int
    deadline_at: datetime
    caching: bool
    fresh: bool


@dataclass(frozen=True)
class Terms:
    """The terms of new jobs: how many attempts, and after how many seconds a job has failed whatever happens."""

    max_attempts: int
    deadline_seconds: float


async def create_job(tx: Tx, key: JobKey, user_id: UUID, work: Work, terms: Terms) -> Created:
    """
    Write a job down, in one statement: charged and entered in the ledger, or born completed with its answer.

    An answer costs nothing and asks for no balance; while there is debt, there are no new jobs of either kind. Where
    the job of the answer has no texts any more, the work is done anew. The balance is the one that this statement left,
    whatever others spend meanwhile.
    """
    common = {
        "job": key.id,
        "user": user_id,
        "job_type": work.job_type,
        "input": work.input_json,
        "excerpt": work.excerpt,
        "requester_type": RequesterType.API_KEY if work.api_key_id else RequesterType.USER,
        "api_key": work.api_key_id,
        "max_attempts": terms.max_attempts,
    }
    if work.answer is not None:
        found = work.answer
        answer = {"output": found.output_json, "model_name": found.model, "source": found.source_job_id}
        row = await tx.conclude(statements.CREATE_ANSWERED, **common, **answer)
        if row is not None:
            await announcements.announce_answer(
                tx, key.organisation_id, key.id, row["listeners"], shared=found.source_job_id is not None
            )
            return Created(JobStatus.COMPLETED, 0, row["balance"], work.answer.output_json)
    row = await tx.conclude(
        statements.CREATE,
        **common,
        cost=work.cost,
        fresh=work.fresh,
        deadline_seconds=float(terms.deadline_seconds),
        entry=new_id(),
        description=f"Job: {work.job_type}",
    )
    if row is None:
        raise await credits.why_not_charged(tx, key.organisation_id, work.cost)
    tx.ring(JOBS)
    return Created(JobStatus.PENDING, work.cost, row["balance"])


async def claim_job(tx: Tx, key: JobKey, worker: str, lease_seconds: float) -> Claim | None:
    """Take a due job for one attempt, or None when it is not due or somebody else has it."""
    row = await tx.conclude(
        statements.CLAIM_JOB,
        job=key.id,
        worker_name=worker,
        lease_seconds=float(lease_seconds),
    )
    return (
        None
        if row is None
        else Claim(
            key=key,
            user_id=row["user_id"],
            job_type=row["job_type"],
            input_json=row["input_json"],
            attempt=row["attempt_count"],
            max_attempts=row["max_attempts"],
            number=row["claim_number"],
            deadline_at=row["deadline_at"],
            caching=row["caching"],
            fresh=row["fresh"],
        )
    )


async def is_held(tx: Tx, claim: Claim) -> bool:
    """Whether this claim still holds: the job was neither cancelled nor given to another worker."""
    return await tx.look(statements.HELD, job=claim.key.id, claim=claim.number) is not None


async def complete_job(tx: Tx, claim: Claim, output_json: str, model: str, tokens: Tokens | None = None) -> bool:
    """Keep the result. False when the claim no longer holds: then nothing is changed."""
    row = await tx.conclude(
        statements.COMPLETE,
        job=claim.key.id,
        claim=claim.number,
        output=output_json,
        model_name=model,
        **_taken(tokens),
    )
    if row is None:
        return False
    await announcements.announce(tx, claim.key.organisation_id, claim.key.id, EventType.JOB_COMPLETED, row["listeners"])
    return True


def _taken(tokens: Tokens | None) -> dict[str, int | None]:
    tokens = tokens or Tokens()
    return {"tokens_in": tokens.input, "tokens_out": tokens.output}


@dataclass(frozen=True)
class Seen:
    """A job as whoever wants to fail it last saw it: the fence of fail_job."""

    key: JobKey
    claim_number: int
    status: JobStatus = JobStatus.RUNNING


@dataclass(frozen=True)
class Verdict:
    """What fail_job decided: failed for good and what was given back, or pending until `again_at`."""

    job_type: str
    failed: bool
    refunded: int
    attempt_count: int
    again_at: datetime | None


async def fail_job(  # noqa: PLR0913 - each is said by name where it is not plain
    tx: Tx, seen: Seen, why: WorkFailed, retry_seconds: float, *, released: bool = False, tokens: Tokens | None = None
) -> Verdict | None:
    """
    Book the next attempt, or fail the job and give its credits back in the same transaction.

    None when the job is no longer as it was seen: then nothing is changed. `released` hands the job back without
    consuming the attempt. A job that is handed back, or lost its worker (no pause), keeps its place in the queue.
    """
    row = await tx.fetch(
        statements.FAIL,
        organisation=seen.key.organisation_id,
        job=seen.key.id,
        claim=seen.claim_number,
        seen_status=seen.status.value,
        final=why.final,
        released=released,
        again_after_seconds=float(retry_seconds),
        code=why.code,
        message=why.detail,
        **_taken(tokens),
    )
    if row is None:
        return None
    failed = row["status"] == JobStatus.FAILED
    refunded = 0
    if failed and row["cost"]:
        refunded = await credits.refund(tx, seen.key.organisation_id, seen.key.id, f"Refund: {row['job_type']}")
        tx.afterwards(metrics.refunds.labels(row["job_type"], why.code).inc)
    if failed:
        await announcements.announce(tx, seen.key.organisation_id, seen.key.id, EventType.JOB_FAILED, row["listeners"])
    if released and not failed:
        tx.ring(JOBS)
    return Verdict(row["job_type"], failed, refunded, row["attempt_count"], None if failed else row["run_after"])


async def cancel_job(tx: Tx, organisation_id: UUID, user_id: UUID, job_id: str) -> None:
    """Fail a job that waits or runs, give its credits back, note who did. Raises NotFound, or JobIsSettled."""
    key = JobKey(organisation_id, id_of(job_id))
    row = await tx.first(
        select(Job.status, Job.claim_number)
        .where(Job.organisation_id == organisation_id, Job.id == key.id)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    if row.status in SETTLED:
        raise JobIsSettled(row.status)
    why = Cancelled("The job was cancelled by your organisation.")
    await fail_job(tx, Seen(key, row.claim_number, JobStatus(row.status)), why, 0)
    await audit.record(tx, organisation_id, "job.cancelled", user_id=user_id, target=str(key.id))
