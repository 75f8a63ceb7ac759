"""
What every provider's adapter does in the same way: ask, read the answer in its shape, and have it repaired once.

An adapter says how one question is sent; it raises Misshapen where there is an answer that cannot be one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog
from pydantic import ValidationError

from nexus.ai.model import MALFORMED, Answer, MalformedAnswer

SHOWN_IN_REPAIR = 20_000  # characters of a malformed answer that the model sees again
MOST_COMPLAINTS = 5
LONGEST_COMPLAINT = 300  # characters: a complaint may quote the answer, and an answer may be long
REPAIRS = 1

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Turn:
    """What one side said."""

    role: Literal["user", "model"]
    words: str


class Misshapen(Exception):
    """An answer that is not in the shape: `said` is the answer, `problem` is what to tell the model."""

    def __init__(self, said: str, problem: str) -> None:
        super().__init__(problem)
        self.said = said
        self.problem = problem


Say = Callable[[Sequence[Turn]], Awaitable[str]]


async def converse(name: str, say: Say, prompt: str, shape: type[Answer]) -> Answer:
    """
    Return an answer of this shape.

    Raises what `say` raises, or MalformedAnswer when the answer does not have the shape and neither has the one to a
    second question that says what was wrong.
    """
    turns = [Turn("user", prompt)]
    for _ in range(1 + REPAIRS):
        try:
            return read(await say(turns), shape)
        except Misshapen as misshapen:
            log.warning("model_answer.rejected", model=name, shape=shape.__name__, length=len(misshapen.said))
            turns = [*turns, *_correction(misshapen)]
    raise MalformedAnswer(MALFORMED)


def read(said: str, shape: type[Answer]) -> Answer:
    """Read an answer in its shape, or raise Misshapen. A NUL is refused here: PostgreSQL could not keep it."""
    if "\\u0000" in said:
        raise Misshapen(said, "It held the character U+0000.")
    try:
        return shape.model_validate_json(said)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_COMPLAINTS]
    fields = (".".join(map(str, found["loc"])) or "the whole" for found in wrong)
    complaints = (f"{field}: {e['msg'][:LONGEST_COMPLAINT]}." for field, e in zip(fields, wrong, strict=True))
    raise Misshapen(said, " ".join(complaints))


def _correction(misshapen: Misshapen) -> list[Turn]:
    """Show the model what it said, and say what was wrong with it."""
    said = misshapen.said[:SHOWN_IN_REPAIR] or "(an answer that could not be used)"
    asked = f"Your answer did not match the JSON schema. {misshapen.problem} Answer again with that JSON only."
    return [Turn("model", said), Turn("user", asked)]
