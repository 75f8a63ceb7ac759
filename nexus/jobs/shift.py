"""
A worker's shift: takes due jobs as its hands get free, keeps their leases, and hands them back when told to stop.

Work is found in PostgreSQL alone; a ring only shortens the wait. So a shift goes on, a little slower, with Redis gone.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from nexus.core import tracing
from nexus.core.db import Database
from nexus.core.errors import Unavailable
from nexus.jobs import lookout
from nexus.jobs.heartbeat import Heartbeat
from nexus.jobs.lookout import Held
from nexus.jobs.runner import Runner
from nexus.jobs.services import Claim, JobKey

log = structlog.get_logger()

LOOK_SECONDS = 0.5
HANDS = 32
LAST_SECONDS = 6.0  # jobs are handed back within eight seconds, and Cloud Run kills after ten


@dataclass
class _Hand:
    claim: Claim
    task: asyncio.Task[None]


class Shift:
    """What one worker process does all day."""

    def __init__(self, db: Database, runner: Runner, job_types: list[str], hands: int = HANDS) -> None:
        self._db = db
        self._runner = runner
        self._job_types = job_types
        self._most = hands
        self._busy: dict[Held, _Hand] = {}
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.heartbeat: Heartbeat | None = None

    def ring(self) -> None:
        """Look for work now."""
        self._wake.set()

    def lost(self, held: Held) -> None:
        """Drop work that was given to somebody else. Called from the heartbeat's thread."""
        self._loop.call_soon_threadsafe(self._abandon, held)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; then finish or hand back what is in hand."""
        stop = asyncio.create_task(stopping.wait())
        watch = asyncio.create_task(self._watch_claims())
        while not stopping.is_set():
            self._wake.clear()
            if not await self._take():
                rung = asyncio.create_task(self._wake.wait())
                await asyncio.wait({stop, rung}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                rung.cancel()
        watch.cancel()
        await self._finish()

    async def _watch_claims(self) -> None:
        """Stop work on jobs that were cancelled, soon after they were: a model that is asked for them is not paid."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            held = list(self._busy)
            if not held:
                continue
            try:
                async with self._db.glance() as tx:
                    still = await lookout.find_held(tx, held)
            except Unavailable:
                continue
            except Exception:
                log.exception("shift.stumbled")
                continue
            for claim in set(held) - still:
                self._abandon(claim)

    async def _take(self) -> bool:
        """Claim as many due jobs as there are free hands; whether there may be more for free hands at once."""
        free = self._most - len(self._busy)
        if free <= 0:
            return False
        try:
            async with self._db.glance() as tx:
                found = await lookout.find_waiting(tx, self._job_types, free)
        except Unavailable:
            return False
        except Exception:
            log.exception("shift.stumbled")  # the jobs in hand must not fall with a look for more
            return False
        claims = await asyncio.gather(*(self._claim(key) for key in found))
        taken = [claim for claim in claims if claim is not None]
        for claim in taken:
            self._begin(claim)
        return bool(taken) and len(found) == free

    async def _claim(self, key: JobKey) -> Claim | None:
        """One that cannot be claimed now must not make us forget those that were."""
        try:
            return await self._runner.claim(key)
        except Unavailable:
            return None
        except Exception:
            log.exception("shift.stumbled", job_id=str(key.id))
            return None

    def _begin(self, claim: Claim) -> None:
        held = Held(claim.key, claim.number)
        task = asyncio.create_task(self._do(held, claim))
        self._busy[held] = _Hand(claim, task)
        if self.heartbeat is not None:
            self.heartbeat.hold(held)

    async def _do(self, held: Held, claim: Claim) -> None:
        structlog.contextvars.bind_contextvars(
            job_id=str(claim.key.id), org_id=str(claim.key.organisation_id), user_id=str(claim.user_id)
        )
        facts: dict[str, str | int] = {"nexus.job_type": claim.job_type, "nexus.attempt": claim.attempt}
        try:
            with tracing.of_job("job.attempt", claim.key.id, **facts):
                await self._runner.run(claim)
        except Unavailable:
            log.warning("job.unsettled", job_type=claim.job_type)
        except Exception:
            log.exception("job.unsettled", job_type=claim.job_type)
        finally:
            self._busy.pop(held, None)
            if self.heartbeat is not None:
                self.heartbeat.drop(held)
            self._wake.set()

    def _abandon(self, held: Held) -> None:
        hand = self._busy.get(held)
        if hand is not None:
            log.warning("job.abandoned", job_id=str(held.key.id))
            hand.task.cancel()

    async def _finish(self) -> None:
        """Give what is in hand a few seconds, then hand it back: the attempt does not count."""
        tasks = [hand.task for hand in self._busy.values()]
        if not tasks:
            return
        log.info("shift.finishing", in_hand=len(tasks))
        _, unfinished = await asyncio.wait(tasks, timeout=LAST_SECONDS)
        for task in unfinished:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*unfinished, return_exceptions=True)
