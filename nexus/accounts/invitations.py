"""
Invitations, made and taken back by admins. Every query filters by organisation_id.

An address has at most one open invitation of an organisation. Sending it again makes a new link and kills the old one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nexus.accounts import members
from nexus.accounts.errors import AlreadyInvited, AlreadyMember, InvitationOver, TooManyInvitations
from nexus.accounts.members import Acting
from nexus.accounts.models import Invitation, MailError, Role, User, UserStatus
from nexus.audit import services as audit
from nexus.core.clock import now
from nexus.core.db import Tx
from nexus.core.errors import NotFound
from nexus.core.ids import id_of
from nexus.core.models import new_id
from nexus.core.paging import Asked, Slice, read_slice

GOOD_FOR = timedelta(days=7)
MOST_OPEN = 100  # of an organisation; each is a letter that leaves in the operator's name
MAIL_SECONDS = 60  # after this nobody still tries: the process that did is gone


class State(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Mail(StrEnum):
    """What became of the mail: `off` where none was to be sent."""

    OFF = "off"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


def state_of(row: Any) -> State:
    """Where this invitation stands now."""
    if row.accepted_at is not None:
        return State.ACCEPTED
    if row.revoked_at is not None:
        return State.REVOKED
    return State.OPEN if row.expires_at > now() else State.EXPIRED


def mail_of(row: Any) -> Mail:
    """What became of this invitation's mail."""
    if row.mailed_at is not None:
        return Mail.SENT
    if row.mail_error is not None:
        return Mail.FAILED
    asked: datetime | None = row.mail_asked_at
    if asked is None:
        return Mail.OFF
    return Mail.SENDING if now() - asked < timedelta(seconds=MAIL_SECONDS) else Mail.FAILED


@dataclass(frozen=True)
class Wanted:
    """For whom a place is to be kept, and as what."""

    email: str
    role: Role


async def invite(tx: Tx, admin: Acting, wanted: Wanted, token_hash: bytes, *, mail: bool) -> Any:
    """Keep a place for an address. Raises NotAllowed, AlreadyMember, AlreadyInvited, TooManyInvitations."""
    await members.take_admins_turn(tx, admin)
    if await _is_member(tx, admin.organisation_id, wanted.email):
        raise AlreadyMember
    await _revoke_expired(tx, admin.organisation_id, wanted.email)
    if await _count_open(tx, admin.organisation_id) >= MOST_OPEN:
        raise TooManyInvitations(MOST_OPEN)
    made: UUID | None = await tx.scalar(
        upsert(Invitation)
        .values(
            organisation_id=admin.organisation_id,
            id=new_id(),
            email=wanted.email,
            role=wanted.role,
            token_hash=token_hash,
            invited_by=admin.user_id,
            expires_at=func.now() + GOOD_FOR,
            mail_asked_at=func.now() if mail else None,
        )
        .on_conflict_do_nothing(
            index_elements=[Invitation.organisation_id, Invitation.email],
            index_where=Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None),
        )
        .returning(Invitation.id)
    )
    if made is None:
        raise AlreadyInvited
    await _record(tx, admin, "invitation.created", made, role=wanted.role)
    return await _read(tx, admin.organisation_id, made)


async def resend(tx: Tx, admin: Acting, invitation_id: str, token_hash: bytes, *, mail: bool) -> Any:
    """Give an invitation a new link and its full time again; the old link is dead. Raises NotFound, InvitationOver."""
    await members.take_admins_turn(tx, admin)
    found = await _hold(tx, admin.organisation_id, id_of(invitation_id))
    if state_of(found) in (State.ACCEPTED, State.REVOKED):
        raise InvitationOver("used" if found.accepted_at else "revoked")
    await tx.execute(
        update(Invitation)
        .where(Invitation.organisation_id == admin.organisation_id, Invitation.id == found.id)
        .values(
            token_hash=token_hash,
            expires_at=func.now() + GOOD_FOR,
            mail_asked_at=func.now() if mail else None,
            mailed_at=None,
            mail_error=None,
        )
    )
    await _record(tx, admin, "invitation.resent", found.id)
    return await _read(tx, admin.organisation_id, found.id)


async def revoke(tx: Tx, admin: Acting, invitation_id: str) -> None:
    """Take an invitation back. One that was accepted cannot be. Raises NotFound, InvitationOver."""
    found = await _hold(tx, admin.organisation_id, id_of(invitation_id))
    if found.accepted_at is not None:
        raise InvitationOver("used")
    if found.revoked_at is not None:
        return
    await tx.execute(
        update(Invitation)
        .where(Invitation.organisation_id == admin.organisation_id, Invitation.id == found.id)
        .values(revoked_at=func.now())
    )
    await _record(tx, admin, "invitation.revoked", found.id)


async def list_invitations(tx: Tx, organisation_id: UUID, page: Asked) -> Slice:
    """The invitations of the organisation, newest first, whatever became of them."""
    return await read_slice(tx, _shown().where(Invitation.organisation_id == organisation_id), Invitation.id, page)


async def note_mailed(
    tx: Tx, organisation_id: UUID, invitation_id: UUID, token_hash: bytes, error: MailError | None
) -> None:
    """Write down that the mail with this very link is on its way, or why it is not."""
    await tx.execute(
        update(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.id == invitation_id,
            Invitation.token_hash == token_hash,
        )
        .values(mailed_at=func.now() if error is None else None, mail_error=error)
    )


def _shown() -> Select[*tuple[Any, ...]]:
    return select(
        Invitation.id,
        Invitation.email,
        Invitation.role,
        Invitation.invited_by,
        Invitation.created_at,
        Invitation.expires_at,
        Invitation.accepted_at,
        Invitation.accepted_by,
        Invitation.revoked_at,
        Invitation.mail_asked_at,
        Invitation.mailed_at,
        Invitation.mail_error,
    )


async def _read(tx: Tx, organisation_id: UUID, invitation_id: UUID) -> Any:
    return await tx.first(_shown().where(Invitation.organisation_id == organisation_id, Invitation.id == invitation_id))


async def _hold(tx: Tx, organisation_id: UUID, invitation_id: UUID) -> Any:
    found = await tx.first(
        _shown().where(Invitation.organisation_id == organisation_id, Invitation.id == invitation_id).with_for_update()
    )
    if found is None:
        raise NotFound
    return found


async def _is_member(tx: Tx, organisation_id: UUID, email: str) -> bool:
    found = await tx.scalar(
        select(User.id)
        .where(User.organisation_id == organisation_id, User.email == email, User.status == UserStatus.ACTIVE)
        .limit(1)
    )
    return found is not None


async def _count_open(tx: Tx, organisation_id: UUID) -> int:
    """How many invitations somebody could still accept. Admins take turns, so nobody adds one meanwhile."""
    count: int = await tx.scalar(
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > func.now(),
        )
    )
    return count


async def _revoke_expired(tx: Tx, organisation_id: UUID, email: str) -> None:
    """Make room for a new one: an invitation that expired is open until somebody looks."""
    await tx.execute(
        update(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at <= func.now(),
        )
        .values(revoked_at=func.now())
    )


async def _record(tx: Tx, admin: Acting, action: str, invitation_id: UUID, **facts: object) -> None:
    await audit.record(tx, admin.organisation_id, action, user_id=admin.user_id, target=str(invitation_id), **facts)
