"""The tables of organisations, their people, and what these sign in with."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.models import OrganisationRecord, Record


class Role(StrEnum):
    """What a person may do in their organisation."""

    ADMIN = "admin"
    MEMBER = "member"


class UserStatus(StrEnum):
    """Whether a person may come in: awaiting_approval -> active -> removed."""

    AWAITING_APPROVAL = "awaiting_approval"
    ACTIVE = "active"
    REMOVED = "removed"


class JoinPolicy(StrEnum):
    """What happens when somebody of the organisation's domain signs in for the first time."""

    AUTOMATIC = "automatic"
    APPROVAL = "approval"
    OFF = "off"


class Client(StrEnum):
    """Which program a session belongs to: the first-party web application, or any other."""

    WEB = "web"
    API = "api"


class MailError(StrEnum):
    """Why a letter did not leave: the address, the mail server's word about it, or the mail server itself."""

    ADDRESS_NOT_SUPPORTED = "address_not_supported"
    RECIPIENT_REFUSED = "recipient_refused"
    SERVER_UNAVAILABLE = "server_unavailable"


class Scope(StrEnum):
    """
    What an API key opens, each scope its own operations and no others.

    `read` reads what every member may read, `jobs` asks for work and cancels it, `admin` does what an admin may do.
    """

    READ = "read"
    JOBS = "jobs"
    ADMIN = "admin"


def one_of(column: str, kinds: type[StrEnum]) -> CheckConstraint:
    """Hold a text column to the values of an enum."""
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


class Organisation(Record):
    """A customer. `domain` is set when Google's signed `hd` claim vouched for it; a personal organisation has none."""

    __tablename__ = "organisations"
    __table_args__ = (
        one_of("join_policy", JoinPolicy),
        CheckConstraint("domain = lower(domain)", name="domain_lower_case"),
        CheckConstraint("rate_limit > 0", name="rate_limit_positive"),
        UniqueConstraint("domain"),
        Index(
            None,
            "deletion_requested_at",
            postgresql_where=text("deletion_requested_at IS NOT NULL AND erasure_done_at IS NULL"),
        ),
    )

    name: Mapped[str]
    domain: Mapped[str | None]
    join_policy: Mapped[str] = mapped_column(server_default=JoinPolicy.AUTOMATIC)
    rate_limit: Mapped[int | None]
    caching: Mapped[bool] = mapped_column(server_default=text("true"))
    deletion_requested_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    erasure_done_at: Mapped[datetime | None]


class User(OrganisationRecord):
    """A person in an organisation. Whoever was removed stays as a row: their jobs and audit entries refer to it."""

    __tablename__ = "users"
    __table_args__ = (
        one_of("role", Role),
        one_of("status", UserStatus),
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        Index(None, "organisation_id", "email"),
    )

    email: Mapped[str]
    name: Mapped[str | None]
    role: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=UserStatus.ACTIVE)
    last_signed_in_at: Mapped[datetime | None]


class Identity(OrganisationRecord):
    """How a person proves who they are: the issuer's own name for them, never their e-mail address."""

    __tablename__ = "identities"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "user_id"], ["users.organisation_id", "users.id"]),
        UniqueConstraint("issuer", "subject"),
        Index(None, "organisation_id", "user_id"),
    )

    user_id: Mapped[UUID]
    issuer: Mapped[str]
    subject: Mapped[str]


class Session(OrganisationRecord):
    """
    A sign-in that can be renewed: one row for a whole family of refresh tokens.

    `current_hash` is the token that may be redeemed, `previous_hash` the one before, which for a short grace answers
    with the same successor. Any other token of the family is a copy somebody kept: the session ends.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        one_of("client", Client),
        ForeignKeyConstraint(["organisation_id", "user_id"], ["users.organisation_id", "users.id"]),
        Index(None, "organisation_id", "user_id", postgresql_where=text("ended_at IS NULL")),
        Index(None, "expires_at"),
    )

    user_id: Mapped[UUID]
    client: Mapped[str]
    current_hash: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    rotated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class Invitation(OrganisationRecord):
    """
    A place that an admin keeps for an address: open -> accepted | revoked, and no longer good once it expired.

    Of its link only a keyed hash is kept. `mail_asked_at` says when a mail was to be sent, `mailed_at` when it was.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="accepted_or_revoked"),
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        ForeignKeyConstraint(["organisation_id", "invited_by"], ["users.organisation_id", "users.id"]),
        ForeignKeyConstraint(["organisation_id", "accepted_by"], ["users.organisation_id", "users.id"]),
        UniqueConstraint("token_hash"),
        Index(
            "uq_invitations_one_open",
            "organisation_id",
            "email",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    invited_by: Mapped[UUID]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    mail_asked_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    mail_error: Mapped[str | None]


class ApiKey(OrganisationRecord):
    """
    What a program signs in with, in the name of the person who answers for it. Of its value only a keyed hash is kept.

    `previous_hash` is the value before the last rotation, which holds until `previous_until`. A key that was revoked
    stays as a row: audit entries refer to it. It ends with the key `made_by_key_id` that made it.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        ForeignKeyConstraint(["organisation_id", "user_id"], ["users.organisation_id", "users.id"]),
        CheckConstraint(
            "cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'jobs', 'admin']::varchar[]", name="scopes_known"
        ),
        CheckConstraint("(previous_hash IS NULL) = (previous_until IS NULL)", name="overlap_has_an_end"),
        UniqueConstraint("value_hash"),
        UniqueConstraint("previous_hash"),
        Index(None, "organisation_id", "user_id", postgresql_where=text("revoked_at IS NULL")),
    )

    user_id: Mapped[UUID]
    made_by_key_id: Mapped[UUID | None]
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    prefix: Mapped[str]
    value_hash: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
