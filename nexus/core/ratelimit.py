"""
How many calls somebody may make in a window that slides with the clock, counted once for all processes.

A bucket is a sorted set in Redis: a member for each call that was let in, with the time as its score. One script looks
and adds as a whole, by Redis's own clock, so that no two processes ever let the same last call in; a call that is
refused is not added, and so whoever keeps knocking is let in as early as whoever waits.

A member is a number that its process drew for the call. So a call that reaches Redis twice, because a connection broke,
is counted once. Numbers have 31 bits, so that Redis keeps a bucket of up to 128 calls as one packed list.

Where Redis does not answer, this process decides by a window of its own (core/local_window.py), and has those calls
added to the buckets when Redis is back (core/unreported_calls.py).
"""

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import getrandbits
from typing import Any, ClassVar, NamedTuple, TypeVar

import structlog

from nexus.core import metrics
from nexus.core.errors import NexusError
from nexus.core.local_window import LocalWindows
from nexus.core.redis import AWAY, QuickRedis, Script
from nexus.core.unreported_calls import UnreportedCalls

log = structlog.get_logger()

MICROSECONDS = 1_000_000
CALL_BITS = 31

# A stamp that lies more than a second ahead was given before somebody set the clock back.
COUNT = Script("""\
local key, limit, window, call = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
local last = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')
if last[2] and last[2] - now > 1000000 then
  redis.call('ZREMRANGEBYSCORE', key, '(' .. string.format('%.0f', now), '+inf')
end
local used, admitted = redis.call('ZCARD', key), 0
if used < limit then
  used, admitted = used + redis.call('ZADD', key, 'NX', now, call), 1
  redis.call('PEXPIRE', key, math.ceil(window / 1000) + 1000)
elseif redis.call('ZSCORE', key, call) then
  admitted = 1
end
local rank = math.max(0, used - limit)
local leaves = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
return {admitted, math.max(0, limit - used), leaves[2] + window - now}
""")

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Policy:
    """So many calls in so many seconds. The name stands in headers, keys and metrics."""

    name: str
    limit: int
    seconds: int

    def with_limit(self, limit: int | None) -> "Policy":
        """The same with another limit, if there is one."""
        return self if limit is None else replace(self, limit=limit)


@dataclass(frozen=True)
class Limits:
    """The policies of this platform. Without one for addresses, those are not counted."""

    organisation: Policy
    web: Policy
    status: Policy
    address: Policy | None


class Standing(NamedTuple):
    """Whether a call was let in, how many more are left now, and in how many seconds there is one more."""

    policy: Policy
    admitted: bool
    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4."""
        name, limit, seconds = self.policy.name, self.policy.limit, self.policy.seconds
        return {
            "RateLimit-Policy": f'"{name}";q={limit};w={seconds}',
            "RateLimit": f'"{name}";r={self.remaining};t={self.seconds}',
        }


class RateLimited(NexusError):
    """Too many calls in the window. It slides: `retry_after` says in how many seconds there is room for one more."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"
    example: ClassVar[tuple[Any, ...]] = (
        "Your organisation may make 100 requests in 900 seconds, and has made them.",
        42,
    )

    def __init__(self, why: str, retry_after: int) -> None:
        super().__init__(f"{why} Send this one again in {retry_after} seconds.", retry_after=retry_after)


class Limiter:
    """Counts calls, for all processes together, or for this one alone while Redis is away."""

    def __init__(self, redis: QuickRedis, replicas: int) -> None:
        self._redis = redis
        self._local = defaultdict[str, LocalWindows](partial(LocalWindows, replicas))  # addresses crowd out nobody else
        self._unreported = defaultdict[str, UnreportedCalls](UnreportedCalls)
        self._alone = False
        redis.when_back = self._report

    async def count(self, policy: Policy, whose: str) -> Standing:
        """Count a call of somebody, unless they have made as many as they may. Decided within the budget of Redis."""
        key = f"nexus:rate:{policy.name}:{whose}"
        call, arguments, was_away = (
            getrandbits(CALL_BITS),
            (policy.limit, policy.seconds * MICROSECONDS),
            self._redis.is_away,
        )
        said = await self._redis.run(COUNT, key, *arguments, call, otherwise=AWAY)
        self._note(alone=said is AWAY)
        if said is AWAY:
            admitted, remaining, seconds = self._local[policy.name].count(key, policy.limit, policy.seconds)
            if admitted or not was_away:
                self._unreported[policy.name].add(key, policy.seconds, call, admitted=admitted)
        else:
            admitted, remaining, seconds = bool(said[0]), said[1], said[2] / MICROSECONDS
            if admitted:
                self._local[policy.name].note(key, policy.seconds)
        outcome, by = "admitted" if admitted else "refused", "process" if said is AWAY else "redis"
        metrics.rate_limit_decisions.labels(policy.name, outcome, by).inc()
        return Standing(policy, admitted, remaining, max(1, math.ceil(seconds)))

    def _note(self, *, alone: bool) -> None:
        """Say it once when this process begins to decide alone, and once when that is over."""
        if alone and not self._alone:
            log.warning("rate_limit.alone")
        if self._alone and not alone:
            log.info("rate_limit.shared")
            self._report()
        self._alone = alone

    def _report(self) -> None:
        """Have the calls that were decided alone added to the buckets."""
        for unreported in self._unreported.values():
            unreported.report(self._redis)


def status_read(function: Function) -> Function:
    """Say of a route that it only reads how things stand: the web application asks it again and again."""
    vars(function)["status_read"] = True
    return function


def reads_status(function: object) -> bool:
    """Whether that was said of this route."""
    return getattr(function, "status_read", False)


def ends_access(function: Function) -> Function:
    """Say of a route that it only takes access away, from a key or a session, say: no limit keeps anybody from that."""
    vars(function)["ends_access"] = True
    return function


def is_ending_access(function: object) -> bool:
    """Whether that was said of this route."""
    return getattr(function, "ends_access", False)
