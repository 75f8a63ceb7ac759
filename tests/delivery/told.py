"""What a check found, one line each, and what becomes of it: the exit status of a delivery check."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a check went: `left_out` could not be done here, and says why."""

    GREEN = "✓"
    RED = "✗"
    LEFT_OUT = "·"


@dataclass(frozen=True)
class Told:
    """One check, how it went, and what there is to say."""

    name: str
    mark: Mark
    said: str = ""


def green(name: str, said: str = "") -> Told:
    """It holds."""
    return Told(name, Mark.GREEN, said)


def red(name: str, said: str) -> Told:
    """It does not hold."""
    return Told(name, Mark.RED, said)


def left_out(name: str, why: str, *, wanted: bool) -> Told:
    """It could not be done. Where it is `wanted`, that is as bad as not holding."""
    return Told(name, Mark.RED if wanted else Mark.LEFT_OUT, f"left out: {why}")


def tell(found: Iterable[Told]) -> int:
    """Print them as they come; 1 if any is red, else 0."""
    status = 0
    for one in found:
        head, *more = one.said.splitlines() or [""]
        lines = [f"{one.mark} {one.name}{': ' if head else ''}{head}", *(f"    {line}" for line in more)]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        if one.mark is Mark.RED:
            status = 1
    return status
