"""
Judging a schema by the draft, and data by a schema. What this does runs in a process or thread beside the event loop.

Importing this module loads jsonschema (about 10 MB).

Patterns are matched by Pydantic's engine, whose time is linear in the text. Nothing compiled is kept: the customer
would choose how much memory that takes.
"""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError as Invalid
from jsonschema.exceptions import ValidationError as Wrong
from jsonschema.validators import extend
from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

from nexus.ai.json_schema.bounds import Schema, SchemaSize, check_bounds, check_values, subschemas_of
from nexus.ai.json_schema.refused import MAX_MESSAGE, TOO_MUCH, SchemaRefused
from nexus.ai.json_schema.types import is_impossible

NO_FORMATS = FormatChecker(formats=())
MAX_DATA = 100_000  # characters of JSON
MAX_CHECKS = 200_000  # subschemas times values: about a second
MAX_UNIQUE_ITEMS = 500  # of a list that are to be unique: each is compared with each

UNREADABLE = "the data hold a number or a depth that cannot be judged"


def check_schema(schema: Any) -> SchemaSize:
    """Check a schema whole, and return its size. Raises SchemaRefused."""
    check_values(schema)
    size = check_bounds(schema)
    _check_by_the_draft(schema)
    _compile_patterns(schema, "")
    if is_impossible(schema, schema):
        raise SchemaRefused("No value can be valid against this schema: it contradicts itself, or allows nothing.")
    return size


def find_error(schema: Any, data: Any) -> str | None:
    """
    Find the first error of data against a schema, as a sentence, or None when they are valid.

    Raises SchemaRefused: a schema may have been accepted by an earlier release.
    """
    size = check_schema(schema)
    if len(json.dumps(data, ensure_ascii=False)) > MAX_DATA or _count_values(data) * size.subschemas > MAX_CHECKS:
        return TOO_MUCH
    try:
        error = next(_validator(schema)(data), None)
    except (ArithmeticError, RecursionError, ValueError):
        return UNREADABLE
    if error is None:
        return None
    place = "/".join(map(str, error.absolute_path)) or "the top"
    return f"at {place}: {error.message}"[:MAX_MESSAGE]


def _check_by_the_draft(schema: Schema) -> None:
    try:
        # Formats are left out: the checker would compile each pattern as one of Python's.
        Draft202012Validator.check_schema(schema, format_checker=NO_FORMATS)
    except Invalid as error:
        where, message = "/".join(map(str, error.absolute_path)), error.message[:MAX_MESSAGE]
        message = message.replace("{", "{{").replace("}", "}}")
        raise SchemaRefused(f"This is not JSON Schema, Draft 2020-12, at {{place}}: {message}", where) from None


def _compile_patterns(schema: object, place: str) -> None:
    if not isinstance(schema, dict):
        return
    if "pattern" in schema:
        try:
            _compile(schema["pattern"])
        except SchemaError:
            message = "Write the pattern at {place} without look-around and back-references."
            raise SchemaRefused(message, place) from None
    for name, within in subschemas_of(schema):
        _compile_patterns(within, f"{place}/{name}")


def _compile(pattern: str) -> SchemaValidator:
    """Compile for an engine that never backtracks: Python's own may take for ever over a pattern from outside."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _validator(schema: Schema) -> Callable[[Any], Iterator[Any]]:
    """What finds the errors in data: the draft's own rules but for those that take too long, or round decimals."""
    own_unique: Any = Draft202012Validator.VALIDATORS["uniqueItems"]
    compiled: dict[str, SchemaValidator] = {}

    def match(_: object, pattern: str, value: object, __: object) -> Iterator[Any]:
        if isinstance(value, str):
            if pattern not in compiled:
                compiled[pattern] = _compile(pattern)
            try:
                compiled[pattern].validate_python(value)
            except ValidationError:
                yield Wrong(f"does not match the pattern {pattern}")

    def unique(validator: Any, wanted: object, value: object, within: Schema) -> Iterator[Any]:
        if isinstance(value, list) and len(value) > MAX_UNIQUE_ITEMS:
            yield Wrong(f"has more than {MAX_UNIQUE_ITEMS} items, too many to tell whether they are unique")
        else:
            yield from own_unique(validator, wanted, value, within) or ()

    def multiple(_: object, step: float, value: object, __: object) -> Iterator[Any]:
        if _is_number(value) and (_exact(value) / _exact(step)).denominator != 1:
            yield Wrong(f"{value!r} is not a multiple of {step}")

    rules = {"pattern": match, "uniqueItems": unique, "multipleOf": multiple}
    own: Any = extend(Draft202012Validator, rules)  # type: ignore[no-untyped-call]  # its stubs give no hints
    errors_in: Callable[[Any], Iterator[Any]] = own(schema).iter_errors
    return errors_in


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exact(number: Any) -> Fraction:
    """A number as its shortest decimal says it: 19.99 is a multiple of 0.01, though neither is exact in binary."""
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


def _count_values(data: object) -> int:
    """How many values there are in data, those within others included."""
    within = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return 1 + sum(map(_count_values, within))
