"""
Writing down who did what. Every query filters by organisation_id.

An entry is written in the transaction that does the thing, so that neither is ever there without the other.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from nexus.audit.models import AuditEvent
from nexus.core import address
from nexus.core.db import SystemTx, Transaction, Tx
from nexus.core.paging import Asked, Slice, read_slice


async def record(
    tx: Transaction, organisation_id: UUID, action: str, *, user_id: UUID | None, target: str | None, **facts: object
) -> None:
    """
    Write down an action, as `object.past_tense`. `user_id` is None where the operator or the house acted. Facts are
    ids, numbers, hosts and words of ours: never what somebody wrote, since an entry is never changed.

    The request that does it is named, and the API key that it came with.
    """
    known = structlog.contextvars.get_contextvars()
    by_key = {"api_key_id": known["api_key_id"]} if "api_key_id" in known else {}
    await tx.execute(
        insert(AuditEvent).values(
            organisation_id=organisation_id,
            action=action,
            user_id=user_id,
            target=target,
            facts=facts | by_key,
            request_id=known.get("request_id"),
            address=address.current(),
        )
    )


@dataclass(frozen=True)
class Wanted:
    """Which events: one action's, one person's, or all."""

    action: str | None = None
    user_id: UUID | None = None


async def list_events(tx: Tx, organisation_id: UUID, page: Asked, wanted: Wanted) -> Slice:
    """What was done in the organisation, newest first."""
    query = select(
        AuditEvent.id,
        AuditEvent.created_at,
        AuditEvent.action,
        AuditEvent.user_id,
        AuditEvent.target,
        AuditEvent.facts,
        AuditEvent.address,
        AuditEvent.request_id,
    ).where(AuditEvent.organisation_id == organisation_id)
    if wanted.action is not None:
        query = query.where(AuditEvent.action == wanted.action)
    if wanted.user_id is not None:
        query = query.where(AuditEvent.user_id == wanted.user_id)
    return await read_slice(tx, query, AuditEvent.id, page)


async def empty_events(tx: SystemTx, organisation_id: UUID, after: UUID, most: int) -> UUID | None:
    """
    Take out of the next entries of an organisation that was erased whatever may name somebody; the last of them.

    None when there are no more after this one. Each call reads and writes no more than it is told to, however many
    entries there are.
    """
    some = (
        select(AuditEvent.id)
        .where(AuditEvent.organisation_id == organisation_id, AuditEvent.id > after)
        .order_by(AuditEvent.id)
        .limit(most)
    )
    ids: list[UUID] = [row.id for row in await tx.rows(some)]
    if not ids:
        return None
    await tx.execute(
        update(AuditEvent)
        .where(AuditEvent.organisation_id == organisation_id, AuditEvent.id.in_(ids), ~is_empty())
        .values(address=None, request_id=None, facts={})
    )
    return ids[-1]


def is_empty() -> ColumnElement[bool]:
    """Whether an entry tells of nobody any more."""
    return and_(
        AuditEvent.address.is_(None),
        AuditEvent.request_id.is_(None),
        AuditEvent.facts == literal({}, JSONB),
    )
