"""
Extract data from a text, in the shape of a schema of the caller's.

The schema is somebody else's programme. It is read as JSON Schema (Draft 2020-12) with the keywords of TAKEN, without
recursion, without references beyond itself, and within bounds that keep every validation short. Patterns are matched by
Pydantic's engine, whose time is linear in the text.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, LiteralString

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError, SchemaError, SchemaValidator, core_schema

from nexus.ai.fence import fence
from nexus.ai.model import LanguageModel
from nexus.jobs.catalogue import job_type
from nexus.jobs.inputs import Text

PROMPT_VERSION = "extract-1"
PROMPT = """\
Extract data from a text. Answer with one JSON object that has one field, "data". Its value has to be valid against \
the JSON schema below and hold only what the text says. Where the schema allows it, leave out or set to null what the \
text does not say; invent nothing.

The JSON schema:
{schema}

{text}

Extract the data from the text above as {{"data": ...}}."""

LONGEST_SCHEMA = 10_000  # characters of JSON
DEEPEST = 24  # levels of JSON in the schema
MOST_SUBSCHEMAS = 400  # and entries of enums, every reference followed
LARGEST_NUMBER = 10**15
LONGEST_PATTERN = 200
LONGEST_DATA = 100_000  # characters of JSON
MOST_CHECKS = 200_000  # subschemas times values: about a second
MOST_COMPARED = 500  # items of a list that are to be unique: each is compared with each
LONGEST_COMPLAINT = 300

ONE = frozenset({"items", "not", "if", "then", "else", "contains", "additionalProperties", "propertyNames"})
LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED = frozenset({"properties", "$defs"})
PLAIN = frozenset(
    {
        *("$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"),
        *("type", "enum", "const", "format", "required", "dependentRequired", "minProperties", "maxProperties"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains"),
    }
)
TAKEN = ONE | LISTED | NAMED | PLAIN | {"$ref"}
OWN_DEFINITION = re.compile(r"#/\$defs/([A-Za-z0-9_.-]{1,80})")

EXAMPLE: JsonDict = {
    "text": "Ms Vogt ordered 12 chairs on 4 May.",
    "schema": {
        "type": "object",
        "properties": {"customer": {"type": "string"}, "chairs": {"type": "integer", "minimum": 0}},
        "required": ["customer", "chairs"],
    },
}
EXAMPLE_OUTPUT: JsonDict = {"data": {"customer": "Ms Vogt", "chairs": 12}}

Schema = Mapping[str, Any]


def _refused(why: LiteralString, where: str = "", **facts: object) -> PydanticCustomError:
    return PydanticCustomError("schema_refused", why, {"where": where[:LONGEST_COMPLAINT] or "its top", **facts})


def _taken(value: object) -> object:
    """Refuse a schema that is none, or that could make a validation slow or reach out, and say which it was."""
    if not isinstance(value, dict):
        raise _refused("Give a JSON Schema, as a JSON object.")
    _judge_values(value, "", DEEPEST)
    length = len(json.dumps(value))
    if length > LONGEST_SCHEMA:
        raise _refused(
            "Give a schema of at most {most} characters; this one has {length}.", most=LONGEST_SCHEMA, length=length
        )
    _judge_keywords(value, "")
    _size(value, value, ())
    _judge_by_the_draft(value)
    return value


def _judge_values(value: object, where: str, levels: int) -> None:
    """Refuse what PostgreSQL cannot keep, numbers that not every reader takes, and too many levels."""
    if levels == 0:
        raise _refused("Give a schema of at most {most} levels; it is deeper at {where}.", where, most=DEEPEST)
    if isinstance(value, str) and any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value):
        raise _refused("Remove the NUL characters and half surrogate pairs at {where}.", where)
    if isinstance(value, int | float) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise _refused("Give numbers of at most {most} at {where}.", where, most=LARGEST_NUMBER)
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, within in entries:
        _judge_values(key, where, levels)
        _judge_values(within, f"{where}/{key}", levels - 1)


def _judge_keywords(schema: object, where: str) -> None:
    """Refuse keywords that are not taken, references out of the schema, and patterns that cannot be matched in time."""
    if not isinstance(schema, dict):
        return  # true and false are schemas; whatever else is none is refused by the draft
    for keyword in schema.keys() - TAKEN:
        raise _refused("The keyword '{keyword}' at {where} is not taken here.", where, keyword=keyword[:40])
    if not OWN_DEFINITION.fullmatch(str(schema.get("$ref", "#/$defs/none"))):
        raise _refused("The $ref at {where} has to name one of the schema's own $defs: #/$defs/name.", where)
    if where and "$defs" in schema:
        raise _refused("Put $defs at the top of the schema; {where} has some, too.", where)
    pattern = str(schema.get("pattern", ""))
    if len(pattern) > LONGEST_PATTERN:
        raise _refused("Give a pattern of at most {most} characters at {where}.", where, most=LONGEST_PATTERN)
    try:
        _matcher(pattern)
    except SchemaError:
        raise _refused("Write the pattern at {where} without look-around and back-references.", where) from None
    for name, within in _within(schema):
        _judge_keywords(within, f"{where}/{name}")


def _within(schema: Schema) -> Iterator[tuple[str, Any]]:
    """The schemas directly within a schema, each with its place."""
    for keyword, value in schema.items():
        if keyword in ONE:
            yield keyword, value
        elif keyword in LISTED and isinstance(value, list):
            yield from ((f"{keyword}/{at}", one) for at, one in enumerate(value))
        elif keyword in NAMED and isinstance(value, dict):
            yield from ((f"{keyword}/{name}", one) for name, one in value.items())


def _size(schema: object, top: Schema, following: tuple[str, ...]) -> int:
    """How many schemas a value may have to be compared with, every reference followed; a circle is refused."""
    if not isinstance(schema, dict):
        return 1
    used = [within for name, within in _within(schema) if not name.startswith("$defs/")]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in following:
            raise _refused("The definition '{name}' refers to itself; recursion is not taken here.", name=name)
        if not isinstance(top.get("$defs"), dict) or name not in top["$defs"]:
            raise _refused("The schema has no definition '{name}'.", name=name)
        used.append(top["$defs"][name])
        following = (*following, name)
    size = 1 + len(schema["enum"] if isinstance(schema.get("enum"), list) else ())
    for within in used:
        size += _size(within, top, following)
        if size > MOST_SUBSCHEMAS:
            break
    if size > MOST_SUBSCHEMAS:
        raise _refused("Give a schema of at most {most} subschemas, references followed.", most=MOST_SUBSCHEMAS)
    return size


def _judge_by_the_draft(schema: Schema) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError as Invalid

    try:
        Draft202012Validator.check_schema(schema)
    except Invalid as error:
        where, told = "/".join(map(str, error.absolute_path)), error.message[:LONGEST_COMPLAINT]
        raise _refused("This is not JSON Schema, Draft 2020-12, at {where}: {told}", where, told=told) from None


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> SchemaValidator:
    """A matcher that never backtracks: Python's own may take for ever over a pattern from outside."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _validator(schema: Schema) -> Callable[[Any], Iterator[Any]]:
    """What finds the errors in data: the draft's own rules but for the two whose time could grow beyond all bounds."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError as Wrong
    from jsonschema.validators import extend

    own_unique: Any = Draft202012Validator.VALIDATORS["uniqueItems"]

    def match(_: object, pattern: str, value: object, __: object) -> Iterator[Any]:
        if isinstance(value, str):
            try:
                _matcher(pattern).validate_python(value)
            except ValidationError:
                yield Wrong(f"does not match the pattern {pattern}")

    def unique(validator: Any, wanted: object, value: object, within: Schema) -> Iterator[Any]:
        if isinstance(value, list) and len(value) > MOST_COMPARED:
            yield Wrong(f"has more than {MOST_COMPARED} items, too many to tell whether they are unique")
        else:
            yield from own_unique(validator, wanted, value, within) or ()

    own: Any = extend(Draft202012Validator, {"pattern": match, "uniqueItems": unique})  # type: ignore[no-untyped-call]  # its stubs give no hints
    errors_in: Callable[[Any], Iterator[Any]] = own(schema).iter_errors
    return errors_in


class ExtractInput(BaseModel):
    """What is to be read, and the shape of what is to be found in it."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, json_schema_extra={"examples": [EXAMPLE]})

    text: Text
    schema_: Annotated[
        dict[str, Any],
        BeforeValidator(_taken),
        Field(
            alias="schema",
            description=f"A JSON Schema (Draft 2020-12) of at most {LONGEST_SCHEMA} characters, without recursion; "
            "a $ref names one of its own $defs.",
        ),
    ]


class ExtractOutput(BaseModel):
    """What was found, valid against the schema that was asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_OUTPUT]})

    data: Any


@job_type("extract", price=15, prompt_version=PROMPT_VERSION)
async def extract(asked: ExtractInput, model: LanguageModel) -> ExtractOutput:
    """
    Extract data from a text, valid against a JSON Schema of yours.

    An answer that is not valid is asked for once more; if that is not valid either, the job fails and your credits come
    back. It needs a language model.
    """
    schema = json.dumps(asked.schema_, ensure_ascii=False)
    return await model.ask(PROMPT.format(schema=schema, text=fence(asked.text)), _shape_of(asked.schema_))


def _shape_of(schema: Schema) -> type[ExtractOutput]:
    """The output whose data are valid against this schema."""
    errors_in, size = _validator(schema), _size(schema, schema, ())

    def valid(data: Any) -> Any:
        if len(json.dumps(data, allow_nan=False)) > LONGEST_DATA or _values(data) * size > MOST_CHECKS:
            raise ValueError("the data are too long, or too many for a schema of this size")
        try:
            error = next(errors_in(data), None)
        except (ArithmeticError, RecursionError):
            raise ValueError("the data hold a number or a depth that cannot be judged") from None
        if error is not None:
            where = "/".join(map(str, error.absolute_path)) or "the top"
            raise ValueError(f"at {where}: {error.message}"[:LONGEST_COMPLAINT])
        return data

    class Extracted(ExtractOutput):
        data: Annotated[Any, AfterValidator(valid)]

    return Extracted


def _values(data: object) -> int:
    """How many values there are in data, those within others included."""
    within = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return 1 + sum(map(_values, within))
