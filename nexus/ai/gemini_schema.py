"""
The part of a shape's JSON schema that Gemini takes.

It answers 400 to some bounds (lengths, ranges, counts), and which ones differs by model, so only the structure is
sent: pydantic checks the bounds. What a model must know of them belongs into a field's description. Examples are
left out as well: a model copies them.
"""

from typing import Any

from pydantic import BaseModel

STRUCTURE = frozenset({"type", "description", "required", "enum", "additionalProperties", "$ref"})
ONE_WITHIN = frozenset({"items"})
LISTED_WITHIN = frozenset({"anyOf", "prefixItems"})
NAMED_WITHIN = frozenset({"properties", "$defs"})


def structure_of(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the shape's JSON schema without its bounds, examples and titles."""
    return _structure(shape.model_json_schema())


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
