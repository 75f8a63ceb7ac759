"""
Extract data from a text, in the shape of a schema of the caller's.

The schema is somebody else's programme: `nexus.ai.json_schema` says which are taken, and judges them away from the
event loop.
"""

import json
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from nexus.ai.fence import fence
from nexus.ai.json_schema.bounds import MAX_SCHEMA, Schema
from nexus.ai.json_schema.checker import CHECKER, CheckerBusy
from nexus.ai.json_schema.refused import SchemaRefused
from nexus.ai.model import CheckedAnswer, LanguageModel
from nexus.core.errors import InvalidRequest, Unavailable
from nexus.jobs.catalogue import job_type
from nexus.jobs.errors import UnreadableInput
from nexus.jobs.inputs import Text

PROMPT_VERSION = "extract-2"
PROMPT = """\
Extract data from a text. Answer with one JSON object that has one field, "data". Its value has to be valid against \
the JSON schema below and hold only what the text says. Where the schema allows it, leave out or set to null what the \
text does not say; invent nothing.

{schema}

{text}

Extract the data from the text above as {{"data": ...}}."""

BUSY = "Several large schemas are being checked at the moment. Nothing was charged; send the request again."

EXAMPLE: JsonDict = {
    "text": "Ms Vogt ordered 12 chairs on 4 May.",
    "schema": {
        "type": "object",
        "properties": {"customer": {"type": "string"}, "chairs": {"type": "integer", "minimum": 0}},
        "required": ["customer", "chairs"],
    },
}
EXAMPLE_OUTPUT: JsonDict = {"data": {"customer": "Ms Vogt", "chairs": 12}}


def _object(value: object) -> object:
    if not isinstance(value, dict):
        raise PydanticCustomError("schema_type", "Give a JSON Schema, as a JSON object.")
    return value


class ExtractInput(BaseModel):
    """What is to be read, and the shape of what is to be found in it."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, json_schema_extra={"examples": [EXAMPLE]})

    text: Text
    schema_: Annotated[
        dict[str, Any],
        BeforeValidator(_object),
        Field(
            alias="schema",
            description=f"A JSON Schema (Draft 2020-12) of at most {MAX_SCHEMA} characters, without recursion; "
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
    prompt = PROMPT.format(schema=fence(schema, "JSON schema"), text=fence(asked.text))
    return await model.ask(prompt, _shape_of(asked.schema_, model.owner))


@extract.check
async def check_schema(params: ExtractInput, organisation_id: UUID) -> None:
    """Refuse a schema that is none, that no data can satisfy, or that could harm others."""
    try:
        await CHECKER.check_schema(params.schema_, str(organisation_id))
    except SchemaRefused as refused:
        raise InvalidRequest.of("schema", str(refused)) from None
    except CheckerBusy:
        raise Unavailable(BUSY) from None


def _shape_of(schema: Schema, owner: str) -> type[ExtractOutput]:
    """The output whose data are valid against this schema."""

    class Extracted(ExtractOutput, CheckedAnswer):
        data: Annotated[Any, AfterValidator(_finite)]

        async def find_error(self) -> str | None:
            try:
                return await CHECKER.find_error(schema, self.data, owner)
            except SchemaRefused as refused:  # it was taken by an earlier release
                raise UnreadableInput(str(refused)) from None

    return Extracted


def _finite(data: Any) -> Any:
    """Refuse what JSON has no word for."""
    json.dumps(data, allow_nan=False)
    return data
