"""
Saying that a job has ended, to whoever of its organisation listens. Every query filters by organisation_id.

It is written in the transaction that ends the job. The statement that does so also says who listens; where nobody
does, nothing more is asked.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from nexus.core.db import Tx
from nexus.jobs.reading import read_job
from nexus.jobs.schemas import JobShown
from nexus.webhooks import events
from nexus.webhooks.models import EventType

# An event of a job whose texts are another one's: what is sent is put together when it is sent.
REFERENCE = re.compile(rb'(\{"id":"[^"]+","type":"[^"]+","created_at":"[^"]+","data":)\{"id":"([0-9a-f-]{36})"\}\}')


async def announce_answer(
    tx: Tx, organisation_id: UUID, job_id: UUID, listeners: Sequence[UUID] | None, *, shared: bool
) -> None:
    """Tell them of a free answer. One that shares another job's texts is only named in the event."""
    if not shared:
        await announce(tx, organisation_id, job_id, EventType.JOB_COMPLETED, listeners)
    elif listeners:
        await events.record(tx, organisation_id, EventType.JOB_COMPLETED, f'{{"id":"{job_id}"}}', listeners)


async def complete_body(tx: Tx, organisation_id: UUID, body: bytes) -> bytes:
    """The body of an event as it is sent: with the job where the event only names it."""
    named = REFERENCE.fullmatch(body)
    if named is None:
        return body
    job = JobShown.model_validate(await read_job(tx, organisation_id, named[2].decode()))
    return named[1] + job.model_dump_json().encode() + b"}"


async def announce(
    tx: Tx, organisation_id: UUID, job_id: UUID, kind: EventType, listeners: Sequence[UUID] | None
) -> None:
    """Tell them of the job, exactly as `GET /v1/jobs/{job_id}` shows it at the end of this transaction."""
    if not listeners:
        return
    job = JobShown.model_validate(await read_job(tx, organisation_id, str(job_id)))
    await events.record(tx, organisation_id, kind, job.model_dump_json(), listeners)
