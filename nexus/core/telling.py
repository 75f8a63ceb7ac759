"""
How an error is told in a log, an event or a span: by its type and place, never by its words.

The words of an error may hold what a customer sent: a ValueError quotes the value, PostgreSQL the row, a provider the
question. So only such words pass as are known to hold names of ours: the interpreter's own sentences, PostgreSQL's
about tables and columns, numbers of the operating system.
"""

import errno
import re
import traceback
from collections.abc import Iterator
from contextlib import suppress

import asyncpg
from pydantic import ValidationError

from nexus.core.errors import NexusError, WorkFailed

MOST_CAUSES = 5
MOST_FRAMES = 30
LONGEST = 300  # characters of a sentence
OUR_NAMES = "42"  # SQLSTATE's class of a wrong statement: it speaks of tables and columns, not of values

# What the interpreter says of names in the code.
_NAME = r"'[\w.]{1,60}'"
INTERPRETERS_OWN = re.compile(
    rf"(module )?{_NAME} (object )?has no attribute {_NAME}(\. Did you mean: {_NAME}\?)?"
    rf"|name {_NAME} is not defined"
    rf"|No module named {_NAME}"
    rf"|{_NAME} object is not (callable|iterable|subscriptable|awaitable|an iterator|an async iterator)"
    rf"|[\w.<>]{{1,80}}\(\) missing \d+ required (positional|keyword-only) arguments?: [\w', ]{{1,100}}"
    rf"|unsupported operand type\(s\) for [^\w\s]{{1,3}}: {_NAME} and {_NAME}"
    r"|division by zero|maximum recursion depth exceeded[a-zA-Z ]{0,60}"
)

# What looks like a secret: our keys and tokens, web tokens, webhook secrets, Stripe's keys, a password in an address.
SECRET = re.compile(
    rb"(?:nx_live_|nxr_|nxi_|whsec_|sk_live_|sk_test_|rk_live_|rk_test_)[\w+/=-]{6,}"
    rb"|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"
    rb"|(?<=://)[^/@\s\"]*:[^/@\s\"]*(?=@)"
    rb"|(?<=[Bb]earer )[\w.~+/=-]{6,}"
)
MASK = b"[hidden]"


def mask(line: bytes) -> bytes:
    """Take out what looks like a secret: the last wall, where all others should have held."""
    return SECRET.sub(MASK, line)


def describe(error: BaseException) -> str:
    """Name an error, with the facts about it that no customer can have put there."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    facts = ""
    with suppress(Exception):  # an error may break when it is asked what it is; whoever logs must not break with it
        facts = _facts(error)
    return f"{name}: {facts[:LONGEST]}" if facts else name


def _facts(error: BaseException) -> str:
    if isinstance(error, NexusError | WorkFailed):
        return error.code
    if isinstance(error, asyncpg.PostgresError):
        return _facts_of_postgres(error)
    if isinstance(error, ValidationError):
        return ", ".join(sorted({one["type"] for one in error.errors(include_input=False, include_context=False)}))
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "")
    said = (
        str(error) if isinstance(error, AttributeError | NameError | ImportError | TypeError | ArithmeticError) else ""
    )
    return said if INTERPRETERS_OWN.fullmatch(said) else ""


def _facts_of_postgres(error: asyncpg.PostgresError) -> str:
    state: str = error.sqlstate or ""
    named = [getattr(error, part, None) for part in ("table_name", "column_name", "constraint_name")]
    said = str(error.args[0]) if state.startswith(OUR_NAMES) and error.args else ""
    return " ".join(one for one in (state, said, *named) if one)


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, the last one first."""
    following: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if following is None:
            return
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def tell(error: BaseException) -> str:
    """Tell where an error came from: its type and places, and those of its causes and of the members of a group."""
    told = "\ncaused by\n".join(_places(one) + describe(one) for one in causes(error))
    if isinstance(error, BaseExceptionGroup):
        told += "".join(f"\nand in it\n{_places(one)}{describe(one)}" for one in error.exceptions[:MOST_CAUSES])
    return told


def _places(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__)[-MOST_FRAMES:])
