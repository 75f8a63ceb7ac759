"""
Reads docs/security-checklist.md, and says what in it is not answered.

    python -m tests.delivery.checklist
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.delivery.told import green, red, tell
from tests.house import ROOT

DOCUMENT = "docs/security-checklist.md"
ROW = re.compile(r"^\| ([A-Z]+[0-9][^|]*) \| (.+) \|$")
TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")
TARGET = re.compile(r"`make ([a-z-]+)`")
COMMAND_LINE = re.compile(r"^([a-z-]+):", re.MULTILINE)
SIX_QUESTIONS = [f"S{number}" for number in range(1, 7)]
TOP_TEN = [f"API{number}" for number in range(1, 11)]
CHAPTERS = [f"V{number}" for number in range(1, 18)]


@dataclass(frozen=True)
class Row:
    """A row of one of the tables: which items it is about, and its cells."""

    items: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What the audit found: how it was, how it is, and the tests that were red."""

    title: str
    before: str
    now: str
    tests: tuple[str, ...]


def read_checklist(root: Path) -> list[Row]:
    """Every row of the document."""
    lines = (root / DOCUMENT).read_text(encoding="utf-8").splitlines()
    found = [(row[1], row[2]) for line in lines if (row := ROW.match(line))]
    return [Row(tuple(items.split(", ")), tuple(cells.split(" | "))) for items, cells in found]


def findings_of(root: Path) -> list[Finding]:
    """The rows of what was found."""
    rows = [row for row in read_checklist(root) if row.items[0].startswith("F")]
    return [Finding(row.cells[0], row.cells[1], row.cells[2], tuple(_tests(row.cells[3]))) for row in rows]


def unanswered(rows: list[Row]) -> list[str]:
    """What is wrong: a row without an answer, a test or target that there is not, an item that nobody asks about."""
    wrong = [f"{', '.join(row.items)}: {why}" for row in rows for why in _wrong_with(row)]
    asked = {item for row in rows for item in row.items}
    chapters = {item.partition(".")[0] for item in asked}
    wrong += [f"nobody asks about {item}" for item in (*SIX_QUESTIONS, *TOP_TEN) if item not in asked]
    return wrong + [f"nobody asks about {chapter}" for chapter in CHAPTERS if chapter not in chapters]


def _wrong_with(row: Row) -> Iterator[str]:
    answer = row.cells[-1]
    if not (TEST.search(answer) or TARGET.search(answer) or "Reason" in answer):
        yield "no answer"
    for path, name in TEST.findall(answer):
        if name not in _tests_in(path):
            yield f"there is no {path}::{name}"
    for target in TARGET.findall(answer):
        if target not in _targets():
            yield f"there is no target {target}"


def _tests(cell: str) -> Iterator[str]:
    yield from (f"{path}::{name}" for path, name in TEST.findall(cell))


@cache
def _tests_in(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.exists():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def _targets() -> frozenset[str]:
    return frozenset(COMMAND_LINE.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


if __name__ == "__main__":
    rows = read_checklist(ROOT)
    wrong = unanswered(rows)
    said = (
        green("checklist", f"{len(rows)} rows, all answered")
        if not wrong
        else red("checklist", "\n".join(["", *wrong]))
    )
    sys.exit(tell([said]))
