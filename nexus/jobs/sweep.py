"""
The sweep: every few seconds, in every worker, what was left lying is taken up.

A job whose worker fell silent goes on, or fails and is refunded when that was its last attempt; a job that waited past
its deadline fails and is refunded. Several workers may sweep at once: the claim number lets one of them win.
"""

import asyncio

import structlog

from nexus.core import metrics
from nexus.core.db import Database
from nexus.core.errors import Unavailable, WorkFailed
from nexus.jobs import services
from nexus.jobs.errors import LeaseEnded, TookTooLong
from nexus.jobs.lookout import find_stranded
from nexus.jobs.models import JobStatus
from nexus.jobs.runner import report
from nexus.jobs.services import Seen

log = structlog.get_logger()

BATCH = 200
AT_ONCE = 8


async def sweep(db: Database) -> int:
    """Take up what was left lying; how many jobs were."""
    async with db.glance() as tx:
        stranded = await find_stranded(tx, BATCH)
    for start in range(0, len(stranded), AT_ONCE):
        await asyncio.gather(*(_take_up_if_possible(db, seen) for seen in stranded[start : start + AT_ONCE]))
    return len(stranded)


async def _take_up_if_possible(db: Database, seen: Seen) -> None:
    """One job's trouble, a lock that a frozen process holds among them, must not hold back the rest."""
    try:
        await _take_up(db, seen)
    except Unavailable:
        log.warning("sweep.postponed", job_id=str(seen.key.id))
    except Exception:
        log.exception("sweep.stuck", job_id=str(seen.key.id))


async def _take_up(db: Database, seen: Seen) -> None:
    why: WorkFailed
    if seen.status is JobStatus.RUNNING:
        why = LeaseEnded("The worker that had this job fell silent.")
    else:
        why = TookTooLong("The job waited past its deadline.")
    with structlog.contextvars.bound_contextvars(job_id=str(seen.key.id), org_id=str(seen.key.organisation_id)):
        async with db.transaction(seen.key.organisation_id) as tx:
            verdict = await services.fail_job(tx, seen, why, 0)
        if verdict is not None:
            metrics.swept_jobs.labels(why.code).inc()
            report(verdict, why)
