"""Providers, a clock and a breaker that do what a test tells them to."""

from pydantic import BaseModel

from nexus.ai.model import Answer, ModelUnavailable, Tokens

MOST_FAILURES, PAUSE_SECONDS = 3, 10.0


class Word(BaseModel):
    """The shape of every answer here."""

    word: str


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


class Scripted:
    """A provider that raises what it is told to, one error for each question, and then says its name."""

    def __init__(self, name: str, *troubles: Exception) -> None:
        self.name = name
        self.troubles = list(troubles)
        self.asked = 0
        self.closed = 0

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """Say the name, or fail as told."""
        del prompt
        self.asked += 1
        tokens.add(10, 1)
        if self.troubles:
            raise self.troubles.pop(0)
        return shape.model_validate({"word": self.name})

    async def knows_model(self) -> bool | None:
        """It is no vendor's."""
        return None

    async def aclose(self) -> None:
        """Count it."""
        self.closed += 1


def away(retry_after: float | None = None) -> ModelUnavailable:
    """What a provider raises that is not there."""
    return ModelUnavailable("It is away.", retry_after=retry_after)
