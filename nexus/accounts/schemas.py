"""The shapes of accounts, as the API gives and takes them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nexus.accounts.models import JoinPolicy, Role


class Body(BaseModel):
    """What a caller sends: a field that we do not know is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What we answer: read from a row."""

    model_config = ConfigDict(from_attributes=True)


class GoogleSignIn(Body):
    """An ID token that Google gave to the caller's program."""

    id_token: Annotated[str, Field(min_length=1, max_length=16_384)]
    nonce: Annotated[str | None, Field(max_length=512)] = None
    web_client_secret: Annotated[str | None, Field(max_length=512)] = None


class RefreshRequest(Body):
    """The refresh token of a token pair."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=4096)]


class UserShown(Shown):
    """A person."""

    id: UUID
    email: str
    name: str | None
    role: Role


class OrganisationName(Shown):
    """An organisation, in brief."""

    id: UUID
    name: str
    domain: str | None


class OrganisationShown(OrganisationName):
    """An organisation. `rate_limit` is in requests per window; null is the platform's own."""

    join_policy: JoinPolicy
    rate_limit: int | None


class Member(UserShown):
    """A person of your organisation, as an admin sees them."""

    status: str


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
