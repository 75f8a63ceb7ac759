"""
What workers erase of an organisation whose grace is over: its people, what was to be sent to its servers, its texts,
and the addresses in its audit.

A batch is a transaction, so that nobody is held up. Whoever dies on the way leaves the rest to the next round, which
begins again: erasing twice is erasing once. Every query filters by organisation_id.
"""

from uuid import UUID

import structlog
from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from nexus.accounts import ending
from nexus.audit import services as audit
from nexus.core.db import Database, SystemTx
from nexus.jobs.models import Job, JobStatus
from nexus.webhooks import lookout as webhooks

log = structlog.get_logger()

BATCH = 500
SETTLED = (JobStatus.COMPLETED, JobStatus.FAILED)
NOTHING = UUID(int=0)


async def erase_due(db: Database) -> None:
    """Erase whoever asked for it thirty days ago and did not call it off."""
    found = True
    while found:
        async with db.system() as tx:
            found = await ending.erase_next(tx)
    async with db.system() as tx:
        organisations = await ending.unfinished(tx)
    for organisation_id in organisations:
        async with db.system() as tx:
            await webhooks.erase(tx, organisation_id)
        await _erase_texts(db, organisation_id)
        await _erase_addresses(db, organisation_id)
        async with db.system() as tx:
            if not await _is_at_work(tx, organisation_id):  # what still is comes to its end, and then its turn
                await ending.finish(tx, organisation_id)
                log.info("organisation.erased", org_id=str(organisation_id))


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


async def _erase_addresses(db: Database, organisation_id: UUID) -> None:
    left = True
    while left:
        async with db.system() as tx:
            left = await audit.forget_addresses(tx, organisation_id, BATCH) > 0


async def _is_at_work(tx: SystemTx, organisation_id: UUID) -> bool:
    found: int = await tx.scalar(
        select(func.count()).where(Job.organisation_id == organisation_id, Job.status.not_in(SETTLED))
    )
    return found > 0
