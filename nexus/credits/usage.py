"""
What was spent, day by day. Every query filters by organisation_id.

Read from the ledger itself: there is no second count that could disagree.
"""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Date, cast, func, select

from nexus.core.clock import now
from nexus.core.db import Tx
from nexus.credits.models import CreditTransaction, TransactionType
from nexus.credits.schemas import UsageDay


async def read_usage(tx: Tx, organisation_id: UUID, days: int) -> list[UsageDay]:
    """The last `days` days in UTC, oldest first, today last, days without work included."""
    today = now().date()
    first = today - timedelta(days=days - 1)
    found = {day.date: day for day in await _days_with_work(tx, organisation_id, first)}
    wanted = (first + timedelta(days=number) for number in range(days))
    return [found.get(day) or UsageDay(date=day, spent=0, refunded=0, jobs=0) for day in wanted]


async def _days_with_work(tx: Tx, organisation_id: UUID, first: date) -> list[UsageDay]:
    entry = CreditTransaction
    deducted = entry.type == TransactionType.DEDUCTION.value
    refunded = entry.type == TransactionType.REFUND.value
    day = cast(func.timezone("UTC", entry.created_at), Date)
    rows = await tx.rows(
        select(
            day.label("date"),
            func.coalesce(-func.sum(entry.amount).filter(deducted), 0).label("spent"),
            func.coalesce(func.sum(entry.amount).filter(refunded), 0).label("refunded"),
            func.count().filter(deducted).label("jobs"),
        )
        .where(
            entry.organisation_id == organisation_id,
            entry.created_at >= datetime.combine(first, time(), UTC),
            deducted | refunded,
        )
        .group_by(day)
    )
    return [UsageDay.model_validate(row) for row in rows]
