"""The kinds of value that several job types take, each with what it refuses and the words it says then."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from nexus.core.text import has_visible

SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_TEXT = 50_000  # Unicode code points

# What a pattern can say of `_readable`, for descriptions: no NUL, and something that is no space. It is never run here.
DESCRIBED = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


def _readable(value: object) -> object:
    """
    Refuse what cannot be worked on, or not be stored, and say so in plain words.

    PostgreSQL stores neither NUL nor half a surrogate pair. `str` counts code points: an emoji of one code
    point is one character.
    """
    if not isinstance(value, str):
        raise PydanticCustomError("text_type", "Give a text, as a JSON string.")
    if not value.strip():
        raise PydanticCustomError("text_empty", "Give a text of at least one character that is not a space.")
    if len(value) > LONGEST_TEXT:
        raise PydanticCustomError(
            "text_too_long",
            "Give a text of at most {limit} characters; this one has {length}.",
            {"limit": LONGEST_TEXT, "length": len(value)},
        )
    if "\0" in value:
        raise PydanticCustomError("text_nul", "Remove the NUL characters (U+0000) from the text.")
    if SURROGATE.search(value):
        raise PydanticCustomError("text_surrogate", "Send whole characters: the text has half a surrogate pair.")
    if not has_visible(value):
        raise PydanticCustomError(
            "text_invisible", "Give a text with at least one visible character; nobody can see anything of this one."
        )
    return value


Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_TEXT,
        json_schema_extra={"pattern": DESCRIBED},
        description=f"The text, in any language: 1 to {LONGEST_TEXT} code points, at least one of them visible.",
    ),
    BeforeValidator(_readable),
]
