"""
What every provider's adapter does in the same way: ask, read the answer in its shape, and have it repaired once.

An answer is read in a thread: it may be a megabyte of anything.

An adapter says how one question is sent; it raises Misshapen where there is an answer that cannot be one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog
from pydantic import ValidationError

from nexus.ai.json_text import candidates
from nexus.ai.model import MALFORMED, Answer, CheckedAnswer, MalformedAnswer, ModelUnavailable, Tokens

SHOWN_IN_REPAIR = 20_000  # characters of a malformed answer that the model sees again
MOST_COMPLAINTS = 5
LONGEST_COMPLAINT = 300  # characters: a complaint may quote the answer, and an answer may be long
REPAIRS = 1
AMBIGUOUS = "It held several JSON objects that differ."

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


async def converse(name: str, say: Say, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
    """
    Return an answer of this shape.

    Raises what `say` and the tokens' `before_question` raise, or MalformedAnswer when the answer does not have the
    shape and neither has the one to a second question that says what was wrong.
    """
    turns = [Turn("user", prompt)]
    for _ in range(1 + REPAIRS):
        if tokens.before_question is not None:
            await tokens.before_question()
        try:
            return await _checked(await _counted(say, turns, tokens), shape)
        except Misshapen as misshapen:
            log.warning("model_answer.rejected", model=name, shape=shape.__name__, length=len(misshapen.said))
            turns = [*turns, *_correction(misshapen)]
    raise MalformedAnswer(MALFORMED)


async def _counted(say: Say, turns: Sequence[Turn], tokens: Tokens) -> str:
    """Ask, and count the question unless the provider was away: one that nobody waits for any more is paid for, too."""
    tokens.questions += 1
    try:
        return await say(turns)
    except ModelUnavailable:
        tokens.questions -= 1
        raise


async def _checked(said: str, shape: type[Answer]) -> Answer:
    """Read an answer in its shape and check it, or raise Misshapen."""
    answer = await asyncio.to_thread(read, said, shape)
    problem = await answer.find_error() if isinstance(answer, CheckedAnswer) else None
    if problem is not None:
        raise Misshapen(said, problem)
    return answer


def read(said: str, shape: type[Answer]) -> Answer:
    """
    Read an answer in its shape, or raise Misshapen.

    Where several JSON objects have the shape and differ, nobody can tell which one is meant. A NUL is refused here:
    PostgreSQL could not keep it.
    """
    if "\\u0000" in said:
        raise Misshapen(said, "It held the character U+0000.")
    problem = ""
    for group in candidates(said):
        found: dict[str, Answer] = {}
        for text in group:
            try:
                answer = shape.model_validate_json(text)
            except ValidationError as error:
                problem = _complaints(error) if text[:1] == "{" or not problem else problem
            else:
                found[answer.model_dump_json()] = answer
        if len(found) == 1:
            return found.popitem()[1]
        if found:
            raise Misshapen(said, AMBIGUOUS)
    raise Misshapen(said, problem)


def _complaints(error: ValidationError) -> str:
    """What was wrong, for the model to read."""
    wrong = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_COMPLAINTS]
    fields = (".".join(map(str, found["loc"])) or "the whole" for found in wrong)
    return " ".join(f"{field}: {e['msg'][:LONGEST_COMPLAINT]}." for field, e in zip(fields, wrong, strict=True))


def _correction(misshapen: Misshapen) -> list[Turn]:
    """Show the model what it said, and say what was wrong with it."""
    said = misshapen.said[:SHOWN_IN_REPAIR] or "(an answer that could not be used)"
    asked = f"Your answer did not match the JSON schema. {misshapen.problem} Answer again with that JSON only."
    return [Turn("model", said), Turn("user", asked)]
