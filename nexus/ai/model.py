"""
The promise: a prompt goes in, an answer of a given shape comes out, or one of three errors.

Whatever a model says is untrusted: it is checked against the shape, and never run or trusted further.
"""

from typing import ClassVar, Protocol, TypeVar

from pydantic import BaseModel

from nexus.core.errors import GiveUp, TryAgain

Answer = TypeVar("Answer", bound=BaseModel)


class ModelUnavailable(TryAgain):
    """The provider is busy, away or broken; the same question may be answered later."""

    code: ClassVar[str] = "model_unavailable"


class ModelRefused(GiveUp):
    """The provider will not answer this question."""

    code: ClassVar[str] = "model_refused"


class MalformedAnswer(GiveUp):
    """The answer did not have the shape that was asked for, and neither had its repair."""

    code: ClassVar[str] = "malformed_answer"


class LanguageModel(Protocol):
    """Answers a prompt in the shape that it is asked for."""

    @property
    def name(self) -> str:
        """Whose words these are, as a job's `model` says it: `gemini:<model name>`."""
        ...

    async def ask(self, prompt: str, shape: type[Answer]) -> Answer:
        """Return an answer of this shape, or raise ModelUnavailable, ModelRefused or MalformedAnswer."""
        ...
