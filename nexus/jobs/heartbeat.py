"""
The heartbeat: says, every few seconds, that the claims of this worker are still being worked on.

It beats in a thread with a loop and a connection of its own, so that work which blocks the worker's event loop does
not make a healthy job look abandoned.
"""

import asyncio
import threading
from collections.abc import Callable

import structlog

from nexus.core.db import Database
from nexus.core.errors import Unavailable
from nexus.jobs.lookout import Held, extend_leases

log = structlog.get_logger()

Lost = Callable[[Held], None]


class Heartbeat:
    """Renews the leases of what is held. `lost` is called, in this thread, for a claim that holds no more."""

    def __init__(self, connect: Callable[[], Database], beat_seconds: float, lease_seconds: float, lost: Lost) -> None:
        self._connect = connect
        self._beat_seconds = beat_seconds
        self._lease_seconds = lease_seconds
        self._lost = lost
        self._held: set[Held] = set()
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._stopping.set()
        self._thread.join(timeout=self._beat_seconds)

    def hold(self, claim: Held) -> None:
        """Renew this claim from now on."""
        with self._guard:
            self._held.add(claim)

    def drop(self, claim: Held) -> None:
        """Renew it no more."""
        with self._guard:
            self._held.discard(claim)

    def _run(self) -> None:
        asyncio.run(self._beat_until_stopped())

    async def _beat_until_stopped(self) -> None:
        db = self._connect()
        try:
            while not await asyncio.to_thread(self._stopping.wait, self._beat_seconds):
                await self._beat(db)
        finally:
            await db.close()

    async def _beat(self, db: Database) -> None:
        with self._guard:
            held = list(self._held)
        if not held:
            return
        try:
            async with asyncio.timeout(self._beat_seconds), db.glance() as tx:
                still = await extend_leases(tx, held, self._lease_seconds)
        except (Unavailable, TimeoutError) as error:
            log.warning("heartbeat.missed", error=type(error).__name__, claims=len(held))
            return
        except Exception:
            log.exception("heartbeat.missed", claims=len(held))  # whatever it was, the next beat must come
            return
        for claim in set(held) - still:
            self._lost(claim)
