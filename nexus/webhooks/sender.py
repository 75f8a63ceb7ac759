"""
The sender, in every worker: claims what is due, posts it, books what came of it. No connection is held meanwhile.

Each endpoint has lanes of its own, two at the most, so a slow one delays nobody else; and those that fail may not have
all lanes of a worker. A destination host has a share of the lanes, whoever registered its URLs. What is due is found in
PostgreSQL alone; a ring only shortens the wait.
"""

import asyncio
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

import structlog
from pydantic_core import from_json

from nexus.core import metrics, tracing
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.errors import Unavailable
from nexus.core.sealing import Box, Unreadable
from nexus.webhooks import deliveries, lookout
from nexus.webhooks.deliveries import Booked, Claim, EndpointKey
from nexus.webhooks.egress import Egress, Sent
from nexus.webhooks.events import CompleteBody, as_it_is
from nexus.webhooks.models import DispatchStatus
from nexus.webhooks.signing import signed
from nexus.webhooks.statements import AT_ONCE

log = structlog.get_logger()

LOOK_SECONDS = 0.5
SETTLE_PAUSE_SECONDS = 0.5
LAST_SECONDS = 5.0  # Cloud Run kills ten seconds after it asks
FIXED_HEADERS = {"Content-Type": "application/json", "User-Agent": "NexusAPI-Webhooks/1"}


@dataclass(frozen=True)
class Pace:
    """The pauses before the second attempt and each one after it, and how claims are held; in seconds."""

    retries: tuple[float, ...]
    lease: float
    beat: float

    def pause_after(self, attempts: int) -> float | None:
        """How long to wait after so many attempts; None: there are no more."""
        return self.retries[attempts - 1] if attempts <= len(self.retries) else None


@dataclass(frozen=True)
class Room:
    """
    How many lanes a worker has, and how many of them endpoints may have that fail: the rest is for the others.

    One host may have `host` lanes, `host_unsound` of them by endpoints that fail or have never answered 2xx.
    """

    lanes: int = 256
    failing: int = 192
    host: int = 32
    host_unsound: int = 16


class Sender:
    """What one worker sends."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with, each handed down by the root
        self,
        db: Database,
        egress: Egress,
        box: Box,
        pace: Pace,
        room: Room | None = None,
        complete: CompleteBody = as_it_is,
    ) -> None:
        self._db = db
        self._egress = egress
        self._box = box
        self._pace = pace
        self._room = room or Room()
        self._complete = complete
        self._lanes: dict[asyncio.Task[bool], lookout.Due] = {}
        self._busy: Counter[EndpointKey] = Counter()
        self._held: dict[int, Claim] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    def ring(self) -> None:
        """Look for something to send now."""
        self._wake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until told to stop; then finish, or hand back, what is under way."""
        told = asyncio.create_task(stopping.wait())
        beating = asyncio.create_task(self._keep_leases())
        while not stopping.is_set():
            self._wake.clear()
            if not await self._look():
                rung = asyncio.create_task(self._wake.wait())
                await asyncio.wait({told, rung}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                rung.cancel()
        self._stopping = True
        await self._finish()
        beating.cancel()

    async def _look(self) -> bool:
        """Open lanes to endpoints that something is due for; whether there may be more of them."""
        free = self._room.lanes - len(self._lanes)
        if free <= 0:
            return False
        try:
            async with self._db.glance() as tx:
                found = await lookout.find_due(tx, free, *self._full_hosts())
        except Unavailable:
            return False
        except Exception:
            log.exception("sender.stumbled")  # what is under way must not fall with a look for more
            return False
        opened = [self._open_lanes(due) for due in found]
        return len(found) == free and any(opened)

    def _open_lanes(self, due: lookout.Due) -> int:
        wanted = min(due.free, AT_ONCE - self._busy[due.endpoint])
        if due.failing or due.disabled:
            failing = sum(lane.failing or lane.disabled for lane in self._lanes.values())
            wanted = min(wanted, 1 if due.disabled else AT_ONCE, self._room.failing - failing)
        wanted = min(wanted, self._free_on_host(due))
        for _ in range(wanted):
            lane = asyncio.create_task(self._drive(due))
            self._lanes[lane] = due
            self._busy[due.endpoint] += 1
            lane.add_done_callback(self._close_lane)
        return max(wanted, 0)

    def _free_on_host(self, due: lookout.Due) -> int:
        there = [lane.sound for lane in self._lanes.values() if lane.host == due.host]
        free = self._room.host - len(there)
        return free if due.sound else min(free, self._room.host_unsound - there.count(False))

    def _full_hosts(self) -> tuple[list[str], list[str]]:
        """Hosts that have all their lanes, and hosts that have no more for endpoints that are not sound."""
        everybody = Counter(lane.host for lane in self._lanes.values())
        unsound = Counter(lane.host for lane in self._lanes.values() if not lane.sound)
        return (
            [host for host, lanes in everybody.items() if lanes >= self._room.host],
            [host for host, lanes in unsound.items() if lanes >= self._room.host_unsound],
        )

    def _close_lane(self, lane: "asyncio.Task[bool]") -> None:
        due = self._lanes.pop(lane)
        self._busy[due.endpoint] -= 1
        if not self._busy[due.endpoint]:
            del self._busy[due.endpoint]
        if not lane.cancelled() and lane.result():
            self._wake.set()  # what came in while this lane was closing found it taken

    async def _drive(self, due: lookout.Due) -> bool:
        """Send one endpoint what is due, one after the other, until nothing is; whether anything was sent."""
        endpoint = due.endpoint
        structlog.contextvars.bind_contextvars(org_id=str(endpoint.organisation_id), webhook_id=str(endpoint.id))
        try:
            async with self._db.transaction(endpoint.organisation_id) as tx:
                if due.disabled:
                    await deliveries.close(tx, endpoint)
                    return False
                claim = await deliveries.claim_next(tx, endpoint, self._pace.lease, self._complete)
            sent = claim is not None
            while claim is not None:
                claim = await self._deliver(claim, due)
        except Unavailable:
            log.warning("webhook.unsettled")
        except Exception:
            log.exception("webhook.unsettled")
        else:
            return sent
        return False

    async def _deliver(self, claim: Claim, due: lookout.Due) -> Claim | None:
        """Make one attempt and book it; the next claim, taken in the same transaction, if there is one."""
        held = id(claim)
        self._held[held] = claim
        try:
            if not claim.attempts_before:
                metrics.webhook_wait_seconds.observe(max(0.0, (now() - claim.happened_at).total_seconds()))
            return await self._settle(claim, await self._attempt(claim), due)
        except asyncio.CancelledError:
            async with self._db.transaction(claim.endpoint.organisation_id) as tx:
                await deliveries.hand_back(tx, claim)
            raise
        finally:
            del self._held[held]

    async def _attempt(self, claim: Claim) -> Sent:
        try:
            secrets = [self._box.open(sealed).decode() for sealed in claim.secrets]
        except Unreadable:
            log.critical("webhook.secret_unreadable")  # a key was taken out of the settings too early
            return Sent(None, "unsigned", 0)
        headers = signed(secrets, claim.event_id, int(now().timestamp()), claim.body)
        try:
            with _traced(claim):
                return await self._egress.post(claim.url, claim.body, {**FIXED_HEADERS, **headers})
        except Exception:
            log.exception("webhook.broke")
            return Sent(None, "internal_error", 0)

    async def _settle(self, claim: Claim, sent: Sent, due: lookout.Due) -> Claim | None:
        """Try to book it for as long as the lease can hold; after that it is sent again, with the same id."""
        last = _time() + self._pace.lease
        while True:
            try:
                return await self._book(claim, sent, due)
            except Unavailable:
                if _time() > last:
                    raise
                await asyncio.sleep(SETTLE_PAUSE_SECONDS)

    async def _book(self, claim: Claim, sent: Sent, due: lookout.Due) -> Claim | None:
        """Book it, and claim what comes next in the same transaction, unless others wait for a lane to this host."""
        pause, following = self._pace.pause_after(claim.round + 1), None
        async with self._db.transaction(claim.endpoint.organisation_id) as tx:
            booked = await deliveries.book(tx, claim, sent, pause)
            if not self._stopping and self._free_on_host(due) > 0:
                following = await deliveries.claim_next(tx, claim.endpoint, self._pace.lease, self._complete)
        self._report(sent, booked, pause)
        return following

    def _report(self, sent: Sent, booked: Booked | None, pause: float | None) -> None:
        if booked is None:
            metrics.webhook_attempts.labels("stale").inc()
            log.warning("webhook.claim_lost")
            return
        facts = {"attempt": booked.attempt, "status": sent.status_code, "error": sent.error}
        outcome = "retried" if booked.status is DispatchStatus.PENDING else booked.status.value
        metrics.webhook_attempts.labels(outcome).inc()
        metrics.webhook_seconds.observe(sent.latency_ms / 1000)
        log.info("webhook.attempted", outcome=outcome, **facts, duration_ms=sent.latency_ms)
        if booked.given_up is not None:
            metrics.webhooks_disabled.labels(booked.given_up).inc()
            log.warning("webhook.disabled", reason=booked.given_up)
        if booked.status is DispatchStatus.PENDING and pause is not None:
            asyncio.get_running_loop().call_later(pause, self.ring)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._pace.beat)
            try:
                await self._extend_leases()
            except Unavailable:
                log.warning("sender.heartbeat_missed")
            except Exception:
                log.exception("sender.heartbeat_missed")

    async def _extend_leases(self) -> None:
        if not self._held:
            return
        async with self._db.glance() as tx:
            await lookout.extend_leases(tx, list(self._held.values()), self._pace.lease)

    async def _finish(self) -> None:
        """Give what is under way a few seconds, then hand it back: somebody else sends it, with the same id."""
        lanes = list(self._lanes)
        if not lanes:
            return
        log.info("sender.finishing", under_way=len(lanes))
        _, unfinished = await asyncio.wait(lanes, timeout=LAST_SECONDS)
        for lane in unfinished:
            lane.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


def _traced(claim: Claim) -> AbstractContextManager[object]:
    """A span in the trace of the job that the event is about, if it is about one; what is sent says which."""
    job_id = from_json(claim.body)["data"].get("id") if tracing.is_on() else None
    return nullcontext() if job_id is None else tracing.of_job("webhook.attempt", UUID(job_id))


def _time() -> float:
    return asyncio.get_running_loop().time()
