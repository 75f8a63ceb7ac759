"""Reading jobs, as the API shows them. Every query filters by organisation_id."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, exists, func, select

from nexus.core.db import Tx
from nexus.core.errors import NotFound
from nexus.core.paging import Asked, Slice, read_slice
from nexus.credits.models import CreditTransaction, TransactionType
from nexus.jobs.models import Job, JobStatus


def id_of(job_id: str) -> UUID:
    """The id that a path names. Raises NotFound for what cannot be one."""
    try:
        return UUID(job_id)
    except ValueError:
        raise NotFound from None


async def read_job(tx: Tx, organisation_id: UUID, job_id: str) -> Any:
    """One job. Raises NotFound for an unknown id, a malformed one and another organisation's alike."""
    row = await tx.first(_shown().where(Job.organisation_id == organisation_id, Job.id == id_of(job_id)))
    if row is None:
        raise NotFound
    return row


async def list_jobs(
    tx: Tx, organisation_id: UUID, page: Asked, status: JobStatus | None, job_type: str | None
) -> Slice:
    """The organisation's jobs, newest first."""
    query = _shown().where(Job.organisation_id == organisation_id)
    if status is not None:
        query = query.where(Job.status == status.value)
    if job_type is not None:
        query = query.where(Job.job_type == job_type)
    return await read_slice(tx, query, Job.id, page)


def _shown() -> Select[*tuple[Any, ...]]:
    """A job as the API shows it. Whether it was refunded is what the ledger says."""
    refunded = exists().where(
        CreditTransaction.organisation_id == Job.organisation_id,
        CreditTransaction.job_id == Job.id,
        CreditTransaction.type == TransactionType.REFUND.value,
    )
    waits_again = and_(Job.status == JobStatus.PENDING.value, Job.attempt_count > 0, Job.run_after > func.now())
    return select(
        Job.id,
        Job.job_type,
        Job.status,
        Job.cost,
        Job.cached,
        refunded.label("refunded"),
        Job.attempt_count,
        Job.max_attempts,
        Job.input_data,
        Job.output_data,
        Job.model,
        Job.error_code,
        Job.error_message,
        Job.created_at,
        Job.started_at,
        Job.completed_at,
        Job.failed_at,
        case((waits_again, Job.run_after)).label("next_attempt_at"),
    )
