"""The shapes of jobs, as the API gives them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from nexus.core.openapi.outputs import ANY_OUTPUT
from nexus.jobs.models import JobStatus, RequesterType
from nexus.webhooks.models import EventType

# What the API's description shows.
A_JOB = "019f9b1c-7b0e-7a11-8c4d-6e8f0a2b4c6d"
ACCEPTED: dict[str, Any] = {"job_id": A_JOB, "status": "pending", "cost": 10, "cached": False, "output_data": None}


DONE: dict[str, Any] = {
    "id": A_JOB,
    "job_type": "summarize",
    "status": "completed",
    "cost": 10,
    "cached": False,
    "refunded": False,
    "attempt_count": 1,
    "max_attempts": 3,
    "input_data": {"text": "The old bridge over the Lune was closed on Monday. Repairs will take until March."},
    "output_data": {"summary": "The Lune bridge is closed until March."},
    "model": "offline:lexrank",
    "error_code": None,
    "error_message": None,
    "created_at": "2026-11-20T09:12:27.212938Z",
    "started_at": "2026-11-20T09:12:27.260117Z",
    "completed_at": "2026-11-20T09:12:27.415302Z",
    "failed_at": None,
    "next_attempt_at": None,
}
FAILED: dict[str, Any] = DONE | {
    "status": "failed",
    "refunded": True,
    "attempt_count": 3,
    "output_data": None,
    "model": None,
    "error_code": "model_unavailable",
    "error_message": "The language model does not answer for the moment.",
    "completed_at": None,
    "failed_at": "2026-11-20T09:12:47.801144Z",
}
BY_A_KEY: dict[str, Any] = {"type": "api_key", "id": "019f9b1c-2f5d-7c33-9e4f-8b0c2d4e6f80", "name": "Nightly import"}
LISTED = {name: value for name, value in DONE.items() if name not in {"input_data", "output_data"}} | {
    "excerpt": "The old bridge over the Lune was closed on Monday. Repairs will take until March.",
    "requested_by": BY_A_KEY,
}
OFFERED: dict[str, Any] = {
    "name": "summarize",
    "description": "Say what a text says in at most three sentences, in the text's own language.",
    "price": 10,
    "available": True,
    "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    "output_schema": {"type": "object", "properties": {"summary": {"type": "string"}}, "required": ["summary"]},
}


class JobAccepted(BaseModel):
    """Work was accepted and paid for; ask `GET /v1/jobs/{job_id}` for how it goes."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCEPTED]})

    job_id: UUID
    status: JobStatus
    cost: int
    cached: bool
    output_data: dict[str, Any] | None = Field(json_schema_extra=ANY_OUTPUT)


class JobAcceptedV2(JobAccepted):
    """Work was accepted and paid for. `credits_remaining` is the balance that this request left."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCEPTED | {"credits_remaining": 90}]})

    credits_remaining: int


def _erased_is_null(output: Any) -> Any:
    """No job type answers with an empty object: that is what erasing leaves behind."""
    return output or None


class JobShown(BaseModel):
    """
    A job. `next_attempt_at` is set while it waits for another attempt; `started_at` is the last attempt's.

    Texts are erased some time after a job is settled: `input_data` is an empty object then, and `output_data` is null
    although the job is completed.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [DONE]})

    id: UUID
    job_type: str
    status: JobStatus
    cost: int
    cached: bool
    refunded: bool
    attempt_count: int
    max_attempts: int
    input_data: dict[str, Any]
    output_data: Annotated[dict[str, Any] | None, BeforeValidator(_erased_is_null)] = Field(
        json_schema_extra=ANY_OUTPUT
    )
    model: str | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    failed_at: datetime | None
    next_attempt_at: datetime | None


class JobEvent(BaseModel):
    """A job has ended. `id` is the header `webhook-id` as well; every attempt sends the same bytes."""

    id: UUID
    type: EventType
    created_at: datetime
    data: JobShown


class Requester(BaseModel):
    """Who asked for a job. `name` is theirs as it is now; null where there is none any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [BY_A_KEY]})

    type: RequesterType
    id: UUID
    name: str | None


class JobSummary(BaseModel):
    """
    A job in a list, without its texts: `GET /v1/jobs/{job_id}` has them.

    `excerpt` is the first 120 characters of the input's text, null once that is erased. `requested_by` is who asked.
    Both are null for jobs that are older than these fields.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [LISTED]})

    id: UUID
    job_type: str
    status: JobStatus
    cost: int
    cached: bool
    refunded: bool
    attempt_count: int
    max_attempts: int
    excerpt: str | None
    requested_by: Requester | None
    model: str | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    failed_at: datetime | None
    next_attempt_at: datetime | None


class JobTypeShown(BaseModel):
    """A kind of work on offer. `available` is false while it needs a language model and none is configured."""

    model_config = ConfigDict(json_schema_extra={"examples": [OFFERED]})

    name: str
    description: str
    price: int
    available: bool
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
