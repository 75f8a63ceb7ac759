"""
How often the jobs of an organisation asked a language model for nothing: those that failed or were cancelled.

The operator pays for these questions and the customer does not, so an organisation has a bound on them. They are
counted in slices of the clock, in Redis for all workers together, and in this process for while Redis is away.
"""

import time
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from nexus.core.redis import AWAY, QuickRedis

MAX_UNPAID_CALLS = 60
SLICE_SECONDS = 60
SLICES = 15
WINDOW_SECONDS = SLICE_SECONDS * SLICES
MAX_COUNTS = 10_000  # of this process; beyond that the oldest are forgotten


class UnpaidCalls:
    """The unpaid questions of each organisation in the last WINDOW_SECONDS."""

    def __init__(self, redis: QuickRedis | None = None) -> None:
        self._redis = redis
        self._own: Counter[str] = Counter()

    async def count(self, organisation_id: UUID, questions: int) -> None:
        """Add questions that nobody pays for."""
        if questions <= 0:
            return
        key = _keys(organisation_id)[0]
        self._own[key] += questions
        while len(self._own) > MAX_COUNTS:
            del self._own[next(iter(self._own))]
        if self._redis is not None:
            expire = ("EXPIRE", key, WINDOW_SECONDS + SLICE_SECONDS)
            await self._redis.ask(("INCRBY", key, questions), expire, otherwise=AWAY)

    async def retry_after(self, organisation_id: UUID) -> int:
        """In how many seconds an organisation may have a model asked again; 0 when it may now."""
        keys = _keys(organisation_id)
        counts = [self._own.get(key, 0) for key in keys]
        if self._redis is not None:
            said = await self._redis.ask(("MGET", *keys), otherwise=AWAY)
            if said is not AWAY:
                counts = [max(own, int(shared or 0)) for own, shared in zip(counts, said[0], strict=True)]
        return _until_below(counts, time.time() % SLICE_SECONDS)


def _keys(organisation_id: UUID) -> list[str]:
    """Where the counts of the present slice and of those before it stand."""
    now = int(time.time()) // SLICE_SECONDS
    return [f"nexus:unpaid-calls:{organisation_id}:{now - age}" for age in range(SLICES)]


def _until_below(counts: Sequence[int], elapsed: float) -> int:
    """In how many seconds enough slices have left the window, the newest being `elapsed` seconds old."""
    slices = 0
    while sum(counts[: SLICES - slices]) >= MAX_UNPAID_CALLS:
        slices += 1
    return max(0, round(slices * SLICE_SECONDS - elapsed)) or (1 if slices else 0)
