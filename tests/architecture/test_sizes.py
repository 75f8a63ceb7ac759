"""Files and functions stay small, names say something, and every exception to a rule has its reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from statistics import median

import pytest

from tests.architecture.sources import Fault, Module, modules, read

LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FILE, DEEPEST = 400, 40, 100, 3
SAYS_NOTHING = re.compile(r"(^|_)(utils?|common|helpers?|base|managers?|misc)(_|$)", re.IGNORECASE)
MOST_EXCEPTIONS = 40

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NESTING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore)\b")
WITH_REASON = re.compile(r"# (noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \w+|type: ignore\[[a-z-]+\]  # \w+)")


def oversized(module: Module) -> Iterator[Fault]:
    """The file, and every function of it, that is too long or too deep."""
    lines = module.source.count("\n")
    if lines > LONGEST_FILE:
        yield Fault(module.path, 1, f"{lines} lines; at most {LONGEST_FILE}")
    for node in ast.walk(module.tree):
        if isinstance(node, FUNCTIONS):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield Fault(module.path, node.lineno, f"{node.name} has {length} lines; at most {LONGEST_FUNCTION}")
            if depth(node) > DEEPEST:
                yield Fault(module.path, node.lineno, f"{node.name} is {depth(node)} deep; at most {DEEPEST}")


def depth(node: ast.AST) -> int:
    """How deep blocks stand in blocks; `elif` is no deeper than its `if`, and a function begins anew."""
    deepest = 0
    for name, value in ast.iter_fields(node):
        children = [child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)]
        is_elif = name == "orelse" and isinstance(node, ast.If) and len(children) == 1
        for child in children:
            if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
                continue
            own = isinstance(child, NESTING) and not (is_elif and isinstance(child, ast.If))
            deepest = max(deepest, depth(child) + own)
    return deepest


def unreasoned(module: Module) -> Iterator[Fault]:
    """Every exception to a rule that does not say why."""
    for number, line in enumerate(module.source.splitlines(), 1):
        if EXCEPTION.search(line) and not WITH_REASON.search(line):
            yield Fault(module.path, number, line.strip())


def named_for_nothing(module: Module) -> Iterator[Fault]:
    """A file, folder or definition whose name could be anything's."""
    for part in PurePosixPath(module.path).with_suffix("").parts:
        if SAYS_NOTHING.search(part):
            yield Fault(module.path, 1, part)
    for node in ast.walk(module.tree):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and SAYS_NOTHING.search(_words(node.name)):
            yield Fault(module.path, node.lineno, node.name)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


@pytest.mark.parametrize("folder", ["nexus", "migrations", "tests", "benchmarks"])
def test_files_and_functions_stay_small(folder: str) -> None:
    assert [str(fault) for module in modules(folder) for fault in oversized(module)] == []


def test_most_files_of_the_product_fit_on_a_screen_or_two() -> None:
    assert median(module.source.count("\n") for module in modules()) < MEDIAN_FILE


@pytest.mark.parametrize("folder", ["nexus", "migrations", "tests", "benchmarks"])
def test_every_exception_to_a_rule_has_its_reason(folder: str) -> None:
    assert [str(fault) for module in modules(folder) for fault in unreasoned(module)] == []


def test_exceptions_to_rules_are_few() -> None:
    exceptions = [line for module in modules() for line in module.source.splitlines() if EXCEPTION.search(line)]

    assert len(exceptions) < MOST_EXCEPTIONS


@pytest.mark.parametrize("folder", ["nexus", "migrations", "tests", "benchmarks"])
def test_every_name_says_something(folder: str) -> None:
    assert [str(fault) for module in modules(folder) for fault in named_for_nothing(module)] == []


@pytest.mark.parametrize(
    "source",
    [
        "\n" * 401,
        "def f():\n" + "    a = 1\n" * 40,
        "def f():\n if a:\n  for b in c:\n   with d:\n    if e:\n     pass",
    ],
    ids=["a long file", "a long function", "a deep function"],
)
def test_what_is_too_large_is_found(source: str) -> None:
    assert list(oversized(read(source)))


def test_a_chain_of_elif_is_not_deep() -> None:
    chain = "def f():\n if a:\n  pass\n" + " elif b:\n  pass\n" * 5 + " else:\n  pass"

    assert list(oversized(read(chain))) == []


@pytest.mark.parametrize(
    "line", ["a = 1  # no" + "qa", "a = 1  # no" + "qa: PLR2004", "a = 1  # type: " + "ignore[arg-type]"]
)
def test_an_exception_without_a_reason_is_found(line: str) -> None:
    assert list(unreasoned(read(line)))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("nexus/utils.py", ""),
        ("nexus/common/a.py", ""),
        ("nexus/a.py", "class JobManager: ..."),
        ("a.py", "def helper(): ..."),
    ],
)
def test_a_name_that_says_nothing_is_found(path: str, source: str) -> None:
    assert list(named_for_nothing(read(source, path)))
