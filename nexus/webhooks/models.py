"""The tables of webhooks: who listens, what happened, what is to be sent to whom, and every attempt at it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.db import fixed
from nexus.core.models import OrganisationRecord

TEST = "webhook.test"  # what an admin sends to try an endpoint; nobody subscribes to it
HOST = "regexp_replace(lower(substring(url, '://([^/?#]+)')), '[:]443$', '')"  # and the port, where it is not 443


class EventType(StrEnum):
    """What an endpoint can listen for."""

    JOB_COMPLETED = "job.completed"
    JOB_FAILED = "job.failed"


class DispatchStatus(StrEnum):
    """Where the sending of an event to an endpoint stands: pending -> delivered | dead; dead -> pending by a replay."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class DisabledReason(StrEnum):
    """Why nothing is sent to an endpoint: an admin said so, it answered 410, or it has failed for too long."""

    SWITCHED_OFF = "switched_off"
    GONE = "gone"
    FAILING = "failing"


def _one_of(kinds: type[StrEnum]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


class WebhookEndpoint(OrganisationRecord):
    """
    An address of the organisation's that is told of events. Its secrets are sealed with the key named `sealed_with`.

    `failing_since` is the first failed attempt since the last good one; `failed_events` counts the events in a row
    that could not be delivered at all. `confirmed_at` is the first 2xx from this URL; while it is null, whoever answers
    there has not agreed to be called. `replay_count` counts the replays since `replays_counted_since`, for an hour.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("cardinality(events) > 0", name="listens_for_something"),
        CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled_for_a_reason"),
        CheckConstraint(f"disabled_reason IN ({_one_of(DisabledReason)})", name="disabled_reason_known"),
        CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", name="previous_secret_ends"),
        CheckConstraint("failed_events >= 0", name="failed_events_count_up"),
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
    )

    url: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    events: Mapped[list[str]] = mapped_column(ARRAY(String))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None]
    sealed_with: Mapped[str]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    failed_events: Mapped[int] = mapped_column(server_default="0")
    confirmed_at: Mapped[datetime | None]
    replay_count: Mapped[int] = mapped_column(server_default="0")
    replays_counted_since: Mapped[datetime | None]
    host: Mapped[str] = mapped_column(Computed(HOST, persisted=True), nullable=True)


class WebhookEvent(OrganisationRecord):
    """Something that happened, and the bytes that tell it: every attempt sends the same ones."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        Index(None, "created_at"),
    )

    type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class WebhookDispatch(OrganisationRecord):
    """
    An event on its way to an endpoint.

    `claim_number` is the fence: every claim and every replay raises it, and whoever holds an older one changes
    nothing. `round_count` counts attempts since the last replay, `attempt_count` all of them, `replay_count` the
    replays.
    """

    __tablename__ = "webhook_dispatches"
    __table_args__ = (
        CheckConstraint(f"status IN ({_one_of(DispatchStatus)})", name="status_known"),
        CheckConstraint("status = 'pending' OR lease_expires_at IS NULL", name="leased_while_pending"),
        CheckConstraint("round_count BETWEEN 0 AND attempt_count", name="counts_agree"),
        ForeignKeyConstraint(
            ["organisation_id", "endpoint_id"],
            ["webhook_endpoints.organisation_id", "webhook_endpoints.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["organisation_id", "event_id"],
            ["webhook_events.organisation_id", "webhook_events.id"],
            ondelete="CASCADE",
        ),
        Index(None, "organisation_id", "endpoint_id", "id"),
        Index(None, "organisation_id", "event_id"),
        Index(
            "ix_webhook_dispatches_open",
            "organisation_id",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_webhook_dispatches_leased",
            "organisation_id",
            "endpoint_id",
            "lease_expires_at",
            postgresql_where=text("lease_expires_at IS NOT NULL"),
        ),
    )

    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(server_default=DispatchStatus.PENDING)
    attempt_count: Mapped[int] = mapped_column(server_default="0")
    round_count: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime]
    replay_count: Mapped[int] = mapped_column(server_default="0")
    claim_number: Mapped[int] = mapped_column(server_default="0")
    lease_expires_at: Mapped[datetime | None]


class WebhookDelivery(OrganisationRecord):
    """One attempt at a dispatch: when it began, and the status that came back, or the class of what went wrong."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "dispatch_id"],
            ["webhook_dispatches.organisation_id", "webhook_dispatches.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("organisation_id", "dispatch_id", "attempt"),
    )

    dispatch_id: Mapped[UUID]
    attempt: Mapped[int]
    at: Mapped[datetime]
    status_code: Mapped[int | None]
    error: Mapped[str | None]
    latency_ms: Mapped[int]


PENDING = WebhookDispatch.status == fixed(DispatchStatus.PENDING)
