"""
Forgetting what has had its day: a round of every worker, in small batches.

Each batch is one statement and one transaction, so nothing stays locked if this process freezes. Rows that somebody
holds are passed over, and wait for the next round; so several workers may forget at once. What is forgotten, and after
how many days, is said by whoever puts the rules together.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from nexus.core import metrics
from nexus.core.db import Database, SystemTx
from nexus.core.errors import Unavailable

log = structlog.get_logger()

BATCH = 500
BATCHES = 10  # of one kind in one round: the next round goes on

Forget = Callable[[SystemTx, timedelta, int], Awaitable[int]]


@dataclass(frozen=True)
class Rule:
    """What is forgotten after how many days; 0 keeps it for ever. `forget` takes at most so many rows, and counts."""

    name: str
    days: int
    forget: Forget


def forgetting(rules: Sequence[Rule], batch: int = BATCH) -> Callable[[Database], Awaitable[None]]:
    """A round that keeps to these rules. One kind's trouble does not keep the others."""

    async def forget_what_is_old(db: Database) -> None:
        for rule in rules:
            try:
                await _keep_to(rule, db, batch)
            except Unavailable:
                log.warning("retention.postponed", kind=rule.name)
            except Exception:
                log.exception("retention.failed", kind=rule.name)

    return forget_what_is_old


async def _keep_to(rule: Rule, db: Database, batch: int) -> None:
    for _ in range(BATCHES if rule.days else 0):
        async with db.glance() as tx:
            count = await rule.forget(tx, timedelta(days=rule.days), batch)
        metrics.forgotten.labels(rule.name).inc(count)
        if count < batch:
            return
