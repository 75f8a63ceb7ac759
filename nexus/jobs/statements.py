"""
The statements of a job's life, each a single round trip. Every one filters by organisation_id.

They are built from the models and compiled once; `services.py` says when each is used.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ClauseElement,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from nexus.accounts.models import Organisation
from nexus.core.db import Alone, Hot, fixed
from nexus.credits import services as credits
from nexus.credits.models import OrgCredits, TransactionType
from nexus.credits.services import COST, JOB, ORGANISATION
from nexus.jobs.models import PENDING, RUNNING, Job, JobStatus
from nexus.webhooks.events import anybody_listens, listeners
from nexus.webhooks.models import EventType

MOST_RELEASES = 20  # an orderly shutdown costs no attempt, but a job that never finishes must end some day

CLAIM = bindparam("claim", type_=Integer)
COMPLETED_LISTENERS = listeners(EventType.JOB_COMPLETED).label("listeners")
FAILED_LISTENERS = listeners(EventType.JOB_FAILED).label("listeners")


def from_now(seconds: ColumnElement[float]) -> ColumnElement[Any]:
    """A time that many seconds from now, by the database's clock."""
    return after(func.now(), seconds)


def after(moment: ColumnElement[Any], seconds: ColumnElement[float]) -> ColumnElement[Any]:
    """A time that many seconds after another."""
    return moment + seconds * literal_column("interval '1 second'")


def _json(name: str) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=String), JSONB)


def _create(*first: ColumnElement[bool]) -> ClauseElement:
    charged = credits.charged(*first)
    values = {
        Job.organisation_id: ORGANISATION,
        Job.id: JOB,
        Job.user_id: bindparam("user", type_=Uuid),
        Job.job_type: bindparam("job_type", type_=String),
        Job.status: fixed(JobStatus.PENDING),
        Job.cost: cast(COST, Integer),
        Job.input_data: _json("input"),
        **_requester(),
        Job.excerpt: bindparam("excerpt", type_=String),
        Job.fresh: bindparam("fresh", type_=Boolean),
        Job.max_attempts: bindparam("max_attempts", type_=Integer),
        Job.run_after: func.now(),
        Job.deadline_at: from_now(bindparam("deadline_seconds", type_=Float)),
    }
    job = insert(Job).from_select(list(values), select(*values.values()).select_from(charged)).cte("job")
    entry = credits.entered(charged, TransactionType.DEDUCTION, -COST, JOB)
    return select(charged.c.balance).add_cte(job, entry)


def _create_answered(*first: ColumnElement[bool]) -> ClauseElement:
    """
    A job that is completed as it begins. It touches neither balance nor ledger; debt it respects.

    Its texts are those of the job that was answered first. Where that one has none any more, there is no row. An answer
    of which nobody knows the job is written down whole.
    """
    source = bindparam("source", type_=Uuid)
    whole, nothing = source.is_(None), cast(literal_column("'{}'"), JSONB)
    free = and_(OrgCredits.debt == fixed(0), or_(whole, _has_texts(source)))
    account = select(OrgCredits.balance).where(*first, OrgCredits.organisation_id == ORGANISATION, free).cte("account")
    values = {
        Job.organisation_id: ORGANISATION,
        Job.id: JOB,
        Job.user_id: bindparam("user", type_=Uuid),
        Job.job_type: bindparam("job_type", type_=String),
        Job.status: fixed(JobStatus.COMPLETED),
        Job.cost: fixed(0),
        Job.cached: true(),
        Job.input_data: case((whole, _json("input")), else_=nothing),
        Job.output_data: case((whole, _json("output")), else_=nothing),
        **_requester(),
        Job.excerpt: case((whole, bindparam("excerpt", type_=String))),
        Job.source_job_id: source,
        Job.model: bindparam("model_name", type_=String),
        Job.max_attempts: bindparam("max_attempts", type_=Integer),
        Job.run_after: func.now(),
        Job.deadline_at: func.now(),
        Job.started_at: func.now(),
        Job.completed_at: func.now(),
    }
    job = insert(Job).from_select(list(values), select(*values.values()).select_from(account)).cte("job")
    return select(account.c.balance, COMPLETED_LISTENERS).add_cte(job)


def _requester() -> dict[Any, ColumnElement[Any]]:
    return {
        Job.requester_type: bindparam("requester_type", type_=String),
        Job.api_key_id: bindparam("api_key", type_=Uuid),
    }


def _has_texts(source: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the job whose answer is to be shared was completed, and still has its texts."""
    first = aliased(Job)
    return exists().where(
        first.organisation_id == ORGANISATION,
        first.id == source,
        first.job_type == bindparam("job_type", type_=String),
        first.status == fixed(JobStatus.COMPLETED),
        first.source_job_id.is_(None),
        first.input_erased_at.is_(None),
        first.output_erased_at.is_(None),
    )


def _claim(*first: ColumnElement[bool]) -> ClauseElement:
    caching = select(Organisation.caching).where(Organisation.id == ORGANISATION).scalar_subquery()
    due = (
        select(Job.id)
        .where(
            Job.organisation_id == ORGANISATION,
            Job.id == JOB,
            PENDING,
            Job.run_after <= func.now(),
            Job.deadline_at > func.now(),
        )
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(Job)
        .where(*first, Job.organisation_id == ORGANISATION, Job.id == due)
        .values(
            status=fixed(JobStatus.RUNNING),
            attempt_count=Job.attempt_count + fixed(1),
            claim_number=Job.claim_number + fixed(1),
            worker=bindparam("worker_name", type_=String),
            started_at=func.now(),
            lease_expires_at=from_now(bindparam("lease_seconds", type_=Float)),
        )
        .returning(
            Job.user_id,
            Job.job_type,
            cast(Job.input_data, String).label("input_json"),
            Job.attempt_count,
            Job.max_attempts,
            Job.claim_number,
            Job.deadline_at,
            Job.fresh,
            caching.label("caching"),
        )
    )


def _complete(*first: ColumnElement[bool]) -> ClauseElement:
    return (
        update(Job)
        .where(
            *first,
            Job.organisation_id == ORGANISATION,
            Job.id == JOB,
            Job.claim_number == CLAIM,
            RUNNING,
        )
        .values(
            status=fixed(JobStatus.COMPLETED),
            output_data=_json("output"),
            model=bindparam("model_name", type_=String),
            completed_at=func.now(),
            lease_expires_at=null(),
            error_code=null(),
            error_message=null(),
        )
        .values(_tokens())
        .returning(Job.id, COMPLETED_LISTENERS)
    )


def _tokens() -> dict[Any, ColumnElement[Any]]:
    """What an attempt took of a model is added to what the job took before; null is nothing known."""
    taken = {
        Job.input_tokens: bindparam("tokens_in", type_=BigInteger),
        Job.output_tokens: bindparam("tokens_out", type_=BigInteger),
    }
    return {
        column: case((new.is_(None), column), else_=func.coalesce(column, fixed(0)) + new)
        for column, new in taken.items()
    }


def _fail() -> Hot:
    final, released = bindparam("final", type_=Boolean), bindparam("released", type_=Boolean)
    pause = bindparam("again_after_seconds", type_=Float)
    again_at = from_now(pause)
    handed_back = and_(released, Job.released_count < fixed(MOST_RELEASES))
    over = or_(final, Job.attempt_count >= Job.max_attempts, again_at > Job.deadline_at)
    failed = and_(~handed_back, over)
    return Hot(
        update(Job)
        .where(
            Job.organisation_id == ORGANISATION,
            Job.id == JOB,
            Job.claim_number == CLAIM,
            Job.status == bindparam("seen_status", type_=String),
        )
        .values(
            status=case((failed, fixed(JobStatus.FAILED)), else_=fixed(JobStatus.PENDING)),
            attempt_count=Job.attempt_count - cast(handed_back, Integer),
            released_count=Job.released_count + cast(handed_back, Integer),
            failed_at=case((failed, func.now()), else_=cast(null(), DateTime(timezone=True))),
            run_after=case((or_(handed_back, pause == fixed(0)), Job.run_after), else_=again_at),
            lease_expires_at=null(),
            error_code=bindparam("code", type_=String),
            error_message=bindparam("message", type_=String),
        )
        .values(_tokens())
        .returning(
            Job.status, Job.attempt_count, Job.max_attempts, Job.cost, Job.run_after, Job.job_type, FAILED_LISTENERS
        )
    )


def _held(*first: ColumnElement[bool]) -> ClauseElement:
    return select(Job.id).where(
        *first, Job.organisation_id == ORGANISATION, Job.id == JOB, Job.claim_number == CLAIM, RUNNING
    )


CREATE = Alone(_create)
CREATE_ANSWERED = Alone(
    _create_answered, unless=anybody_listens(EventType.JOB_COMPLETED, OrgCredits.__table__.c.organisation_id)
)
CLAIM_JOB = Alone(_claim)
HELD = Alone(_held)
COMPLETE = Alone(_complete, unless=anybody_listens(EventType.JOB_COMPLETED, Job.__table__.c.organisation_id))
FAIL = _fail()
