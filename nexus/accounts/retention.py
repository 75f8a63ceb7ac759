"""Forgetting sessions that are over. A token of one that is forgotten holds as little as before: it is unknown."""

from datetime import timedelta

from sqlalchemy import delete, func, literal, select

from nexus.accounts.models import Session
from nexus.core.db import SystemTx


async def forget_sessions(tx: SystemTx, keep: timedelta, most: int) -> int:
    """Forget some sessions that could last be renewed longer ago, whosever they were; how many."""
    old = (
        select(Session.organisation_id, Session.id)
        .where(Session.expires_at < func.now() - literal(keep))
        .order_by(Session.expires_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return await tx.execute(
        delete(Session).where(Session.organisation_id == old.c.organisation_id, Session.id == old.c.id)
    )
