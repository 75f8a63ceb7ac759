"""
Doing the work: claim (commit), work, settle (commit). No connection waits for a model.

Whatever a job type does wrong costs an attempt, not the worker. The caller reads our sentence; the log reads the truth.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TypeVar

import asyncpg
import structlog
from pydantic import BaseModel, ValidationError

from nexus.ai.model import ModelUnavailable, Tokens
from nexus.ai.panel import Consultation, Panel
from nexus.core import metrics
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.errors import Unavailable, WorkFailed
from nexus.jobs import services
from nexus.jobs.answers import Answer, storable
from nexus.jobs.catalogue import Catalogue, JobType
from nexus.jobs.errors import (
    BrokenWork,
    ClaimLost,
    NoModel,
    Released,
    TookTooLong,
    TooManyUnpaidCalls,
    UnreadableInput,
    UnstorableOutput,
)
from nexus.jobs.flights import Flights
from nexus.jobs.services import Claim, JobKey, Seen
from nexus.jobs.thinkers import Thinkers
from nexus.jobs.unpaid import MAX_UNPAID_CALLS, WINDOW_SECONDS, UnpaidCalls

log = structlog.get_logger()

SETTLE_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0**9  # a provider may name any number; PostgreSQL's calendar ends
THINKERS = 2  # offline work is all computing: more at once would only make claims and leases wait for the interpreter

# What PostgreSQL says of a value. Anything else is trouble of ours, and must cost an attempt at the most, not the job.
UNSTORABLE = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)

Outcome = TypeVar("Outcome")
Settle = Callable[[], Awaitable[Outcome]]


@dataclass(frozen=True)
class Pace:
    """How attempts are timed, in seconds."""

    lease: float
    retry: float


@dataclass(frozen=True)
class Result:
    """What came out of an attempt that went well."""

    output_json: str
    model: str


class Runner:
    """Does one job at a time, as often as it is asked; many may run side by side."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with, each handed down by the root
        self,
        db: Database,
        catalogue: Catalogue,
        panel: Panel,
        worker: str,
        pace: Pace,
        flights: Flights,
        unpaid_calls: UnpaidCalls | None = None,
    ) -> None:
        self._db = db
        self._catalogue = catalogue
        self._panel = panel
        self._worker = worker
        self._pace = pace
        self._flights = flights
        self._unpaid_calls = unpaid_calls or UnpaidCalls()
        self._thinkers = Thinkers(THINKERS)

    async def claim(self, key: JobKey) -> Claim | None:
        """Take a job for one attempt, or None when somebody else has it."""
        async with self._db.transaction(key.organisation_id) as tx:
            return await services.claim_job(tx, key, self._worker, self._pace.lease)

    async def run(self, claim: Claim) -> None:
        """Work on a claimed job, and settle it: completed, failed, or booked for another attempt."""
        started = perf_counter()
        log.info("job.attempt_started", job_type=claim.job_type, attempt=claim.attempt, of=claim.max_attempts)
        consultation = self._panel.consult(str(claim.key.organisation_id), partial(self._check_claim, claim))
        try:
            result = await self._attempt(claim, consultation)
        except WorkFailed as why:
            await self._settle_failure(claim, why, consultation.tokens, started)
        except asyncio.CancelledError:
            await self.release(claim, consultation.tokens)
            raise
        else:
            await self._settle(claim, result, consultation.tokens, started)
        metrics.attempt_seconds.labels(claim.job_type).observe(perf_counter() - started)

    async def release(self, claim: Claim, tokens: Tokens | None = None) -> None:
        """Hand a job back in order: this attempt does not count."""
        await self._settle_failure(claim, Released("The worker was stopped; the job goes on elsewhere."), tokens)

    async def _attempt(self, claim: Claim, consultation: Consultation) -> Result:
        kind = self._catalogue.find(claim.job_type)
        if kind is None:
            raise Released("This worker does not know the job type; a newer one will do it.")
        deadline = asyncio.timeout((claim.deadline_at - now()).total_seconds())
        try:
            async with deadline:
                return await self._answer(kind, claim, consultation)
        except WorkFailed:
            raise
        except BaseException as error:
            if deadline.expired():
                raise TookTooLong("The job ran into its deadline.") from None
            if _we_are_stopped(error):
                raise
            log.exception("job.broke", job_type=claim.job_type)
            raise BrokenWork("Something went wrong on our side while doing this work.") from error

    async def _answer(self, kind: JobType, claim: Claim, consultation: Consultation) -> Result:
        """Work, unless somebody else has just done or is just doing the same."""
        try:
            asked = kind.takes.model_validate_json(claim.input_json)
        except ValidationError as error:
            raise UnreadableInput("The input is not what this job type takes any more.") from error
        async with self._flights.seat_for(claim, kind, asked) as seat:
            if seat.answer is not None:
                return Result(seat.answer.output_json, seat.answer.model)
            output, model = await self._work(claim, kind, asked, consultation)
            seat.answer = Answer(storable(output), model, claim.key.id)
            return Result(seat.answer.output_json, model)

    async def _check_claim(self, claim: Claim) -> None:
        """Raise ClaimLost when the job was cancelled, or given to somebody else: nobody pays for a further question."""
        with suppress(Unavailable):
            async with self._db.transaction(claim.key.organisation_id) as tx:
                if await services.is_held(tx, claim):
                    return
            raise ClaimLost("The job was cancelled, or goes on elsewhere.")

    async def _work(
        self, claim: Claim, kind: JobType, asked: BaseModel, consultation: Consultation
    ) -> tuple[BaseModel, str]:
        offline = kind.without_model if self._panel.then_offline else None
        if self._panel:
            retry_after = await self._unpaid_calls.retry_after(claim.key.organisation_id)
            if retry_after:
                raise TooManyUnpaidCalls(MAX_UNPAID_CALLS, WINDOW_SECONDS, retry_after)
            try:
                return await kind.ask(asked, consultation), consultation.name
            except ModelUnavailable:
                if offline is None:
                    raise
            log.warning("job.done_offline", job_type=kind.name, algorithm=offline.algorithm)
        if offline is None:
            raise NoModel("No language model is configured. The operator has to set one.")
        owner = str(claim.key.organisation_id)
        return await self._thinkers.think(offline.work, asked, owner), offline.name

    async def _settle(self, claim: Claim, result: Result, tokens: Tokens, started: float) -> None:
        try:
            await self._settle_success(claim, result, tokens, started)
        except UNSTORABLE:
            log.exception("job.unstorable", job_type=claim.job_type)
            await self._settle_failure(claim, UnstorableOutput("The answer cannot be kept."), tokens, started)

    async def _settle_success(self, claim: Claim, result: Result, tokens: Tokens, started: float) -> None:
        async def settle() -> bool:
            async with self._db.transaction(claim.key.organisation_id) as tx:
                return await services.complete_job(tx, claim, result.output_json, result.model, tokens)

        if await self._until_written(settle):
            facts = {"status": "completed", "duration_ms": _milliseconds_since(started)}
            log.info("job.completed", job_type=claim.job_type, attempt=claim.attempt, model=result.model, **facts)
            metrics.attempts.labels(claim.job_type, "completed").inc()
        else:
            await self._unpaid_calls.count(claim.key.organisation_id, tokens.questions)
            _stale(claim)

    async def _settle_failure(
        self, claim: Claim, why: WorkFailed, tokens: Tokens | None, started: float | None = None
    ) -> None:
        seen = Seen(claim.key, claim.number)
        pause = min(max(self._pace.retry, why.retry_after or 0), LONGEST_PAUSE_SECONDS)

        async def settle() -> services.Verdict | None:
            async with self._db.transaction(claim.key.organisation_id) as tx:
                released = isinstance(why, Released)
                return await services.fail_job(tx, seen, why, pause, released=released, tokens=tokens)

        verdict = await self._until_written(settle)
        if tokens is not None and _is_unpaid(verdict, why):
            await self._unpaid_calls.count(claim.key.organisation_id, tokens.questions)
        if verdict is None:
            _stale(claim)
        else:
            report(verdict, why, None if started is None else _milliseconds_since(started))

    async def _until_written(self, settle: Settle[Outcome]) -> Outcome:
        """Try to write the outcome for as long as the lease can hold; after that the sweep decides."""
        last = perf_counter() + self._pace.lease
        while True:
            try:
                return await settle()
            except Unavailable:
                if perf_counter() > last:
                    raise
                await asyncio.sleep(SETTLE_PAUSE_SECONDS)


def report(verdict: services.Verdict, why: WorkFailed, duration_ms: float | None = None) -> None:
    """Say in the log and the metrics what became of a failed attempt; its sentence stands in the job alone."""
    status = "failed" if verdict.failed else "pending"
    facts = {"job_type": verdict.job_type, "attempt": verdict.attempt_count, "code": why.code, "status": status}
    facts["duration_ms"] = duration_ms
    if verdict.failed:
        log.error("job.failed", **facts, refunded=verdict.refunded)
    else:
        log.warning("job.attempt_failed", **facts, next_attempt_at=str(verdict.again_at))
    outcome = "failed" if verdict.failed else "released" if isinstance(why, Released) else "retried"
    metrics.attempts.labels(verdict.job_type, outcome).inc()


def _milliseconds_since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 2)


def _is_unpaid(verdict: services.Verdict | None, why: WorkFailed) -> bool:
    """Whether nobody pays for an attempt: it was cancelled, or failed, and no provider was to blame."""
    return verdict is None or (verdict.failed and not isinstance(why, ModelUnavailable))


def _stale(claim: Claim) -> None:
    metrics.stale_attempts.inc()
    log.warning("job.claim_lost", job_type=claim.job_type, attempt=claim.attempt, claim=claim.number)


def _we_are_stopped(error: BaseException) -> bool:
    """Whether somebody cancelled this task: the work itself may raise what it likes, and stops nobody by it."""
    if isinstance(error, GeneratorExit):
        return True
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
