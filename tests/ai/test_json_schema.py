"""What schemas of customers may cost, and which of them no data can satisfy."""

import asyncio
import random
import signal
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import psutil
import pytest
from jsonschema import Draft202012Validator
from pydantic_core import SchemaValidator, core_schema
from structlog.testing import capture_logs

from nexus.ai.json_schema.bounds import MAX_PATTERN_COST
from nexus.ai.json_schema.checker import CheckerBusy, SchemaChecker
from nexus.ai.json_schema.patterns import pattern_cost
from nexus.ai.json_schema.refused import SchemaRefused
from nexus.ai.json_schema.types import is_impossible

CLASSES = (
    r"\w",
    r"\W",
    r"\p{L}",
    r"\P{L}",
    r"\pN",
    r"[\w\p{So}]",
    r"[^\w]",
    "[^a]",
    r"[^\p{Greek}]",
    r"\d",
    r"\D",
    r"\s",
    ".",
)
PARTS = (*CLASSES, "a", "é", "(?:ab|é)", "[a-z]", "[[:alpha:]]", r"[\w&&[^\d]]", r"\b", "(?i)k", r"\x{1F600}")
VALUES: tuple[Any, ...] = (None, True, 1, 1.5, 0, -3, "a", "", "abcd", [], [1], [1, 2, 3], {}, {"a": 1}, {"b": []})


def is_valid(schema: Any, value: Any) -> bool:
    """What the draft itself says."""
    draft: Any = Draft202012Validator
    return bool(draft(schema).is_valid(value))


@pytest.mark.parametrize("seed", range(40))
def test_patterns_within_the_bound_compile_in_little_time(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a test's own dice
    pattern = ""
    while pattern_cost(pattern, "") < MAX_PATTERN_COST and len(pattern) < 170:
        part = rng.choice(PARTS)
        pattern, before = f"{pattern}(?:{part}{{{rng.randint(1, 30)}}}x?){{1,{rng.randint(1, 9)}}}", pattern
    pattern = before if pattern_cost(pattern, "") > MAX_PATTERN_COST else pattern
    started = process_time()

    SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))

    assert process_time() - started < 0.4


@pytest.mark.parametrize(
    "repeated", [*(f"{one}{{160}}" for one in CLASSES[:7]), "(?:(?:a{99}){99}){99}", r"[\w]{,160}", r"\w{ 160 , }"]
)
def test_a_pattern_that_repeats_too_much_is_over_the_bound(repeated: str) -> None:
    assert pattern_cost(repeated, "") > MAX_PATTERN_COST


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        r"^\w{1,64}$",
        r"^[\w.+-]+@[\w-]+\.[\w.-]+$",
        r"^\p{Lu}\p{Ll}{0,80}$",
        "^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$",
        r"^(?:\d{1,3}\.){3}\d{1,3}$",
        "^.{1,500}$",
        "^[]a]$",
        "^(?P<year>[0-9]{4})$",
        "^(?i:yes|no)$",
    ],
)
def test_an_ordinary_pattern_is_within_the_bound(pattern: str) -> None:
    assert pattern_cost(pattern, "") < MAX_PATTERN_COST


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {}},
        {"not": True},
        {"not": {"title": "anything"}},
        {"not": {"anyOf": [{"type": "string"}, {}]}},
        {"not": {"type": ["null", "boolean", "object", "array", "string", "number"]}},
        {"not": {"not": False}},
        {"enum": []},
        {"const": 1, "type": "string"},
        {"const": 1, "enum": [2]},
        {"enum": ["a"], "type": "integer"},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": [False, {"not": {}}]},
        {"oneOf": [True, {}]},
        {"if": True, "then": False},
        {"if": False, "else": False},
        {"type": "number", "minimum": 3, "maximum": 1},
        {"type": "integer", "exclusiveMinimum": 1, "maximum": 1},
        {"type": "string", "minLength": 3, "maxLength": 1},
        {"type": "array", "minItems": 2, "maxItems": 1},
        {"type": "array", "minItems": 1, "items": False},
        {"type": "object", "minProperties": 2, "maxProperties": 1},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"type": "object", "required": ["a", "b"], "maxProperties": 1},
        {"$ref": "#/$defs/a", "$defs": {"a": False}},
    ],
)
def test_a_schema_that_allows_nothing_is_found(schema: dict[str, Any]) -> None:
    assert is_impossible(schema, schema)
    assert not any(is_valid(schema, value) for value in VALUES)


@pytest.mark.parametrize("seed", range(20))
def test_no_schema_that_allows_a_value_is_taken_for_one_that_allows_nothing(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a test's own dice
    schemas = [{"allOf": [_schema(rng, 4)]} for _ in range(60)]

    wrong = [
        (schema, value)
        for schema in schemas
        if is_impossible(schema, schema)
        for value in VALUES
        if is_valid(schema, value)
    ]

    assert not wrong


def _schema(rng: random.Random, levels: int) -> Any:
    """Any schema, with as many contradictions as chance will have it."""
    if levels == 0 or rng.random() < 0.15:
        plain: list[Any] = [
            True,
            False,
            {},
            {"type": "string"},
            {"type": ["null", "object"]},
            {"const": rng.choice(VALUES)},
        ]
        return rng.choice(plain)
    made: dict[str, Callable[[], Any]] = {
        "not": lambda: _schema(rng, levels - 1),
        "items": lambda: _schema(rng, levels - 1),
        "additionalProperties": lambda: _schema(rng, levels - 1),
        "if": lambda: _schema(rng, levels - 1),
        "then": lambda: _schema(rng, levels - 1),
        "else": lambda: _schema(rng, levels - 1),
        "properties": lambda: {"a": _schema(rng, levels - 1)},
        **{name: lambda: [_schema(rng, levels - 1) for _ in range(2)] for name in ("allOf", "anyOf", "oneOf")},
        **{name: lambda: rng.randint(-1, 2) for name in ("minimum", "maximum", "exclusiveMaximum")},
        **{name: lambda: rng.randint(0, 3) for name in ("minLength", "maxLength", "minItems", "maxItems")},
        "type": lambda: rng.choice(["string", "number", "object", "array"]),
        "required": lambda: rng.sample(["a", "b"], rng.randint(1, 2)),
        "enum": lambda: rng.sample(VALUES, 2),
    }
    return {name: made[name]() for name in rng.sample(sorted(made), rng.randint(1, 3))}


LARGE: dict[str, Any] = {"anyOf": [{"type": "string", "minLength": at} for at in range(250)]}
COSTLY: dict[str, Any] = {"allOf": [{"$ref": "#/$defs/a"}] * 70, "$defs": {"a": {"uniqueItems": True}}}
MANY = [{"a": [at]} for at in range(450)]


async def test_a_child_that_computes_too_long_ends_and_the_next_request_gets_another() -> None:
    checker = SchemaChecker(idle_seconds=0.5)
    await checker.check_schema(LARGE, "ann")

    with capture_logs() as logged:
        error = await checker.find_error(COSTLY, MANY, "ann")

    assert [(event["event"], event["reason"]) for event in logged] == [("schema.too_costly", "SIGPROF")]
    assert error is not None
    assert "too many for a schema of this size" in error
    assert await checker.find_error({"type": "integer"}, "x", "ann") == "at the top: 'x' is not of type 'integer'"
    await asyncio.sleep(3)
    assert not [child for child in psutil.Process().children() if "json_schema" in " ".join(child.cmdline())]


async def test_a_child_that_is_killed_costs_its_own_request_alone() -> None:
    checker = SchemaChecker(idle_seconds=5)
    await checker.check_schema(LARGE, "ann")
    for child in psutil.Process().children():
        if "json_schema" in " ".join(child.cmdline()):
            child.send_signal(signal.SIGKILL)

    with pytest.raises(SchemaRefused):
        await checker.check_schema(LARGE, "ann")

    await checker.check_schema(LARGE, "ann")


async def test_one_owner_s_large_schemas_leave_room_for_another_s() -> None:
    checker = SchemaChecker(idle_seconds=0.5)
    mine = [asyncio.create_task(checker.check_schema(LARGE, "ann")) for _ in range(12)]
    bobs = asyncio.create_task(checker.check_schema(LARGE, "bob"))

    ended = await asyncio.gather(*mine, bobs, return_exceptions=True)

    assert ended[-1] is None
    assert sum(isinstance(one, CheckerBusy) for one in ended) >= 8
    assert sum(one is None for one in ended) >= 2


async def test_a_small_schema_takes_a_few_milliseconds() -> None:
    checker = SchemaChecker()
    small = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^[A-Z]{3}$"}}, "required": ["a"]}
    await checker.check_schema(small, "ann")
    times = []
    for _ in range(20):
        started = perf_counter()
        await checker.check_schema(small, "ann")
        times.append(perf_counter() - started)

    assert sorted(times)[5] < 0.01
