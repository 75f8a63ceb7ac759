"""The table of jobs: the letter that says what is to be done, for whom, and how far it is."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.db import fixed
from nexus.core.models import OrganisationRecord


class JobStatus(StrEnum):
    """Where a job stands: pending -> running -> completed | failed | pending again."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class RequesterType(StrEnum):
    """Who may ask for a job."""

    USER = "user"
    API_KEY = "api_key"  # pragma: allowlist secret


STATUSES = ", ".join(f"'{status}'" for status in JobStatus)


class Job(OrganisationRecord):
    """
    A piece of AI work.

    `attempt_count` counts attempts. `claim_number` is the fence: every claim raises it, nothing lowers it, and a
    worker whose number is no longer the row's changes nothing. A running job is leased until `lease_expires_at`.
    The tokens are those of all its attempts, as the providers count them; null where none was asked.
    A `cached` job was answered from the cache when it was asked for; a `fresh` one must not be.
    A text that was erased leaves an empty object behind, and the time at which it went.
    A job with a `source_job_id` was answered with the texts of that job, and holds none of its own.
    `excerpt` is how the input begins. `requester_type` says who asked: the user, or the API key `api_key_id`, for which
    the user answers.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(f"status IN ({STATUSES})", name="status_known"),
        CheckConstraint("cost >= 0", name="cost_never_negative"),
        CheckConstraint("attempt_count BETWEEN 0 AND max_attempts", name="attempts_within_the_cap"),
        CheckConstraint("(status = 'running') = (lease_expires_at IS NOT NULL)", name="leased_while_running"),
        CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_has_its_time"),
        CheckConstraint("(status = 'failed') = (failed_at IS NOT NULL)", name="failed_has_its_time"),
        CheckConstraint("(status = 'completed') = (output_data IS NOT NULL)", name="completed_has_its_output"),
        ForeignKeyConstraint(["organisation_id", "user_id"], ["users.organisation_id", "users.id"]),
        Index(None, "organisation_id", "status", "id"),
        Index("ix_jobs_due", "organisation_id", "run_after", postgresql_where=text("status = 'pending'")),
        Index("ix_jobs_running", "organisation_id", "lease_expires_at", postgresql_where=text("status = 'running'")),
        Index(
            "ix_jobs_input_kept",
            "created_at",
            postgresql_where=text("status IN ('completed', 'failed') AND input_erased_at IS NULL"),
        ),
        Index(
            "ix_jobs_output_kept",
            "created_at",
            postgresql_where=text("status = 'completed' AND output_erased_at IS NULL"),
        ),
        Index(
            "ix_jobs_source_job_id",
            "organisation_id",
            "source_job_id",
            "created_at",
            postgresql_where=text("source_job_id IS NOT NULL"),
        ),
    )

    user_id: Mapped[UUID]
    job_type: Mapped[str]
    status: Mapped[str]
    cost: Mapped[int]
    cached: Mapped[bool] = mapped_column(server_default=text("false"))
    fresh: Mapped[bool] = mapped_column(server_default=text("false"))
    input_data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    output_data: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    model: Mapped[str | None]
    input_tokens: Mapped[int | None] = mapped_column(BigInteger)
    output_tokens: Mapped[int | None] = mapped_column(BigInteger)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    attempt_count: Mapped[int] = mapped_column(server_default="0")
    max_attempts: Mapped[int]
    claim_number: Mapped[int] = mapped_column(server_default="0")
    released_count: Mapped[int] = mapped_column(server_default="0")
    worker: Mapped[str | None]
    run_after: Mapped[datetime]
    deadline_at: Mapped[datetime]
    lease_expires_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    requester_type: Mapped[str | None]
    api_key_id: Mapped[UUID | None]
    excerpt: Mapped[str | None]
    source_job_id: Mapped[UUID | None]
    input_erased_at: Mapped[datetime | None]
    output_erased_at: Mapped[datetime | None]


PENDING = Job.status == fixed(JobStatus.PENDING)
RUNNING = Job.status == fixed(JobStatus.RUNNING)
