"""
The rounds of every worker: the sweep, and beside it, so that neither waits for the other, the upkeep.

Several workers may make their rounds at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from nexus.core.db import Database
from nexus.core.errors import Unavailable
from nexus.jobs import erasure, findings
from nexus.jobs.erasure import ForgetAnswers, no_answers_are_kept
from nexus.jobs.sweep import sweep

log = structlog.get_logger()

LOOK_EVERY = timedelta(minutes=5)

Round = Callable[[Database], Awaitable[object]]


async def keep_up(db: Database, forget_answers: ForgetAnswers = no_answers_are_kept) -> None:
    """Erase who asked for it, and look at the invariants when nobody has for a while."""
    await erasure.erase_due(db, forget_answers)
    async with db.system() as tx:
        look_now = await findings.is_due(tx, LOOK_EVERY)
    if look_now:
        await findings.look(db)


def keeping_up(forget_answers: ForgetAnswers) -> Round:
    """The upkeep of a worker that can forget the answers which are kept in Redis."""

    async def keep_up_with_answers(db: Database) -> None:
        await keep_up(db, forget_answers)

    return keep_up_with_answers


async def make_rounds(db: Database, pause_seconds: float, *others: Round) -> None:
    """Sweep, and make the rounds of others, pause, and again, until cancelled."""
    async with asyncio.TaskGroup() as rounds:
        for round_ in (sweep, *others):
            rounds.create_task(_repeat(round_, db, pause_seconds))


async def _repeat(round_: Round, db: Database, pause_seconds: float) -> None:
    while True:
        try:
            await round_(db)
        except Unavailable:
            log.warning("round.postponed", round=getattr(round_, "__name__", ""))
        except Exception:
            log.exception("round.failed", round=getattr(round_, "__name__", ""))
        await asyncio.sleep(pause_seconds)
