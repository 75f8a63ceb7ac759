"""
The type of a job's output: one of the outputs of all job types, or that of a job type that came later.

A field says with `ANY_OUTPUT` that it holds one. The routes only know that it is an object.
"""

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

MARK = "x-any-output"
ANY_OUTPUT: Schema = {MARK: True}
OTHER = "OtherOutput"
OTHER_OUTPUT: Schema = {
    "type": "object",
    "description": "The output of a job type that this document does not know: it came later.",
    "additionalProperties": True,
}
NULL: Schema = {"type": "null"}


def add_output_types(shapes: dict[str, Schema], references: Iterable[str]) -> None:
    """Replace the type of each marked field by a choice of these outputs, null where the field may be null."""
    choices = [{"$ref": reference} for reference in sorted(references)]
    marked = [
        field for shape in shapes.values() for field in shape.get("properties", {}).values() if field.pop(MARK, False)
    ]
    for field in marked:
        nullable = NULL in field.get("anyOf", [])
        for word in ("anyOf", "type", "additionalProperties"):
            field.pop(word, None)
        field["anyOf"] = [*choices, {"$ref": f"#/components/schemas/{OTHER}"}, *([NULL] if nullable else [])]
    if marked:
        shapes[OTHER] = OTHER_OUTPUT
