"""
Erasing the texts of jobs that were settled long ago. The row stays, with its cost, its times and what became of it.

An empty object stands where a text was. When each went is written beside it, and tells the next look what is left.
Texts that younger free answers share stay until the youngest of them is old enough.
"""

from datetime import timedelta

from sqlalchemy import CTE, ColumnElement, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from nexus.core.db import SystemTx, fixed
from nexus.jobs.models import Job, JobStatus

COMPLETED = fixed(JobStatus.COMPLETED)
SETTLED = (COMPLETED, fixed(JobStatus.FAILED))
NOTHING = literal({}, JSONB)


async def erase_inputs(tx: SystemTx, keep: timedelta, most: int) -> int:
    """Erase what was asked in some jobs that are settled and older; how many."""
    old = _old(keep, most, Job.status.in_(SETTLED), Job.input_erased_at.is_(None), ~_is_shared(keep))
    return await tx.execute(
        update(Job)
        .where(Job.organisation_id == old.c.organisation_id, Job.id == old.c.id)
        .values(input_data=NOTHING, input_erased_at=func.now())
    )


async def erase_outputs(tx: SystemTx, keep: timedelta, most: int) -> int:
    """Erase what was answered in some jobs that are completed and older; how many."""
    old = _old(keep, most, Job.status == COMPLETED, Job.output_erased_at.is_(None), ~_is_shared(keep))
    return await tx.execute(
        update(Job)
        .where(Job.organisation_id == old.c.organisation_id, Job.id == old.c.id)
        .values(output_data=NOTHING, output_erased_at=func.now())
    )


def _is_shared(keep: timedelta) -> ColumnElement[bool]:
    """Whether a free answer that is to be kept for longer shows the texts of this job: then they stay as long."""
    answer = aliased(Job)
    younger = select(answer.id).where(
        answer.organisation_id == Job.organisation_id,
        answer.source_job_id == Job.id,
        answer.created_at >= func.now() - literal(keep),
    )
    return younger.exists()


def _old(keep: timedelta, most: int, *which: ColumnElement[bool]) -> CTE:
    """The oldest of these jobs, whosever they are; one that somebody holds is passed over."""
    return (
        select(Job.organisation_id, Job.id)
        .where(*which, Job.created_at < func.now() - literal(keep))
        .order_by(Job.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
