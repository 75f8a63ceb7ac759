"""What came out of work, as it is kept: checked against the job type's own shape whenever it is read."""

import re
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from nexus.jobs.catalogue import JobType
from nexus.jobs.errors import UnstorableOutput

NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # the escape itself, not the six characters of a text about it
LONGEST_MODEL_NAME = 200


def storable(output: BaseModel) -> str:
    """The output as JSON, if PostgreSQL can keep it: its text holds no NUL and no half of a surrogate pair."""
    try:
        written = output.model_dump_json()
    except PydanticSerializationError as error:
        raise UnstorableOutput("The answer holds characters that cannot be kept.") from error
    if NUL.search(written):
        raise UnstorableOutput("The answer holds characters that cannot be kept.")
    return written


@dataclass(frozen=True)
class Answer:
    """An output as JSON, the name of what produced it, and the job that holds both input and output, if it is known."""

    output_json: str
    model: str
    source_job_id: UUID | None = None

    def packed(self, name: str) -> bytes:
        """As it lies in the cache: under which name, from which model, of which job, what."""
        source = "" if self.source_job_id is None else f"{self.source_job_id}\n"
        return f"{name}\n{self.model}\n{source}{self.output_json}".encode()

    @classmethod
    def unpacked(cls, raw: object, name: str, kind: JobType) -> "Answer | None":
        """Read what lay under this name. None for whatever is not an answer of this job type, and of this name."""
        try:
            written = raw.decode() if isinstance(raw, bytes) else ""
            own_name, model, *source, output_json = written.split("\n", 3)  # JSON of ours has no line break
            output = kind.gives.model_validate_json(output_json)
            if own_name != name or not _is_name(model):
                return None
            return cls(storable(output), model, UUID(source[0]) if source else None)
        except (ValueError, ValidationError, UnstorableOutput):
            return None


def _is_name(model: str) -> bool:
    return 0 < len(model) <= LONGEST_MODEL_NAME and model.isprintable()
