"""
One at a time: work that is under way is not begun a second time for the same question.

Whoever comes second takes a seat and waits for the first: in one process by a future, between processes by a
reservation in Redis that ends when its owner falls silent. When the first fails, that is its own affair: the next one
works for itself. Nobody waits for ever.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from uuid import uuid4

from pydantic import BaseModel

from nexus.core import metrics
from nexus.jobs.answers import Answer
from nexus.jobs.cache import RESERVED_MS, Cache
from nexus.jobs.catalogue import JobType
from nexus.jobs.services import Claim

LOOK_SECONDS = 0.1
RENEW_SECONDS = RESERVED_MS / 3_000
PATIENCE_SECONDS = 120.0  # two of a provider's own time limits


@dataclass
class Seat:
    """
    Where a job finds its answer; whoever finds none there works, and puts theirs there.

    `token` is what the work is reserved with, while it is.
    """

    answer: Answer | None = None
    token: str | None = None


class Flights:
    """What this process is working on, by the name under which its answer will lie."""

    def __init__(self, cache: Cache, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._cache = cache
        self._patience_seconds = patience_seconds
        self._under_way: dict[str, asyncio.Future[Answer | None]] = {}

    def seat_for(self, claim: Claim, kind: JobType, asked: BaseModel) -> AbstractAsyncContextManager[Seat]:
        """A seat for this job: beside others where that may be, by itself where it must be done anew."""
        if not (kind.cacheable and claim.caching):
            return nullcontext(Seat())
        name = self._cache.name_of(claim.key.organisation_id, kind, asked)
        return self._alone(name, kind) if claim.fresh else self._board(name, kind)

    @asynccontextmanager
    async def _board(self, name: str, kind: JobType) -> AsyncIterator[Seat]:
        last = _time() + self._patience_seconds
        while (landing := self._under_way.get(name)) is not None and _time() < last:
            await asyncio.wait([landing], timeout=last - _time())
            answer = landing.result() if landing.done() else None
            if answer is not None:
                metrics.flights.labels(kind.name, "joined").inc()
                yield Seat(answer)
                return
        async with self._lead(name, kind, last) if landing is None else self._alone(name, kind) as seat:
            yield seat

    @asynccontextmanager
    async def _lead(self, name: str, kind: JobType, last: float) -> AsyncIterator[Seat]:
        """Go first in this process. Whoever waits here is told at the end, whatever came out of it."""
        landing = self._under_way[name] = asyncio.get_running_loop().create_future()
        seat = Seat()
        try:
            async with self._reserved(name, kind, seat, last):
                if seat.answer is not None:
                    metrics.flights.labels(kind.name, "found").inc()
                    yield seat
                    return
                async with self._alone(name, kind, seat):
                    yield seat
        finally:
            del self._under_way[name]
            landing.set_result(seat.answer)

    @asynccontextmanager
    async def _alone(self, name: str, kind: JobType, seat: Seat | None = None) -> AsyncIterator[Seat]:
        seat = seat or Seat()
        metrics.flights.labels(kind.name, "worked").inc()
        yield seat
        if seat.answer is not None and await self._cache.keep(name, kind, seat.answer, seat.token):
            seat.token = None

    @asynccontextmanager
    async def _reserved(self, name: str, kind: JobType, seat: Seat, last: float) -> AsyncIterator[None]:
        """Go first of all processes: take a seat with the answer of whoever did before, or without one."""
        token = uuid4().hex
        found = await self._cache.reserve(name, kind, token)
        while not found and _time() < last:
            await asyncio.sleep(LOOK_SECONDS)
            found = await self._cache.reserve(name, kind, token)
        if found is not True:
            seat.answer = found or None
            yield
            return
        seat.token = token
        renewing = asyncio.create_task(self._renew(name, token))
        try:
            yield
        finally:
            renewing.cancel()
            if seat.token is not None:
                await self._cache.release(name, token)

    async def _renew(self, name: str, token: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await self._cache.renew(name, token)


def _time() -> float:
    return asyncio.get_running_loop().time()
