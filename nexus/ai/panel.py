"""
Several providers as one language model: the first that answers does.

A provider that is away or busy hands the question to the next. A refusal and a malformed answer do not wander: the
next provider would be paid for the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

import structlog

from nexus.ai.breaker import Breaker
from nexus.ai.model import AWAY, Answer, MalformedAnswer, ModelRefused, ModelUnavailable, Provider, Tokens
from nexus.core import metrics, tracing
from nexus.core.errors import WorkFailed

log = structlog.get_logger(__name__)

LOOK_UP_SECONDS = 10.0  # for the names of all models together

BeforeQuestion = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class _Member:
    provider: Provider
    breaker: Breaker


class Panel:
    """
    The providers of a process, in the order in which they are asked; there may be none.

    `then_offline` says whether a job type's own offline way is the last resort, after all of them.
    """

    def __init__(
        self, providers: Iterable[Provider], *, then_offline: bool, breaker: Callable[[], Breaker] = Breaker
    ) -> None:
        self._members = [_Member(provider, breaker()) for provider in providers]
        self.then_offline = then_offline

    def __bool__(self) -> bool:
        return bool(self._members)

    @property
    def names(self) -> list[str]:
        """Who is asked, in order."""
        return [member.provider.name for member in self._members]

    def consult(self, owner: str = "", before_question: BeforeQuestion | None = None) -> "Consultation":
        """Begin the questions of one attempt at a job of this owner. Before each one, `before_question` may stop it."""
        return Consultation(self._members, owner, before_question)

    async def warn_of_unknown_models(self, seconds: float = LOOK_UP_SECONDS) -> None:
        """Ask every provider for its model's name, and warn of one that it does not know. This refuses nothing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(_warn_if_unknown(member.provider) for member in self._members))

    async def show(self) -> None:
        """Put into the metrics which of them are left alone for now."""
        for member in self._members:
            metrics.model_breaker_open.labels(member.provider.name).set(member.breaker.is_open)

    async def aclose(self) -> None:
        """Close every provider's connections."""
        for member in self._members:
            await member.provider.aclose()


async def _warn_if_unknown(provider: Provider) -> None:
    if await provider.knows_model() is False:
        log.warning("model.unknown", model=provider.name)


class Consultation:
    """
    The questions of one attempt at a job: a LanguageModel that remembers who answered, and what it took.

    `tokens` counts those of failed questions, too: they are paid for.
    """

    def __init__(self, members: Iterable[_Member], owner: str, before_question: BeforeQuestion | None) -> None:
        self._members = list(members)
        self._answered_by: dict[str, None] = {}
        self.owner = owner
        self.tokens = Tokens(before_question=before_question)

    @property
    def name(self) -> str:
        """
        Whose words these are: `gemini:<model name>`, as the provider names what answered; more than one where different
        ones did.

        Where nothing was asked, it is the one that would have been.
        """
        return ", ".join(self._answered_by or [member.provider.name for member in self._members[:1]])

    async def ask(self, prompt: str, shape: type[Answer]) -> Answer:
        """
        Return an answer of this shape from the first provider that is there.

        Raises ModelUnavailable when none is, with the smallest `retry_after` that was given; ModelRefused;
        MalformedAnswer.
        """
        waits: list[float] = []
        for member in self._members:
            try:
                answer = await self._ask(member, prompt, shape)
            except ModelUnavailable as away:
                waits += [] if away.retry_after is None else [away.retry_after]
                log.warning("model.passed_over", model=member.provider.name, retry_after=away.retry_after)
            else:
                self._answered_by[self.tokens.model or member.provider.name] = None
                return answer
        raise ModelUnavailable(AWAY, retry_after=min(waits, default=None))

    async def _ask(self, member: _Member, prompt: str, shape: type[Answer]) -> Answer:
        """Ask one of them, and count how that ended."""
        name, started, outcome = member.provider.name, perf_counter(), "left_alone"
        self.tokens.model = None
        try:
            with member.breaker.watch(), tracing.span("model.ask", model=name):
                outcome = "broke"
                answer = await member.provider.ask(prompt, shape, self.tokens)
                outcome = "answered"
                return answer
        except (ModelUnavailable, ModelRefused, MalformedAnswer) as error:
            outcome = outcome if outcome == "left_alone" else error.code
            raise
        except (asyncio.CancelledError, WorkFailed):  # a job that is no longer ours ends between two questions
            outcome = "cancelled"
            raise
        finally:
            metrics.model_calls.labels(name, outcome).inc()
            if outcome != "left_alone":
                metrics.model_seconds.labels(name).observe(perf_counter() - started)
