"""Reading jobs, as the API shows them. Every query filters by organisation_id."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from nexus.accounts.models import ApiKey, User
from nexus.core.db import Tx
from nexus.core.errors import NotFound
from nexus.core.ids import id_of
from nexus.core.paging import Asked, Slice, read_slice
from nexus.credits.models import CreditTransaction, TransactionType
from nexus.jobs.models import Job, JobStatus, RequesterType

SOURCE = aliased(Job, name="source")
NOTHING = literal({}, JSONB)


async def read_job(tx: Tx, organisation_id: UUID, job_id: str) -> Any:
    """One job. Raises NotFound for an unknown id, a malformed one and another organisation's alike."""
    row = await tx.first(_shown(organisation_id).where(Job.id == id_of(job_id)))
    if row is None:
        raise NotFound
    return row


async def list_jobs(tx: Tx, organisation_id: UUID, page: Asked) -> Slice:
    """The organisation's jobs with their texts, newest first."""
    return await read_slice(tx, _shown(organisation_id), Job.id, page)


async def list_summaries(
    tx: Tx, organisation_id: UUID, page: Asked, status: JobStatus | None, job_type: str | None
) -> Slice:
    """The organisation's jobs without their texts, newest first: how each begins, and who asked for it."""
    query = _summary(organisation_id)
    if status is not None:
        query = query.where(Job.status == status.value)
    if job_type is not None:
        query = query.where(Job.job_type == job_type)
    found = await read_slice(tx, query, Job.id, page)
    return Slice([row._asdict() | {"requested_by": _requester(row)} for row in found.items], found.next_cursor)


def _requester(row: Any) -> dict[str, Any] | None:
    if row.requester_type is None:
        return None
    by_key = row.requester_type == RequesterType.API_KEY
    who = (row.api_key_id, row.api_key_name) if by_key else (row.user_id, row.user_name)
    return {"type": row.requester_type, "id": who[0], "name": who[1] or None}


def _summary(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    excerpt = func.coalesce(Job.excerpt, SOURCE.excerpt)
    return (
        select(
            *_facts(),
            case((Job.input_erased_at.is_(None), excerpt)).label("excerpt"),
            Job.requester_type,
            Job.api_key_id,
            Job.user_id,
            ApiKey.name.label("api_key_name"),
            User.name.label("user_name"),
        )
        .select_from(Job)
        .outerjoin(SOURCE, _is_source())
        .outerjoin(User, and_(User.organisation_id == organisation_id, User.id == Job.user_id))
        .outerjoin(ApiKey, and_(ApiKey.organisation_id == organisation_id, ApiKey.id == Job.api_key_id))
        .where(Job.organisation_id == organisation_id)
    )


def _shown(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    """A job as the API shows it. A free answer shows the texts of the job that was answered first."""
    asked = func.coalesce(SOURCE.input_data, Job.input_data)
    answered = func.coalesce(SOURCE.output_data, Job.output_data)
    return (
        select(
            *_facts(),
            case((Job.input_erased_at.is_(None), asked), else_=NOTHING).label("input_data"),
            case((Job.output_erased_at.is_(None), answered), else_=NOTHING).label("output_data"),
        )
        .select_from(Job)
        .outerjoin(SOURCE, _is_source())
        .where(Job.organisation_id == organisation_id)
    )


def _is_source() -> ColumnElement[bool]:
    return and_(SOURCE.organisation_id == Job.organisation_id, SOURCE.id == Job.source_job_id)


def _facts() -> Sequence[Any]:
    """What is shown of a job besides its texts. Whether it was refunded is what the ledger says."""
    refunded = exists().where(
        CreditTransaction.organisation_id == Job.organisation_id,
        CreditTransaction.job_id == Job.id,
        CreditTransaction.type == TransactionType.REFUND.value,
    )
    waits_again = and_(Job.status == JobStatus.PENDING.value, Job.attempt_count > 0, Job.run_after > func.now())
    return [
        Job.id,
        Job.job_type,
        Job.status,
        Job.cost,
        Job.cached,
        refunded.label("refunded"),
        Job.attempt_count,
        Job.max_attempts,
        Job.model,
        Job.error_code,
        Job.error_message,
        Job.created_at,
        Job.started_at,
        Job.completed_at,
        Job.failed_at,
        case((waits_again, Job.run_after)).label("next_attempt_at"),
    ]
