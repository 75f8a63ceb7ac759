"""
The doorbell: wakes a worker. The row in PostgreSQL is the letter; a ring may be lost and costs only time.

Rings are gathered for the moment that Redis takes to answer the one before, so that a hundred submits a second cost
few round trips and a frozen Redis never holds back an answer. ARQ carries them: only this file and worker.py know it.
"""

import asyncio
import json
from collections.abc import Iterable
from contextvars import Context
from typing import Any

import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from nexus.core import metrics

log = structlog.get_logger()

JOBS = "look_for_jobs"
DELIVERIES = "look_for_deliveries"
RING_SECONDS = 0.5
LAST_RING_SECONDS = 0.2
REST_SECONDS = 1.0
CANCEL_SECONDS = 0.2


def pack(message: dict[str, Any]) -> bytes:
    """ARQ's messages as JSON: its default, pickle, would run what a stranger put into Redis."""
    return json.dumps(message, default=str).encode()  # ARQ packs the error of a cancelled job, too


def unpack(message: bytes) -> dict[str, Any]:
    """Read a message of ARQ's."""
    read: dict[str, Any] = json.loads(message)
    return read


class Doorbell:
    """Rings in the background. `ring` never waits and never fails."""

    def __init__(self, redis_url: str) -> None:
        pool = ConnectionPool.from_url(redis_url, socket_timeout=RING_SECONDS, socket_connect_timeout=RING_SECONDS)
        self._redis = ArqRedis(pool, job_serializer=pack, job_deserializer=unpack, expires_extra_ms=60_000)
        self._waiting: set[str] = set()
        self._wanted = asyncio.Event()
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, bells: Iterable[str]) -> None:
        """Wake whoever listens to these bells, soon."""
        self._waiting.update(bells)
        self._wanted.set()
        if self._ringing is None:
            self._ringing = asyncio.create_task(self._keep_ringing(), context=Context())  # in nobody's name

    async def close(self) -> None:
        """Ring what is still waiting, if Redis takes it at once, and hang up."""
        if self._ringing is not None:
            await stop(self._ringing)
        if self._waiting:
            await asyncio.wait([asyncio.create_task(self._ring_waiting())], timeout=LAST_RING_SECONDS)
        await self._redis.aclose(close_connection_pool=True)

    async def _keep_ringing(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if not await self._ring_waiting():
                await asyncio.sleep(REST_SECONDS)

    async def _ring_waiting(self) -> bool:
        bells, self._waiting = self._waiting, set()
        try:
            async with asyncio.timeout(RING_SECONDS):
                for bell in bells:
                    await self._redis.enqueue_job(bell)
        except Exception as error:  # noqa: BLE001 - a ring may be lost, the ringing may not
            metrics.unheard_rings.inc(len(bells))
            log.warning("doorbell.unheard", bells=sorted(bells), error=type(error).__name__)
            return False
        return True


async def stop(task: "asyncio.Task[Any]") -> None:
    """Cancel a task until it has ended: a cancellation that meets redis-py in the middle of a command may be lost."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_SECONDS)
