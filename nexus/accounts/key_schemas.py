"""The shapes of API keys and sessions, as the API gives and takes them."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, field_validator

from nexus.accounts.models import Client, Scope
from nexus.accounts.schemas import ANN, Body, Shown
from nexus.core.clock import now
from nexus.core.text import VisibleName

NO_TIME = "Give a time that is in the year 9999 at the latest, in UTC too."
A_DAY, A_WEEK = 86_400, 604_800  # seconds

KEY: dict[str, Any] = {
    "id": "019f9b20-11c4-7d02-9c55-0d7e4a0f2b61",
    "name": "nightly import",
    "prefix": "nx_live_8fQz",
    "scopes": ["jobs", "read"],
    "user_id": ANN["id"],
    "made_by_key_id": None,
    "created_at": "2026-11-20T09:12:27.212938Z",
    "expires_at": "2027-11-20T00:00:00Z",
    "last_used_at": None,
    "rotated_at": None,
    "previous_until": None,
}
SESSION: dict[str, Any] = {
    "id": "019f9b1c-7a60-7b1e-9a3d-5c2f8e6b4d10",
    "client": "web",
    "started_at": "2026-11-20T09:12:27.212938Z",
    "last_used_at": "2026-11-20T09:27:11.004211Z",
    "expires_at": "2026-12-20T09:12:27.212938Z",
    "current": True,
}


class ApiKeyAsked(Body):
    """A key that an admin wants: what it may do, and until when. Without `expires_at` it holds until it is revoked."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{name: KEY[name] for name in ("name", "scopes", "expires_at")}]}
    )

    name: Annotated[str, VisibleName(100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), json_schema_extra={"uniqueItems": True})]
    expires_at: AwareDatetime | None = None

    @field_validator("scopes")
    @classmethod
    def _each_once(cls, scopes: list[Scope]) -> list[Scope]:
        if len(set(scopes)) < len(scopes):
            raise ValueError("Name each scope once.")
        return scopes

    @field_validator("expires_at")
    @classmethod
    def _to_come(cls, moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        try:
            in_utc = moment.astimezone(UTC)
        except OverflowError:
            raise ValueError(NO_TIME) from None
        if in_utc == datetime.max.replace(tzinfo=UTC):  # asyncpg's word for PostgreSQL's infinity
            raise ValueError(NO_TIME)
        if in_utc <= now():
            raise ValueError("Give a time that is still to come.")
        return in_utc


class Rotation(Body):
    """For how many seconds the old value holds beside the new one: a day unless said, a week at the most, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": A_DAY}]})

    overlap_seconds: Annotated[int, Field(ge=0, le=A_WEEK, strict=True)] = A_DAY


class ApiKeyShown(Shown):
    """
    An API key. `user_id` answers for it: it does no more than they may, and goes with them. `made_by_key_id` is the key
    that made or last rotated it, with which it ends, and null where a person did. `last_used_at` is true to the minute.
    The value before the last rotation holds until `previous_until`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    user_id: UUID
    made_by_key_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    rotated_at: datetime | None
    previous_until: datetime | None


class ApiKeyWithValue(ApiKeyShown):
    """An API key with its value, which is shown here and never again."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY | {"value": "nx_live_8fQz…"}]})

    value: str


class SessionShown(Shown):
    """
    A sign-in that lasts. `last_used_at` is when it was last renewed; `current` is the one whose token was sent. A
    session ends at `expires_at`, however often it is renewed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [SESSION]})

    id: UUID
    client: Client
    started_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool
