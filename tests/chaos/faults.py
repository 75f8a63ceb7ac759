"""
Carrying out the faults of a plan, and saying of each whether its victim held work at that moment.

A killed or frozen worker held what the table says right after the signal: it can settle nothing any more. The others
are asked right before.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.chaos.clients import Clients
from tests.chaos.plan import Fault, Kind
from tests.chaos.stack import Stack, lives
from tests.chaos.witness import Witness

WAIT_FOR_WORK_SECONDS = 1.0
REDIS_SECONDS = 1.0
SIGNALS = {
    Kind.WORKER_KILLED: signal.SIGKILL,
    Kind.WORKER_STOPPED: signal.SIGTERM,
    Kind.WORKER_FROZEN_LONG: signal.SIGSTOP,
    Kind.WORKER_FROZEN: signal.SIGSTOP,
    Kind.API_KILLED: signal.SIGKILL,
    Kind.API_STOPPED: signal.SIGTERM,
    Kind.API_FROZEN: signal.SIGSTOP,
    Kind.REDIS_KILLED: signal.SIGKILL,
    Kind.REDIS_FROZEN: signal.SIGSTOP,
    Kind.POSTGRES_STOPPED: signal.SIGINT,
    Kind.POSTGRES_KILLED: signal.SIGKILL,
}


@dataclass(frozen=True)
class Done:
    """A fault that happened, and how much work its victim held; it counts when that is something."""

    kind: Kind
    held: int


@dataclass(frozen=True)
class Orphan:
    """A job that a killed worker left behind, under this claim, at this time by PostgreSQL's clock."""

    job_id: UUID
    claim: int
    at: datetime


@dataclass
class Chaos:
    """Whoever carries out the plan."""

    stack: Stack
    clients: Clients
    witness: Witness
    done: list[Done] = field(default_factory=list)
    orphans: list[Orphan] = field(default_factory=list)
    _frozen: set[int] = field(default_factory=set)
    _thaws: list[asyncio.Task[None]] = field(default_factory=list)

    async def carry_out(self, plan: Sequence[Fault], begun: float) -> None:
        """Do everything at its time, counted from `begun`, and leave nothing frozen."""
        try:
            for fault in plan:
                await asyncio.sleep(max(0.0, begun + fault.at - monotonic()))
                with suppress(ProcessLookupError):  # it died by itself meanwhile: nothing was done
                    self.done.append(Done(fault.kind, await self._deed(fault.kind)(fault)))
        finally:
            await asyncio.gather(*self._thaws)

    def _deed(self, kind: Kind) -> Callable[[Fault], Awaitable[int]]:
        deeds = {"worker": self._hurt_worker, "api": self._hurt_api, "redis": self._hurt_redis}
        return deeds.get(kind.split()[0], self._hurt_postgres)

    async def _hurt_worker(self, fault: Fault) -> int:
        pid, held = await self._busy_worker(fault.number)
        self._strike(fault, pid)
        if fault.kind is Kind.WORKER_STOPPED:
            return held
        left = await self.witness.held_by(_name(pid))
        if fault.kind is Kind.WORKER_KILLED:
            self.orphans += [Orphan(row["id"], row["claim_number"], row["at"]) for row in left]
        return len(left)

    async def _busy_worker(self, number: int) -> tuple[int, int]:
        """The first worker, counted from this number, that has work in hand; if nobody has, the first that lives."""
        deadline = monotonic() + WAIT_FOR_WORK_SECONDS
        while True:
            work = await self.witness.workers_with_work()
            living = self._living("worker", number)
            for pid in living:
                if held := work.get(_name(pid), 0):
                    return pid, held
            if monotonic() > deadline:
                return next(iter(living), self._any("worker", number)), 0
            await asyncio.sleep(0.05)

    async def _hurt_api(self, fault: Fault) -> int:
        """Strike while a request is under way, if one comes soon."""
        deadline = monotonic() + WAIT_FOR_WORK_SECONDS
        pid = next(iter(self._living("api", fault.number)), self._any("api", fault.number))
        url = self.stack.run["api"][self.stack.pids("api").index(pid)]
        while not self.clients.in_flight[url] and monotonic() < deadline:
            await asyncio.sleep(0)
        self._strike(fault, pid)
        return self.clients.in_flight[url]

    async def _hurt_redis(self, fault: Fault) -> int:
        held = await self.witness.unfinished()
        if fault.kind is not Kind.REDIS_FLUSHED:
            self._strike(fault, self._any("redis"))
            return held
        redis = Redis.from_url(
            self.stack.run["redis_url"], socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        try:
            await redis.flushall()
        except (RedisError, OSError, TimeoutError):
            return 0  # it is down already: nothing was done
        finally:
            await redis.aclose()
        return held

    async def _hurt_postgres(self, fault: Fault) -> int:
        held = await self.witness.unfinished()
        self._strike(fault, self._any("postgres"))
        return held

    def _strike(self, fault: Fault, pid: int) -> None:
        os.kill(pid, SIGNALS[fault.kind])
        if fault.seconds:
            self._frozen.add(pid)
            self._thaws.append(asyncio.create_task(self._thaw(pid, fault.seconds)))

    async def _thaw(self, pid: int, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        finally:
            self._frozen.discard(pid)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _living(self, kind: str, number: int) -> list[int]:
        pids = self.stack.pids(kind)
        turned = pids[number % len(pids) :] + pids[: number % len(pids)]
        return [pid for pid in turned if lives(pid) and pid not in self._frozen]

    def _any(self, kind: str, number: int = 0) -> int:
        pids = self.stack.pids(kind)
        return pids[number % len(pids)]


def _name(pid: int) -> str:
    """What a worker calls itself in the table."""
    return f"{socket.gethostname()}:{pid}"


def counted(done: Iterable[Done]) -> int:
    """How many of these faults had a victim that held work."""
    return sum(one.held > 0 for one in done)


def tally(done: Iterable[Done]) -> dict[Kind, Any]:
    """How many faults of each kind happened."""
    happened = list(done)
    return {kind: number for kind in Kind if (number := sum(one.kind is kind for one in happened))}
