"""
What the last looks at the invariants found, and what follows from them.

A violation is an alert, and stops the spending of the organisations concerned, and of no others, until their books
agree again. Any worker may look; the findings lie in PostgreSQL, where every API process reads the gauge from.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core import metrics
from nexus.core.clock import now
from nexus.core.db import Database, SystemTx
from nexus.core.models import Record
from nexus.credits.models import OrgCredits
from nexus.jobs import invariants

log = structlog.get_logger()

KEEP = timedelta(days=7)
MOST_NAMED = 20  # organisations in one look; more have one cause


class InvariantFindings(Record):
    """One look at the invariants: whether all held, and how often each was broken."""

    __tablename__ = "invariant_findings"

    ok: Mapped[bool]
    violations: Mapped[dict[str, Any]] = mapped_column(JSONB)


async def look(db: Database) -> bool:
    """Ask every invariant, keep what was found, and stop or resume spending; whether all held."""
    async with db.system() as tx:
        found = await invariants.check(tx)
    for organisation_id in sorted(found.concerned)[:MOST_NAMED]:
        log.critical("organisation.spending_stopped", org_id=str(organisation_id))
    violations = {one.id: one.violations for one in found.checks}
    for one in found.checks:
        if not one.ok:
            log.critical("invariant.broken", invariant=one.id, violations=one.violations, examples=one.examples)
    async with db.system() as tx:
        await tx.execute(insert(InvariantFindings).values(ok=found.ok, violations=violations))
        await tx.execute(delete(InvariantFindings).where(InvariantFindings.created_at < now() - KEEP))
        await _stop_spending(tx, found.concerned)
    return found.ok


async def is_due(tx: SystemTx, every: timedelta) -> bool:
    """Whether nobody has looked for so long."""
    latest = await tx.scalar(select(func.max(InvariantFindings.created_at)))
    return latest is None or latest < now() - every


async def show(tx: SystemTx) -> None:
    """Put the last findings into the gauge that must read 0."""
    violations = await tx.scalar(
        select(InvariantFindings.violations).order_by(InvariantFindings.created_at.desc()).limit(1)
    )
    for name in invariants.INVARIANTS:
        metrics.invariant_violations.labels(name).set((violations or {}).get(name, 0))


async def _stop_spending(tx: SystemTx, concerned: Collection[UUID]) -> None:
    """Stop those whose books do not agree, and let those go on whose books agree again."""
    stopped = OrgCredits.spending_stopped_at
    await tx.execute(
        update(OrgCredits)
        .where(OrgCredits.organisation_id.in_(concerned), stopped.is_(None))
        .values(spending_stopped_at=func.now())
    )
    await tx.execute(
        update(OrgCredits)
        .where(OrgCredits.organisation_id.not_in(concerned), stopped.is_not(None))
        .values(spending_stopped_at=None)
    )
