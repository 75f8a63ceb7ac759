"""What a provider is told of a shape: its structure, and nothing that it might answer with 400."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from nexus.ai.structure import structure_of


class Mood(StrEnum):
    """How a text sounds."""

    GLAD = "glad"
    SAD = "sad"


class Topic(BaseModel):
    """What a text is about; one field is called like a keyword."""

    model_config = ConfigDict(extra="forbid")

    maximum: Annotated[float, Field(ge=0, le=1, description="From 0 to 1.")]


class Findings(BaseModel):
    """A shape with everything in it."""

    kind: Literal["findings"]
    mood: Mood
    topics: Annotated[list[Topic], Field(min_length=1, max_length=5)]
    remark: Annotated[str | None, Field(max_length=80, pattern="^[A-Z]")]
    scores: dict[str, Annotated[int, Field(gt=0)]]


def test_the_structure_of_a_shape_is_kept_and_its_bounds_are_not() -> None:
    assert structure_of(Findings) == {
        "type": "object",
        "description": "A shape with everything in it.",
        "properties": {
            "kind": {"type": "string", "enum": ["findings"]},
            "mood": {"$ref": "#/$defs/Mood"},
            "topics": {"type": "array", "items": {"$ref": "#/$defs/Topic"}},
            "remark": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "scores": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["kind", "mood", "topics", "remark", "scores"],
        "$defs": {
            "Mood": {"type": "string", "description": "How a text sounds.", "enum": ["glad", "sad"]},
            "Topic": {
                "type": "object",
                "description": "What a text is about; one field is called like a keyword.",
                "additionalProperties": False,
                "properties": {"maximum": {"type": "number", "description": "From 0 to 1."}},
                "required": ["maximum"],
            },
        },
    }
