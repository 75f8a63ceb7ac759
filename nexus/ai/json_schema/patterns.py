r"""
What a regular expression compiles to, estimated from its text before any engine sees it.

The engine's time to match is linear in the text, but its time and memory to compile follow the repeats of a pattern,
written out: `\w{190}` has eight characters and takes some 20 MB. One unit of cost is about 5 KB of compiled program.
"""

import re
from dataclasses import dataclass

from nexus.ai.json_schema.refused import SchemaRefused

MAX_PATTERN = 200  # characters
MAX_REPEAT = 1_000

PLAIN_COST = 1
SET_COST = 2  # a set that leaves something out, of any characters
UNICODE_COST = 20  # a class of Unicode: hundreds of ranges

REPEAT = re.compile(r"\{\s*(\d{0,9})\s*(,?)\s*(\d{0,9})\s*\}")
ESCAPE = re.compile(r"\\(?:[pPuUxb]\{[^}]{0,200}\}|[pP].|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
GROUP = re.compile(r"\((?:\?(?:P?<[A-Za-z_][\w.\[\]]*>|[A-Za-z]*-?[A-Za-z]*[:)]))?")
UNICODE_CLASSES = frozenset("wWpPDS")
QUANTIFIERS = frozenset("*+?")


@dataclass
class _Group:
    """A group that is being read: the cost of what is complete in it, and of its last element."""

    complete: int = 0
    last: int = 0

    def add(self, cost: int) -> None:
        self.complete, self.last = self.complete + self.last, cost

    def repeat(self, times: int) -> None:
        self.last *= max(1, times)

    @property
    def total(self) -> int:
        return self.complete + self.last


def pattern_cost(pattern: str, place: str) -> int:
    """Return an estimate of what a pattern compiles to. Raises SchemaRefused for what cannot be estimated."""
    groups = [_Group()]
    at = 0
    while at < len(pattern):
        at = _read(pattern, at, groups, place)
    if len(groups) > 1:
        raise _unreadable(place)
    return groups[0].total + len(pattern)


def _read(pattern: str, at: int, groups: list[_Group], place: str) -> int:
    """Read one element from `at` on; where the next begins."""
    sign = pattern[at]
    if sign == "\\":
        escape = _matched(ESCAPE, pattern, at, place)
        groups[-1].add(UNICODE_COST if escape[1] in UNICODE_CLASSES else PLAIN_COST)
        return at + len(escape)
    if sign == "[":
        return _read_set(pattern, at, groups[-1], place)
    if sign == "{":
        found = REPEAT.match(pattern, at)
        if found is None:
            raise _unreadable(place)
        groups[-1].repeat(_times(found, place))
        return found.end()
    if sign == "(":
        return _open(pattern, at, groups, place)
    if sign == ")":
        if len(groups) == 1:
            raise _unreadable(place)
        group = groups.pop()
        groups[-1].add(group.total + PLAIN_COST)
    elif sign not in QUANTIFIERS:
        groups[-1].add(SET_COST if sign == "." else PLAIN_COST)
    return at + 1


def _open(pattern: str, at: int, groups: list[_Group], place: str) -> int:
    """Read the opening of a group. Verbose mode would hide signs from this reading: it is refused."""
    opening = _matched(GROUP, pattern, at, place)
    flags = "" if "<" in opening else opening[2:-1]
    if "x" in flags:
        raise SchemaRefused("Write the pattern at {place} without the flag x.", place)
    if not opening.endswith(")"):
        groups.append(_Group())
    return at + len(opening)


def _read_set(pattern: str, at: int, group: _Group, place: str) -> int:
    """Read a set, those within it included: it costs as much as the largest class that it names."""
    cost, depth = PLAIN_COST, 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            escape = _matched(ESCAPE, pattern, at, place)
            cost = max(cost, UNICODE_COST if escape[1] in UNICODE_CLASSES else PLAIN_COST)
            at += len(escape)
            continue
        if sign == "[":
            depth += 1
            cost = max(cost, SET_COST if pattern.startswith("[^", at) else PLAIN_COST)
            if pattern.startswith(("[]", "[^]"), at):  # a bracket that comes first is a character
                at += 1 + pattern.startswith("[^", at)
        elif sign == "]":
            depth -= 1
        at += 1
        if depth == 0:
            group.add(cost + 1)
            return at
    raise _unreadable(place)


def _times(found: "re.Match[str]", place: str) -> int:
    """How often a counted repeat writes its element out."""
    least, most = found[1], found[3]
    times = int(most or least or 0) + (1 if found[2] and not most else 0)
    if times > MAX_REPEAT or int(least or 0) > MAX_REPEAT:
        raise SchemaRefused(f"Repeat at most {MAX_REPEAT} times in the pattern at {{place}}.", place)
    return times


def _matched(expression: "re.Pattern[str]", pattern: str, at: int, place: str) -> str:
    found = expression.match(pattern, at)
    if found is None:
        raise _unreadable(place)
    return found[0]


def _unreadable(place: str) -> SchemaRefused:
    return SchemaRefused("Write the pattern at {place} without look-around and back-references.", place)
