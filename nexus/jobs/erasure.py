"""
What workers erase of an organisation whose grace is over: its people, what was to be sent to its servers, its texts,
its answers, and the words and addresses in its audit and ledger. Work that is under way is cancelled first.

A batch is a transaction, so that nobody is held up. Whoever dies on the way leaves the rest to the next round, which
begins again: erasing twice is erasing once. Every query filters by organisation_id.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from sqlalchemy import Select, Update, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from nexus.accounts import ending
from nexus.accounts.models import Organisation
from nexus.audit import services as audit
from nexus.audit.models import AuditEvent
from nexus.core.db import Database, SystemTx
from nexus.core.idempotency import IdempotencyKey
from nexus.credits import services as credits
from nexus.jobs import services
from nexus.jobs.errors import Cancelled
from nexus.jobs.models import Job, JobStatus
from nexus.jobs.services import JobKey, Seen
from nexus.webhooks import lookout as webhooks
from nexus.webhooks.models import WebhookEndpoint, WebhookEvent

log = structlog.get_logger()

BATCH = 500
SETTLED = (JobStatus.COMPLETED, JobStatus.FAILED)
NOTHING = UUID(int=0)
STOPPED = Cancelled("The organisation was erased.")

ForgetAnswers = Callable[[UUID], Awaitable[bool]]


async def no_answers_are_kept(_: UUID) -> bool:
    """Where nobody keeps answers there is nothing to forget."""
    return True


async def erase_due(db: Database, forget_answers: ForgetAnswers = no_answers_are_kept) -> None:
    """Erase whoever asked for it thirty days ago and did not call it off."""
    found = True
    while found:
        async with db.system() as tx:
            found = await ending.erase_next(tx)
    async with db.system() as tx:
        organisations = await ending.unfinished(tx)
    for organisation_id in organisations:
        try:
            await _erase(db, organisation_id, forget_answers)
        except Exception:  # a lock that somebody holds, say: the others' turn comes all the same
            log.exception("organisation.erasure_postponed", org_id=str(organisation_id))


async def _erase(db: Database, organisation_id: UUID, forget_answers: ForgetAnswers) -> None:
    await _erase_webhooks(db, organisation_id)
    await _cancel_work(db, organisation_id)
    await _erase_texts(db, organisation_id)
    await _empty_audit(db, organisation_id)
    async with db.system() as tx:
        await credits.forget_reasons(tx, organisation_id)
        await tx.execute(delete(IdempotencyKey).where(IdempotencyKey.organisation_id == organisation_id))
    if not await forget_answers(organisation_id):
        log.warning("organisation.answers_not_forgotten", org_id=str(organisation_id))
        return
    async with db.system() as tx:
        if await tx.execute(_finish(organisation_id)):
            log.info("organisation.erased", org_id=str(organisation_id))


def _finish(organisation_id: UUID) -> Update:
    """Write down that all is erased, unless something is left: asked and written in one statement."""
    return (
        update(Organisation)
        .where(
            Organisation.id == organisation_id,
            Organisation.erased_at.is_not(None),
            Organisation.erasure_done_at.is_(None),
            *(~some.exists() for some in _left(organisation_id)),
        )
        .values(erasure_done_at=func.now())
    )


def _left(organisation_id: UUID) -> list[Select[UUID]]:
    """What may still hold a word of somebody's, or bring one back: work that is under way among it."""
    at_work, unerased = Job.status.not_in(SETTLED), or_(Job.input_erased_at.is_(None), Job.output_erased_at.is_(None))
    return [
        select(Job.id).where(Job.organisation_id == organisation_id, or_(at_work, unerased)),
        select(AuditEvent.id).where(AuditEvent.organisation_id == organisation_id, ~audit.is_empty()),
        select(WebhookEndpoint.id).where(WebhookEndpoint.organisation_id == organisation_id),
        select(WebhookEvent.id).where(WebhookEvent.organisation_id == organisation_id),
        select(IdempotencyKey.id).where(IdempotencyKey.organisation_id == organisation_id),
    ]


async def _erase_webhooks(db: Database, organisation_id: UUID) -> None:
    left = True
    while left:
        async with db.system() as tx:
            left = await webhooks.erase(tx, organisation_id, BATCH)


async def _cancel_work(db: Database, organisation_id: UUID) -> None:
    """Fail what waits or runs and give its credits back: whoever works on it finds its claim outdated."""
    last: UUID | None = NOTHING
    while last is not None:
        async with db.system() as tx:
            batch = await tx.rows(
                select(Job.id, Job.status, Job.claim_number)
                .where(Job.organisation_id == organisation_id, Job.id > last, Job.status.not_in(SETTLED))
                .order_by(Job.id)
                .limit(BATCH)
            )
        for row in batch:
            seen = Seen(JobKey(organisation_id, row.id), row.claim_number, JobStatus(row.status))
            async with db.transaction(organisation_id) as mine:
                await services.fail_job(mine, seen, STOPPED, 0)
        last = batch[-1].id if batch else None


async def _erase_texts(db: Database, organisation_id: UUID) -> None:
    last: UUID | None = NOTHING
    while last is not None:
        async with db.system() as tx:
            last = await _erase_batch(tx, organisation_id, last)


async def _erase_batch(tx: SystemTx, organisation_id: UUID, after: UUID) -> UUID | None:
    """Empty the next settled jobs after this one; the last of them, or None when there are no more."""
    batch = (
        select(Job.id)
        .where(Job.organisation_id == organisation_id, Job.id > after, Job.status.in_(SETTLED))
        .order_by(Job.id)
        .limit(BATCH)
    )
    ids: list[UUID] = [row.id for row in await tx.rows(batch)]
    if not ids:
        return None
    empty = literal({}, JSONB)
    for status, output in ((JobStatus.COMPLETED, empty), (JobStatus.FAILED, None)):
        await tx.execute(
            update(Job)
            .where(Job.organisation_id == organisation_id, Job.id.in_(ids), Job.status == status)
            .values(
                input_data=empty,
                output_data=output,
                error_message=None,
                input_erased_at=func.now(),
                output_erased_at=func.now(),
            )
        )
    return ids[-1]


async def _empty_audit(db: Database, organisation_id: UUID) -> None:
    last: UUID | None = NOTHING
    while last is not None:
        async with db.system() as tx:
            last = await audit.empty_events(tx, organisation_id, last, BATCH)
