"""Examples of shapes: a shape that has one of its own is shown by that, the others by what they are made of."""

from typing import Any

Schema = dict[str, Any]

AN_ID = "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f"
A_REQUEST_ID = "019f9b1c7a5e7c0e8d2f4b6a8c0e1d3f"
OF_FORMAT = {
    "uuid": AN_ID,
    "date-time": "2026-11-20T09:12:27.212938Z",
    "date": "2026-11-20",
    "email": "ann@acme.test",
    "uri": "https://acme.test/hooks",
}
OF_TYPE: dict[str, Any] = {"boolean": True, "null": None, "integer": 1, "number": 1, "object": {}, "string": "text"}
CHOICES = ("anyOf", "oneOf")


def sample(schema: Schema, schemas: dict[str, Schema]) -> Any:
    """A value of this schema; `schemas` are those that it may refer to."""
    schema = resolved(schema, schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    choices = next((schema[word] for word in CHOICES if word in schema), None)
    if choices:
        return sample(choices[0], schemas)
    for word in ("const", "default"):
        if schema.get(word) is not None:
            return schema[word]
    return schema["enum"][0] if "enum" in schema else _of_type(schema, schemas)


def with_nulls(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """The schema with whole examples: the framework drops what is null in them, and the order of the fields."""
    if not schema.get("properties") or "examples" not in schema:
        return schema
    return schema | {"examples": [with_null_fields(example, schema, schemas) for example in schema["examples"]]}


def with_null_fields(example: Any, schema: Schema, schemas: dict[str, Schema]) -> Any:
    """The example with every required field of its schema, in the schema's order, and the same within it."""
    if not isinstance(example, dict):
        return example
    choices = [resolved(one, schemas) for word in CHOICES for one in schema.get(word, [])] or [
        resolved(schema, schemas)
    ]
    fitting = next((one for one in choices if {*example} <= {*one.get("properties", ())}), None)
    if fitting is None:
        return example
    required = fitting.get("required", ())
    return {
        name: with_null_fields(example.get(name), field, schemas)
        for name, field in fitting["properties"].items()
        if name in example or name in required
    }


def resolved(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """The schema itself, where this one only refers to it."""
    if "$ref" not in schema:
        return schema
    return resolved(schemas[schema["$ref"].rpartition("/")[2]], schemas)


def _of_type(schema: Schema, schemas: dict[str, Schema]) -> Any:
    if "properties" in schema:
        return {name: sample(inner, schemas) for name, inner in schema["properties"].items()}
    if schema.get("type") == "array":
        return [sample(schema["items"], schemas)]
    if schema.get("format") in OF_FORMAT:
        return OF_FORMAT[schema["format"]]
    return schema.get("minimum", OF_TYPE[schema.get("type", "object")])
