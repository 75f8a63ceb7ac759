"""
Looking across organisations for work to take up. Nothing here changes a job's status, or sees its texts.

What is found is a key or a fence; whoever acts on it does so in the organisation's own name.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import asyncpg
from sqlalchemy import (
    CTE,
    Float,
    FromClause,
    Integer,
    String,
    Uuid,
    bindparam,
    column,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from nexus.core import metrics
from nexus.core.db import Hot, SystemTx, fixed
from nexus.jobs.models import PENDING, RUNNING, Job, JobStatus
from nexus.jobs.services import JobKey, Seen
from nexus.jobs.statements import after

LIMIT = bindparam("most", type_=Integer)
SHARE = 24  # how many jobs of one organisation run at once; fewer than one worker has hands, so that one is left


class Held(NamedTuple):
    """A claim that a worker says it still holds."""

    key: JobKey
    number: int


def _organisations() -> CTE:
    """
    The organisations that have pending jobs, found by jumping along the index from one to the next.

    So a thousand waiting jobs of one of them cost no more than a few.
    """
    lowest = select(Job.organisation_id).where(PENDING).order_by(Job.organisation_id).limit(fixed(1))
    waiting = select(lowest.scalar_subquery().label("organisation_id")).cte("waiting", recursive=True)
    following = lowest.where(Job.organisation_id > waiting.c.organisation_id)
    return waiting.union_all(select(following.scalar_subquery()).where(waiting.c.organisation_id.is_not(None)))


def _waiting() -> Hot:
    """Due jobs, taking turns: whoever has the fewest hands at work comes first, and nobody gets more than a share."""
    waiting, hand = _organisations(), aliased(Job)
    busy = (
        select(func.count().label("hands"))
        .where(hand.organisation_id == waiting.c.organisation_id, hand.status == fixed(JobStatus.RUNNING))
        .correlate(waiting)
        .lateral("busy")
    )
    turns = (
        select(Job.id, Job.run_after, func.row_number().over(order_by=Job.run_after).label("turn"))
        .where(
            Job.organisation_id == waiting.c.organisation_id,
            PENDING,
            Job.run_after <= func.now(),
            Job.job_type == func.any(bindparam("job_types", type_=ARRAY(String))),
        )
        .order_by(Job.run_after)
        .limit(LIMIT)
        .lateral("turns")
    )
    return Hot(
        select(waiting.c.organisation_id, turns.c.id)
        .select_from(waiting)
        .join(busy, true())
        .join(turns, true())
        .where(turns.c.turn + busy.c.hands <= fixed(SHARE))
        .order_by(turns.c.turn + busy.c.hands, turns.c.run_after)
        .limit(LIMIT)
    )


def _stranded() -> Hot:
    """
    Jobs whose worker fell silent, and waiting ones whose deadline has passed.

    The silent ones come first, however many are overdue. One that is locked is passed over: whoever holds it may be
    frozen, and must not hold up the others.
    """
    silent = RUNNING & (Job.lease_expires_at < func.now())
    overdue = PENDING & (Job.deadline_at < func.now())
    return Hot(
        select(Job.organisation_id, Job.id, Job.claim_number, Job.status)
        .where(or_(silent, overdue))
        .order_by(Job.status.desc(), Job.lease_expires_at)
        .limit(LIMIT)
        .with_for_update(skip_locked=True)
    )


def _extend() -> Hot:
    held = _claims()
    last_beat = func.least(func.now(), Job.deadline_at)  # what ignores its deadline is not held beyond it
    return Hot(
        update(Job)
        .where(
            Job.organisation_id == held.c.organisation_id,
            Job.id == held.c.id,
            Job.claim_number == held.c.claim_number,
            RUNNING,
        )
        .values(lease_expires_at=after(last_beat, bindparam("lease_seconds", type_=Float)))
        .returning(Job.organisation_id, Job.id, Job.claim_number)
    )


def _claims() -> FromClause:
    """The claims that somebody asks about, as rows."""
    held = func.unnest(
        bindparam("organisations", type_=ARRAY(Uuid)),
        bindparam("jobs", type_=ARRAY(Uuid)),
        bindparam("claims", type_=ARRAY(Integer)),
    ).table_valued(column("organisation_id", Uuid), column("id", Uuid), column("claim_number", Integer), name="held")
    return held.render_derived()  # so that the statement names the columns as well


def _still_held() -> Hot:
    held = _claims()
    return Hot(
        select(Job.organisation_id, Job.id, Job.claim_number).join(
            held,
            (Job.organisation_id == held.c.organisation_id)
            & (Job.id == held.c.id)
            & (Job.claim_number == held.c.claim_number)
            & RUNNING,
        )
    )


WAITING = _waiting()
STRANDED = _stranded()
EXTEND = _extend()
STILL_HELD = _still_held()


async def find_waiting(tx: SystemTx, job_types: Collection[str], most: int) -> list[JobKey]:
    """Jobs that are due, of the kinds that this worker knows, organisations taking turns."""
    rows = await tx.fetch_all(WAITING, job_types=list(job_types), most=most)
    return [JobKey(row["organisation_id"], row["id"]) for row in rows]


async def find_stranded(tx: SystemTx, most: int) -> list[Seen]:
    """Jobs that nobody works on any more though their row says so, or that have waited past their deadline."""
    rows = await tx.fetch_all(STRANDED, most=most)
    return [
        Seen(JobKey(row["organisation_id"], row["id"]), row["claim_number"], JobStatus(row["status"])) for row in rows
    ]


async def extend_leases(tx: SystemTx, held: Sequence[Held], lease_seconds: float) -> set[Held]:
    """Renew these claims; those that still hold."""
    return _held_in(await tx.fetch_all(EXTEND, **_arrays(held), lease_seconds=float(lease_seconds)))


async def find_held(tx: SystemTx, claims: Sequence[Held]) -> set[Held]:
    """Those of these claims that still hold: their jobs were neither cancelled nor given to others."""
    return _held_in(await tx.fetch_all(STILL_HELD, **_arrays(claims)))


def _arrays(claims: Sequence[Held]) -> dict[str, object]:
    return {
        "organisations": [claim.key.organisation_id for claim in claims],
        "jobs": [claim.key.id for claim in claims],
        "claims": [claim.number for claim in claims],
    }


def _held_in(rows: Sequence[asyncpg.Record]) -> set[Held]:
    return {Held(JobKey(row["organisation_id"], row["id"]), row["claim_number"]) for row in rows}


class Depth(NamedTuple):
    """The queue as it stands."""

    pending: int
    running: int
    due: int
    expired_leases: int
    oldest_due_seconds: float


async def read_depth(tx: SystemTx) -> Depth:
    """How much waits, how much is being done, and how long the oldest due job has waited."""
    due = Job.run_after <= func.now()
    waiting = (
        select(
            func.count().label("pending"),
            func.count().filter(due).label("due"),
            func.coalesce(func.extract("epoch", func.now() - func.min(Job.run_after).filter(due)), 0).label("oldest"),
        )
        .where(PENDING)
        .subquery()
    )
    done = (
        select(
            func.count().label("running"),
            func.count().filter(Job.lease_expires_at < func.now()).label("expired_leases"),
        )
        .where(RUNNING)
        .subquery()
    )
    row = await tx.first(select(waiting, done).join(done, true()))  # apart, so that each has the index made for it
    return Depth(row.pending, row.running, row.due, row.expired_leases, float(row.oldest))


async def show_depth(tx: SystemTx) -> None:
    """Put the queue's figures into the metrics."""
    depth = await read_depth(tx)
    for state in ("pending", "running", "due", "expired_leases"):
        metrics.queue_jobs.labels(state).set(getattr(depth, state))
    metrics.queue_oldest_due_seconds.set(depth.oldest_due_seconds)
