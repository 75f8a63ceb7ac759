"""The shapes of webhooks, as the API gives and takes them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from nexus.accounts.schemas import Body, Left, NotNull, Shown, no_default
from nexus.core.text import VisibleName
from nexus.webhooks.models import DisabledReason, DispatchStatus, EventType

A_WEBHOOK = "019f9b1d-0c1e-7b3a-9d4f-5a6b7c8d9e0f"
URL = "https://hooks.acme.test/nexus"
BOTH = [EventType.JOB_COMPLETED, EventType.JOB_FAILED]

# What the API's description shows.
WEBHOOK: dict[str, Any] = {
    "id": A_WEBHOOK,
    "url": URL,
    "description": "Our order system",
    "events": ["job.completed", "job.failed"],
    "enabled": True,
    "disabled_at": None,
    "disabled_reason": None,
    "failing_since": None,
    "failed_events": 0,
    "previous_secret_until": None,
    "created_at": "2026-11-20T09:10:00.000000Z",
}
ATTEMPT: dict[str, Any] = {
    "attempt": 1,
    "at": "2026-11-20T09:12:27.431207Z",
    "status_code": 503,
    "error": None,
    "latency_ms": 178,
}


def _each_once(events: list[EventType]) -> list[EventType]:
    if len(set(events)) < len(events):
        raise ValueError("Name each event once.")
    return events


Url = Annotated[str, Field(min_length=1, max_length=2000, json_schema_extra={"format": "uri"})]
Description = Annotated[str, VisibleName(200, may_be_empty=True)]
Events = Annotated[
    list[EventType],
    Field(min_length=1, max_length=len(EventType), json_schema_extra={"uniqueItems": True}),
    AfterValidator(_each_once),
]


class WebhookAsked(Body):
    """An address that is to be told of events. It must be https and answer 2xx to be taken as delivered."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": URL, "events": ["job.completed"]}]})

    url: Url
    events: Events = BOTH
    description: Description = ""


class WebhookChange(Body):
    """What is to change; what is left out stays. `enabled` true also forgets the failures that there were."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    url: Annotated[Url | Left, NotNull()] = Field(None, json_schema_extra=no_default)
    events: Annotated[Events | Left, NotNull()] = Field(None, json_schema_extra=no_default)
    description: Annotated[Description | Left, NotNull()] = Field(None, json_schema_extra=no_default)
    enabled: Annotated[StrictBool | Left, NotNull()] = Field(None, json_schema_extra=no_default)


class WebhookShown(Shown):
    """
    A webhook. `failing_since` is the first failed attempt since the last good one; `failed_events` counts the events
    in a row that could not be delivered. While `previous_secret_until` lies ahead, the secret before this signs too.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK]})

    id: UUID
    url: str
    description: str
    events: list[EventType]
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None
    failing_since: datetime | None
    failed_events: int
    previous_secret_until: datetime | None
    created_at: datetime


class WebhookWithSecret(WebhookShown):
    """A webhook and its secret, which is shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK | {"secret": "whsec_…"}]})

    secret: str

    @classmethod
    def of(cls, row: Any, secret: str) -> "WebhookWithSecret":
        """Put the two together."""
        return cls(**WebhookShown.model_validate(row).model_dump(), secret=secret)


class AttemptShown(Shown):
    """
    One attempt: when it began, and what came back. `error` is the class of what went wrong where no answer came that
    we take; `status_code` is null then.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ATTEMPT]})

    attempt: int
    at: datetime
    status_code: int | None
    error: str | None
    latency_ms: int


class DeliveryShown(Shown):
    """
    An event on its way to a webhook, with every attempt so far. `event_id` is the `webhook-id` that the receiver sees.
    `next_attempt_at` is null once it is `delivered` or `dead`.
    """

    id: UUID
    event_id: UUID
    type: str = Field(examples=[EventType.JOB_COMPLETED])
    status: DispatchStatus
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: list[AttemptShown]


class DeliveryWithBody(DeliveryShown):
    """A delivery and the exact body that every attempt at it sends, as text."""

    body: str = Field(examples=['{"id":"019f9b1e-2d3b-7a1c-b2d3-e4f5a6b7c8d9","type":"job.completed",…}'])


class Replayed(BaseModel):
    """How many deliveries begin anew."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"replayed": 3}]})

    replayed: int
