"""How the command line shows a job: as a table for people, as JSON for programs."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

GAP = "  "


def as_json(value: Any) -> str:
    """A value as JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_table(output: dict[str, Any]) -> str:
    """A result as lines of a name and its value; one that has a single text is that text."""
    if len(output) == 1 and isinstance(only := next(iter(output.values())), str):
        return printable(only)
    rows = list(_rows("", output))
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"{name.ljust(width)}{GAP}{value}".rstrip() for name, value in rows)


def plural(count: int, noun: str) -> str:
    """A count with its noun: 1 job, 2 jobs."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def printable(text: str) -> str:
    """Text without what would move a terminal's cursor or change its colours."""
    return "".join(
        one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf") or one == "\u200d"
    )


def _rows(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The lines of a value: parts of an object by their path, items of a list below each other."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _rows(f"{name}.{printable(str(key))}" if name else printable(str(key)), part)
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            first, *more = _scalar(item).splitlines() or [""]
            yield name if number == 0 else "", first
            yield from (("", line) for line in more)
    else:
        first, *more = _scalar(value).splitlines() or [""]
        yield name, first
        yield from (("", line) for line in more)


def _scalar(value: Any) -> str:
    """A value on one line, or a text on its own lines."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict) and value and not any(isinstance(part, dict | list) for part in value.values()):
        return ", ".join(f"{printable(str(key))}: {_scalar(part)}" for key, part in value.items())
    return "-" if value is None or value in ([], {}) else printable(json.dumps(value, ensure_ascii=False))
