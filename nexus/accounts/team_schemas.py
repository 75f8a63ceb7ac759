"""The shapes of members and invitations, as the API gives and takes them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from nexus.accounts.invitations import Mail, State, mail_of, state_of
from nexus.accounts.links import Link
from nexus.accounts.members import Change
from nexus.accounts.models import MailError, Role, UserStatus
from nexus.accounts.schemas import Body, NotNull, Shown, no_default

AMY: dict[str, Any] = {
    "id": "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d40",
    "email": "amy@elsewhere.test",
    "role": "member",
    "status": "open",
    "mail": "off",
    "mail_error": None,
    "invited_by": "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f",
    "created_at": "2026-11-20T09:12:27.212938Z",
    "expires_at": "2026-11-27T09:12:27.212938Z",
    "accepted_at": None,
    "accepted_by": None,
}
A_LINK = "https://nexus.acme.test/invite/nxi_…"

Left = SkipJsonSchema[None]


class MemberChange(Body):
    """What an admin changes of a member: the role, or `status: active` for somebody who waits to be let in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "admin"}]})

    role: Annotated[Role | Left, NotNull()] = Field(None, json_schema_extra=no_default)
    status: Annotated[Literal[UserStatus.ACTIVE] | Left, NotNull()] = Field(None, json_schema_extra=no_default)

    @property
    def change(self) -> Change:
        """The same in the words of the service."""
        return Change(self.role, let_in=self.status is not None)


class InvitationAsked(Body):
    """Whom an admin invites. The link lets in whoever signs in with exactly this address."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "amy@elsewhere.test", "role": "member"}]})

    email: Annotated[str, Field(min_length=3, max_length=254, json_schema_extra={"format": "email"})]
    role: Role = Role.MEMBER


class InvitationToken(Body):
    """The last part of an invitation's link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "nxi_…"}]})

    token: Annotated[str, Field(min_length=1, max_length=128)]


class InvitationOffer(Shown):
    """
    What an invitation offers, for whoever is signed in with the address that it is for. `invited_by` is the name of
    the person who invites, or their address. Only `open` can be accepted; `is_member` says that you belong there.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "organisation": "acme.test",
                    "invited_by": "Ann",
                    "role": "member",
                    "status": "open",
                    "is_member": False,
                    "expires_at": "2026-11-27T09:12:27.212938Z",
                }
            ]
        }
    )

    organisation: str
    invited_by: str
    role: Role
    status: State
    is_member: bool
    expires_at: datetime


class InvitationShown(BaseModel):
    """
    An invitation, as admins see it. `mail` is `off` where no mail server is set: copy the link. `sending` becomes
    `sent` once the mail server has taken the letter, and `failed` when it has refused it or not taken it within a
    minute. `mail_error` then says why, where that is known. `address_not_supported`: the part before the @ has letters
    beyond ASCII, and the mail server cannot send to such an address.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [AMY]})

    id: UUID
    email: str
    role: Role
    status: State
    mail: Mail
    mail_error: MailError | None
    invited_by: UUID
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by: UUID | None

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, row: Any, build: Any) -> Self:
        """From a row, with what follows from it."""
        if not isinstance(row, dict | cls):
            row = row._asdict() | {"status": state_of(row), "mail": mail_of(row)}
        shown: Self = build(row)
        return shown


class InvitationMade(InvitationShown):
    """An invitation and its link, which is shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [AMY | {"link": A_LINK, "token": "nxi_…"}]})

    link: str
    token: str

    @classmethod
    def of(cls, made: Any, link: Link) -> "InvitationMade":
        """From a row and its new link."""
        shown = InvitationShown.model_validate(made)
        return cls(**shown.model_dump(), link=link.url, token=link.token)
