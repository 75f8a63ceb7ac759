"""The shapes of accounts, as the API gives and takes them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StrictBool
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from nexus.accounts.models import JoinPolicy, Role
from nexus.core.ratelimit import Policy
from nexus.core.text import VisibleName

# Whom the API's description shows.
ANN: dict[str, Any] = {
    "id": "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f",
    "email": "ann@acme.test",
    "name": "Ann",
    "role": "admin",
}
SEEN = {"created_at": "2026-11-20T09:12:27.212938Z", "last_signed_in_at": "2026-11-20T09:12:27.212938Z"}
ACME: dict[str, Any] = {"id": "019f9b1c-7a59-715a-a63f-23b61ad0b72a", "name": "acme.test", "domain": "acme.test"}
AS_SET = {"join_policy": "automatic", "rate_limit": None, "caching": True, "erased_after": None}


class Body(BaseModel):
    """What a caller sends: a field that we do not know is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What we answer: read from a row."""

    model_config = ConfigDict(from_attributes=True)


class GoogleSignIn(Body):
    """An ID token that Google gave to the caller's program. `invitation` is the token of an invitation's link."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id_token": "eyJhbGciOiJSUzI1NiIs…", "nonce": "n-0S6_WzA2Mj"}]}
    )

    id_token: Annotated[str, Field(min_length=1, max_length=16_384)]
    nonce: Annotated[str | None, Field(max_length=512)] = None
    web_client_secret: Annotated[str | None, Field(max_length=512)] = None
    invitation: Annotated[str | None, Field(max_length=128)] = None


class RefreshRequest(Body):
    """
    The refresh token of a token pair. The web application adds its client secret: it speaks for many people from one
    address, and is not held to an address's limit.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "nxr_…"}]})

    refresh_token: Annotated[str, Field(min_length=1, max_length=4096)]
    web_client_secret: Annotated[str | None, Field(max_length=512)] = None


class NotNull:
    """
    Marks a field that may be left out but not be null, which would say nothing that we could do.

    The field is `Annotated[Shape | Left, NotNull()]`. It is judged as its shape alone: of a union, an error would name
    the branches.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse null, and hand everything else to the shape."""
        return core_schema.no_info_before_validator_function(_given, handler.generate_schema(get_args(source)[0]))


def _given(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null", "Give a value, or leave the field out.")
    return value


def no_default(schema: dict[str, Any]) -> None:
    """A field that may be left out has no default that anybody could send."""
    schema.pop("default", None)


Left = SkipJsonSchema[None]  # what a field is that was left out; nobody can send it
OrganisationsName = Annotated[str, VisibleName(200)]


class OrganisationChange(Body):
    """What an admin changes of their organisation; what is left out stays. `caching` off keeps and reads no answers."""

    name: Annotated[OrganisationsName | Left, NotNull()] = Field(None, json_schema_extra=no_default)
    join_policy: Annotated[JoinPolicy | Left, NotNull()] = Field(None, json_schema_extra=no_default)
    caching: Annotated[StrictBool | Left, NotNull()] = Field(None, json_schema_extra=no_default)

    def given(self) -> dict[str, object]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


class UserShown(Shown):
    """A person."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANN]})

    id: UUID
    email: str
    name: str | None
    role: Role


class OrganisationName(Shown):
    """An organisation, in brief."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACME]})

    id: UUID
    name: str
    domain: str | None


class OrganisationShown(OrganisationName):
    """
    An organisation. `rate_limit` is how many requests it may make in a window with access tokens and API keys.
    `caching` says whether answers are kept for an hour, to be given again for nothing. `erased_after` is null unless an
    admin has asked for the organisation to be deleted. `awaiting_approval` is how many people wait for an admin to let
    them in, and null for whoever is no admin.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [ACME | AS_SET | {"rate_limit": 100, "awaiting_approval": 0}]}
    )

    join_policy: JoinPolicy
    rate_limit: int
    caching: bool
    erased_after: datetime | None
    awaiting_approval: int | None

    @classmethod
    def under(cls, platform: Policy, found: Any, awaiting_approval: int | None = None) -> Self:
        """The organisation, with the limit that holds for it: its own, or the platform's."""
        return cls(
            id=found.id,
            name=found.name,
            domain=found.domain,
            join_policy=found.join_policy,
            rate_limit=platform.with_limit(found.rate_limit).limit,
            caching=found.caching,
            erased_after=found.erased_after,
            awaiting_approval=awaiting_approval,
        )


class Member(UserShown):
    """A person of your organisation, as an admin sees them."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANN | {"status": "active"} | SEEN]})

    status: str
    created_at: datetime
    last_signed_in_at: datetime | None


class Deletion(Shown):
    """When the organisation's people and texts are erased, unless an admin calls it off before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"erased_after": "2026-12-20T09:12:27.212938Z"}]})

    erased_after: datetime


class Me(BaseModel):
    """Who you are, and for whom you act."""

    user: UserShown
    organisation: OrganisationName


class TokenPair(BaseModel):
    """What a sign-in gives. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750 names it so
    expires_in: int
    user: UserShown
    organisation: OrganisationName
