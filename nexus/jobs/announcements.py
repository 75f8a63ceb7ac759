"""
Saying that a job has ended, to whoever of its organisation listens. Every query filters by organisation_id.

It is written in the transaction that ends the job. The statement that does so also says who listens; where nobody
does, nothing more is asked.
"""

from collections.abc import Sequence
from uuid import UUID

from nexus.core.db import Tx
from nexus.jobs.reading import read_job
from nexus.jobs.schemas import JobShown
from nexus.webhooks import events
from nexus.webhooks.models import EventType


async def announce(
    tx: Tx, organisation_id: UUID, job_id: UUID, kind: EventType, listeners: Sequence[UUID] | None
) -> None:
    """Tell them of the job, exactly as `GET /v1/jobs/{job_id}` shows it at the end of this transaction."""
    if not listeners:
        return
    job = JobShown.model_validate(await read_job(tx, organisation_id, str(job_id)))
    await events.record(tx, organisation_id, kind, job.model_dump_json(), listeners)
