"""Forgetting Stripe's events. Checkouts, reversals and the ledger stay: they are what makes a purchase happen once."""

from datetime import timedelta

from sqlalchemy import delete, func, literal, select

from nexus.core.db import SystemTx
from nexus.payments.models import StripeEvent


async def forget_events(tx: SystemTx, keep: timedelta, most: int) -> int:
    """Forget some events that came longer ago; how many."""
    old = (
        select(StripeEvent.id)
        .where(StripeEvent.created_at < func.now() - literal(keep))
        .order_by(StripeEvent.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return await tx.execute(delete(StripeEvent).where(StripeEvent.id == old.c.id))
