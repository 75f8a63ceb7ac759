"""
The promises: a prompt goes in, an answer of a given shape comes out, or one of three errors.

Job types know `LanguageModel`. `Provider` is what an adapter keeps: one vendor, or one server. `panel.py` makes the
first out of several of the second. Whatever a model says is untrusted: it is checked against the shape, and never run
or trusted further.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeVar

from pydantic import BaseModel

from nexus.core.errors import GiveUp, TryAgain

Answer = TypeVar("Answer", bound=BaseModel)

MOST_TOKENS = 1_000_000_000  # of one response: a provider may claim any number
MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+/-]{0,99}")

AWAY = "The language model is not available for the moment. Nothing is wrong with your text."
REFUSED = "The language model refused to work on this text. Change the text and ask again."
MALFORMED = "The language model gave no usable answer, twice. Ask again, or change the text."


class ModelUnavailable(TryAgain):
    """The provider is busy, away or broken; the same question may be answered later."""

    code: ClassVar[str] = "model_unavailable"


class ModelRefused(GiveUp):
    """The provider will not answer this question."""

    code: ClassVar[str] = "model_refused"


class MalformedAnswer(GiveUp):
    """The answer did not have the shape that was asked for, and neither had its repair."""

    code: ClassVar[str] = "malformed_answer"


class CheckedAnswer(BaseModel):
    """An answer that is checked once more when it has its shape, by what may take time."""

    async def find_error(self) -> str | None:
        """Say what is wrong with this answer, or None."""
        raise NotImplementedError


@dataclass
class Tokens:
    """
    What questions took, as the providers count it; None while no provider has said anything.

    Handed along with a question rather than returned, since a question that fails takes tokens, too. `questions` counts
    those that were sent and may have to be paid for, `model` is the name of what answered last. `before_question` is
    awaited before each one; what it raises ends the conversation.
    """

    input: int | None = None
    output: int | None = None
    questions: int = field(default=0, compare=False)
    model: str | None = field(default=None, compare=False)
    before_question: Callable[[], Awaitable[None]] | None = field(default=None, compare=False, repr=False)

    def add(self, asked: object, said: object) -> None:
        """Add what one response says of itself; what is not a number of tokens is passed over."""
        self.input = _sum(self.input, asked)
        self.output = _sum(self.output, said)


def answering_model(reported: object, requested: str) -> str:
    """
    The name of the model that answered, as its response reports it, or else the name that was requested.

    A name is taken only when it looks like one. Of a path on the server's disk the last part is.
    """
    name = reported.strip().removeprefix("models/") if isinstance(reported, str) else ""
    if name.startswith(("/", "~", ".")) or "\\" in name:
        name = name.replace("\\", "/").rpartition("/")[2]
    return name if MODEL_NAME.fullmatch(name) else requested


def _sum(so_far: int | None, more: object) -> int | None:
    if not isinstance(more, int) or isinstance(more, bool) or more < 0:
        return so_far
    return (so_far or 0) + min(more, MOST_TOKENS)


class LanguageModel(Protocol):
    """Answers a prompt in the shape that it is asked for. `owner` says whose work it is."""

    owner: str

    async def ask(self, prompt: str, shape: type[Answer]) -> Answer:
        """Return an answer of this shape, or raise ModelUnavailable, ModelRefused or MalformedAnswer."""
        ...


class Provider(Protocol):
    """One vendor's model, or the model of one server."""

    @property
    def name(self) -> str:
        """Whose words these are, as a job's `model` says it: `gemini:<model name>`."""
        ...

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """Answer as a LanguageModel does, and add to `tokens` what it took, also where it fails."""
        ...

    async def knows_model(self) -> bool | None:
        """Ask the vendor whether they know the model: None where no plain answer comes. Raises nothing."""
        ...

    async def aclose(self) -> None:
        """Close the connections. It may be called twice."""
        ...
