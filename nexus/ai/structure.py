"""
The part of a shape's JSON schema that every provider takes.

Providers answer 400 to some bounds (lengths, ranges, counts), and which ones differs by model, so only the structure is
sent: pydantic checks the bounds. What a model must know of them belongs into a field's description. Examples are
left out as well: a model copies them.
"""

from typing import Any

from pydantic import BaseModel

STRUCTURE = frozenset({"type", "description", "required", "enum", "additionalProperties", "$ref"})
ONE_WITHIN = frozenset({"items"})
LISTED_WITHIN = frozenset({"anyOf", "prefixItems"})
NAMED_WITHIN = frozenset({"properties", "$defs"})


def structure_of(shape: type[BaseModel]) -> dict[str, Any] | None:
    """
    Return the shape's JSON schema without its bounds, examples and titles.

    None for a shape with a field that may hold anything: no provider takes such a schema, so its answers are asked
    for as JSON, and the prompt has to say of what kind.
    """
    schema = shape.model_json_schema()
    return None if _says_nothing(schema) else _structure(schema)


def _structure(schema: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in STRUCTURE:
            kept[key] = _structure(value) if isinstance(value, dict) else value
        elif key in ONE_WITHIN:
            kept[key] = _structure(value)
        elif key in LISTED_WITHIN:
            kept[key] = [_structure(one) for one in value]
        elif key in NAMED_WITHIN:
            kept[key] = {name: _structure(one) for name, one in value.items()}
        elif key == "const":
            kept["enum"] = [value]
    return kept


def _says_nothing(schema: dict[str, Any]) -> bool:
    """Whether the schema, or one of its fields, says nothing of what a value looks like."""
    fields = schema.get("properties", {}).values()
    told = {"type", "$ref", "anyOf", "enum", "const", "allOf"}
    return not told.intersection(schema) or any(_says_nothing(field) for field in fields)
