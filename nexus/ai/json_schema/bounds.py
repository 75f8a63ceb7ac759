"""
The bounds of a schema: keywords, references, levels, sizes, numbers and patterns.

A schema is read as JSON Schema (Draft 2020-12) with the keywords of ACCEPTED, without recursion and without references
beyond itself. Every check here takes time in proportion to the schema's length.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nexus.ai.json_schema.patterns import MAX_PATTERN, pattern_cost
from nexus.ai.json_schema.refused import SchemaRefused

MAX_SCHEMA = 10_000  # characters of JSON
MAX_LEVELS = 24  # of JSON
MAX_SUBSCHEMAS = 400  # and entries of enums, every reference followed
MAX_NAMES = 200  # entries of `required`, and of one list of `dependentRequired`
MAX_PATTERNS = 10
MAX_PATTERN_COST = 3_000  # of all patterns together: about 50 ms and 15 MB to compile
LARGEST_NUMBER = 10**15
SMALLEST_NUMBER = 1e-15

SINGLE = frozenset({"items", "not", "if", "then", "else", "contains", "additionalProperties", "propertyNames"})
LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED = frozenset({"properties", "$defs"})
ANNOTATIONS = frozenset(
    {
        *("$schema", "$comment", "title", "description", "default", "examples"),
        *("deprecated", "readOnly", "writeOnly", "format"),
    }
)
PLAIN = frozenset(
    {
        *("type", "enum", "const", "required", "dependentRequired", "minProperties", "maxProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains"),
    }
)
ACCEPTED = SINGLE | LISTED | NAMED | ANNOTATIONS | PLAIN | {"$ref"}
TYPES = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})
OWN_DEFINITION = re.compile(r"#/\$defs/([A-Za-z0-9_.-]{1,80})")
SURROGATE = re.compile("[\ud800-\udfff]")

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class SchemaSize:
    """How much work a schema is: subschemas with every reference followed, and what its patterns compile to."""

    subschemas: int
    pattern_cost: int


def check_values(value: object) -> None:
    """Refuse what is no schema, is too long or too deep, or holds what PostgreSQL or a JSON reader does not take."""
    if not isinstance(value, dict):
        raise SchemaRefused("Give a JSON Schema, as a JSON object.")
    left = MAX_SCHEMA
    waiting: list[tuple[object, str, int]] = [(value, "", 1)]
    while waiting:
        found, place, level = waiting.pop()
        left -= _check_value(found, place, level)
        if isinstance(found, dict) and len(found) <= MAX_SCHEMA:
            left -= sum(_check_value(key, place, level) for key in found)
            waiting.extend((within, f"{place}/{key[:80]}", level + 1) for key, within in found.items())
        elif isinstance(found, list) and len(found) <= MAX_SCHEMA:
            waiting.extend((within, f"{place}/{at}", level + 1) for at, within in enumerate(found))
        if left < 0 or (isinstance(found, dict | list) and len(found) > MAX_SCHEMA):
            raise SchemaRefused(f"Give a schema of at most {MAX_SCHEMA} characters of JSON.")


def _check_value(value: object, place: str, level: int) -> int:
    """Check one value without those within it. Returns the least number of characters that it takes as JSON."""
    if level > MAX_LEVELS:
        raise SchemaRefused(f"Give a schema of at most {MAX_LEVELS} levels; it is deeper at {{place}}.", place)
    if isinstance(value, str):
        if "\0" in value or SURROGATE.search(value):
            raise SchemaRefused("Remove the NUL characters and half surrogate pairs at {place}.", place)
        return len(value) + 2
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            raise SchemaRefused(f"Give numbers of at most {LARGEST_NUMBER} at {{place}}.", place)
        if value and abs(value) < SMALLEST_NUMBER:
            raise SchemaRefused(f"Give numbers of at least {SMALLEST_NUMBER}, or 0, at {{place}}.", place)
    return 2


def check_bounds(schema: Schema) -> SchemaSize:
    """Refuse keywords that are not accepted, references out of the schema, recursion, and whatever is too much."""
    costs: list[int] = []
    _check_keywords(schema, "", costs)
    if len(costs) > MAX_PATTERNS:
        raise SchemaRefused(f"Give a schema of at most {MAX_PATTERNS} patterns; this one has {len(costs)}.")
    if sum(costs) > MAX_PATTERN_COST:
        raise SchemaRefused(
            "The patterns are too large once their repeats are written out. Repeat less often, or bound lengths with "
            "maxLength instead."
        )
    return SchemaSize(count_subschemas(schema, schema, ()), sum(costs))


def _check_keywords(schema: object, place: str, costs: list[int]) -> None:
    if not isinstance(schema, dict):
        return  # true and false are schemas; the draft refuses everything else
    for keyword in schema.keys() - ACCEPTED:
        raise SchemaRefused(f"The keyword '{_quoted(keyword)}' at {{place}} is not taken here.", place)
    if not OWN_DEFINITION.fullmatch(str(schema.get("$ref", "#/$defs/none"))):
        raise SchemaRefused("The $ref at {place} has to name one of the schema's own $defs: #/$defs/name.", place)
    if place and "$defs" in schema:
        raise SchemaRefused("Put $defs at the top of the schema; {place} has some, too.", place)
    _check_lists(schema, place)
    if "pattern" in schema:
        pattern = str(schema["pattern"])
        if len(pattern) > MAX_PATTERN:
            raise SchemaRefused(f"Give a pattern of at most {MAX_PATTERN} characters at {{place}}.", place)
        costs.append(pattern_cost(pattern, place))
    for name, within in subschemas_of(schema):
        _check_keywords(within, f"{place}/{name}", costs)


def _check_lists(schema: Schema, place: str) -> None:
    """Bound the lists that the draft wants unique: to compare each entry with each other takes the square of them."""
    types = schema.get("type")
    if isinstance(types, list) and len(types) > len(TYPES):
        raise SchemaRefused(f"Give a type of at most {len(TYPES)} names at {{place}}.", place)
    dependent = schema.get("dependentRequired")
    named = [schema.get("required"), *(dependent.values() if isinstance(dependent, dict) else ())]
    if any(isinstance(names, list) and len(names) > MAX_NAMES for names in named):
        raise SchemaRefused(f"Name at most {MAX_NAMES} required properties at {{place}}.", place)


def _quoted(name: str) -> str:
    return name[:40].replace("{", "{{").replace("}", "}}")


def subschemas_of(schema: Schema) -> Iterator[tuple[str, Any]]:
    """The schemas directly within a schema, each with its place."""
    for keyword, value in schema.items():
        if keyword in SINGLE:
            yield keyword, value
        elif keyword in LISTED and isinstance(value, list):
            yield from ((f"{keyword}/{at}", within) for at, within in enumerate(value))
        elif keyword in NAMED and isinstance(value, dict):
            yield from ((f"{keyword}/{name}", within) for name, within in value.items())


def count_subschemas(schema: object, top: Schema, following: tuple[str, ...]) -> int:
    """How many schemas a value may have to be compared with, every reference followed; recursion is refused."""
    if not isinstance(schema, dict):
        return 1
    used = [within for name, within in subschemas_of(schema) if not name.startswith("$defs/")]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in following:
            raise SchemaRefused(f"The definition '{name}' refers to itself; recursion is not taken here.")
        if not isinstance(top.get("$defs"), dict) or name not in top["$defs"]:
            raise SchemaRefused(f"The schema has no definition '{name}'.")
        used.append(top["$defs"][name])
        following = (*following, name)
    count = 1 + len(schema["enum"] if isinstance(schema.get("enum"), list) else ())
    for within in used:
        if count > MAX_SUBSCHEMAS:
            break
        count += count_subschemas(within, top, following)
    if count > MAX_SUBSCHEMAS:
        raise SchemaRefused(f"Give a schema of at most {MAX_SUBSCHEMAS} subschemas, references followed.")
    return count
