"""
Which types of value a schema leaves possible: none, and no answer can ever be valid.

This finds the plain contradictions (false, `not: {}`, empty enums, bounds that cross, alternatives that all fail), not
every one: that question is hard in general.
"""

import math
from typing import Any

from nexus.ai.json_schema.bounds import ANNOTATIONS, Schema

FRACTION = "fraction"  # a number that is no integer
ALL = frozenset({"null", "boolean", "object", "array", "string", "integer", FRACTION})
NUMBERS = frozenset({"integer", FRACTION})
NONE: frozenset[str] = frozenset()

CROSSING = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


def is_impossible(schema: object, top: Schema) -> bool:
    """Whether a schema plainly allows no value. The schema has to be valid, and without recursion."""
    return not possible_types(schema, top)


def possible_types(schema: object, top: Schema) -> frozenset[str]:
    """The types that a value may have."""
    if not isinstance(schema, dict):
        return NONE if schema is False else ALL
    types = _named(schema) - _crossed(schema, top)
    if "enum" in schema:
        types &= {_type_of(value) for value in schema["enum"]}
    if "const" in schema:
        types &= {_type_of(schema["const"])}
        if "enum" in schema and not any(_equal(schema["const"], value) for value in schema["enum"]):
            return NONE
    if "$ref" in schema:
        types &= possible_types(top["$defs"][schema["$ref"].rpartition("/")[2]], top)
    for part in schema.get("allOf", ()):
        types &= possible_types(part, top)
    for keyword in {"anyOf", "oneOf"} & schema.keys():
        types &= frozenset().union(*(possible_types(part, top) for part in schema[keyword]))
    if sum(_accepts_all(part, top) for part in schema.get("oneOf", ())) > 1:
        return NONE
    return types & _conditional(schema, top) - _excluded(schema.get("not", False), top)


def _conditional(schema: Schema, top: Schema) -> frozenset[str]:
    """The types that are left by `then` or `else`, where it is plain which of them holds."""
    if "if" not in schema:
        return ALL
    if "then" in schema and _accepts_all(schema["if"], top):
        return possible_types(schema["then"], top)
    if "else" in schema and is_impossible(schema["if"], top):
        return possible_types(schema["else"], top)
    return ALL


def _named(schema: Schema) -> frozenset[str]:
    named = schema.get("type", [*ALL, "number"])
    named = {named} if isinstance(named, str) else set(named)
    return frozenset(named & ALL) | (NUMBERS if "number" in named else NONE)


def _crossed(schema: Schema, top: Schema) -> frozenset[str]:
    """The types whose own bounds leave no value."""
    crossed = {kind for kind, (low, high) in CROSSING.items() if schema.get(low, 0) > schema.get(high, math.inf)}
    low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
    if low > high or (low == high and low in {schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")}):
        crossed |= NUMBERS
    required = schema.get("required", ())
    if len(set(required)) > schema.get("maxProperties", math.inf):
        crossed.add("object")
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    known = [properties[name] for name in required if name in properties]
    wanted = [*known, others] if len(known) < len(required) else known
    if any(is_impossible(part, top) for part in wanted):
        crossed.add("object")
    if schema.get("minItems", 0) > len(schema.get("prefixItems", ())) and is_impossible(schema.get("items", True), top):
        crossed.add("array")
    return frozenset(crossed)


def _excluded(schema: object, top: Schema) -> frozenset[str]:
    """The types of which `not` with this schema leaves no value."""
    if _accepts_all(schema, top):
        return ALL
    only_types = isinstance(schema, dict) and schema.keys() <= ANNOTATIONS | {"type"}
    return _named(schema) if only_types and isinstance(schema, dict) else NONE


def _accepts_all(schema: object, top: Schema) -> bool:
    """Whether a schema plainly allows every value."""
    if not isinstance(schema, dict):
        return schema is True
    asserted = schema.keys() - ANNOTATIONS - {"$defs"}
    if asserted - {"type", "allOf", "anyOf", "not", "$ref"}:
        return False
    parts = [*schema.get("allOf", ())]
    if "$ref" in schema:
        parts.append(top["$defs"][schema["$ref"].rpartition("/")[2]])
    return (
        _named(schema) == ALL
        and all(_accepts_all(part, top) for part in parts)
        and any(_accepts_all(part, top) for part in schema.get("anyOf", [True]))
        and is_impossible(schema.get("not", False), top)
    )


def _type_of(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, float) and not value.is_integer():
        return FRACTION
    kinds = {int: "integer", float: "integer", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]


def _equal(one: Any, other: Any) -> bool:
    return bool(_type_of(one) == _type_of(other) and one == other)
