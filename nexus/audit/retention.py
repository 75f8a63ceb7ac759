"""Forgetting old entries of the audit, where the operator wants that. The database keeps the last month."""

from datetime import timedelta

from sqlalchemy import delete, func, literal, select

from nexus.audit.models import AuditEvent
from nexus.core.db import SystemTx


async def forget_events(tx: SystemTx, keep: timedelta, most: int) -> int:
    """Forget some entries that were written longer ago, whosever they are; how many."""
    old = (
        select(AuditEvent.organisation_id, AuditEvent.id)
        .where(AuditEvent.created_at < func.now() - literal(keep))
        .order_by(AuditEvent.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return await tx.execute(
        delete(AuditEvent).where(AuditEvent.organisation_id == old.c.organisation_id, AuditEvent.id == old.c.id)
    )
