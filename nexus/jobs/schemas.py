"""The shapes of jobs, as the API gives them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nexus.jobs.models import JobStatus


class JobAccepted(BaseModel):
    """Work was accepted and paid for; ask `GET /v1/jobs/{job_id}` for how it goes."""

    job_id: UUID
    status: JobStatus
    cost: int
    cached: bool
    output_data: dict[str, Any] | None


class JobAcceptedV2(JobAccepted):
    """Work was accepted and paid for. `credits_remaining` is the balance that this request left."""

    credits_remaining: int


class JobShown(BaseModel):
    """A job. `next_attempt_at` is set while it waits for another attempt; `started_at` is the last attempt's."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    job_type: str
    status: JobStatus
    cost: int
    cached: bool
    refunded: bool
    attempt_count: int
    max_attempts: int
    input_data: dict[str, Any]
    output_data: dict[str, Any] | None
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

    name: str
    description: str
    price: int
    available: bool
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
