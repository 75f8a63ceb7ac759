"""
Coming in by an invitation, which may mean leaving where one was. Every query filters by organisation_id, but for the
one that finds out whose invitation it is.

A person belongs to one organisation at a time. What they did stays where they did it; their membership there ends, and
with it everything that was issued for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from nexus.accounts import members
from nexus.accounts.errors import ChangedMeanwhile, InvitationForAnother, InvitationOver, LastAdmin
from nexus.accounts.invitations import State, state_of
from nexus.accounts.links import UNKNOWN
from nexus.accounts.models import Identity, Invitation, Organisation, Role, User, UserStatus
from nexus.audit import services as audit
from nexus.core.db import SystemTx
from nexus.core.errors import NotFound, NotSignedIn
from nexus.core.models import new_id


@dataclass(frozen=True)
class Guest:
    """Who brings an invitation: their address, and where they belong so far, if anywhere."""

    email: str
    name: str | None
    organisation_id: UUID | None = None
    user_id: UUID | None = None
    status: UserStatus | None = None


@dataclass(frozen=True)
class Place:
    """Where a person belongs now; `moved` when they had another place before."""

    organisation_id: UUID
    user_id: UUID
    moved: bool
    is_new: bool


@dataclass(frozen=True)
class Offer:
    """What an invitation offers to whom it is for. `invited_by` is a name, or an address where there is none."""

    organisation: str
    invited_by: str
    role: Role
    status: State
    is_member: bool
    expires_at: datetime


async def member_as_guest(tx: SystemTx, organisation_id: UUID, user_id: UUID) -> Guest:
    """Somebody who is signed in, as they stand now. Raises NotSignedIn when they are no member any more."""
    row = await tx.first(
        select(User.email, User.name).where(
            User.organisation_id == organisation_id, User.id == user_id, User.status == UserStatus.ACTIVE
        )
    )
    if row is None:
        raise NotSignedIn("removed", "You are no longer a member of this organisation.")
    return Guest(row.email, row.name, organisation_id, user_id, UserStatus.ACTIVE)


async def find(tx: SystemTx, hashes: Sequence[bytes]) -> UUID:
    """Whose invitation this is. Raises NotFound when it is nobody's."""
    found: UUID | None = await tx.scalar(select(Invitation.organisation_id).where(Invitation.token_hash.in_(hashes)))
    if found is None:
        raise NotFound(UNKNOWN)
    return found


async def read_offer(tx: SystemTx, hashes: Sequence[bytes], guest: Guest) -> Offer:
    """What an invitation offers, told to nobody but whom it is for. Raises NotFound, InvitationForAnother."""
    organisation_id = await find(tx, hashes)
    row = await tx.first(
        select(
            Invitation.email,
            Invitation.role,
            Invitation.expires_at,
            Invitation.accepted_at,
            Invitation.revoked_at,
            Organisation.name.label("organisation"),
            User.name.label("inviter"),
            User.email.label("inviter_email"),
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .join(User, (User.organisation_id == Invitation.organisation_id) & (User.id == Invitation.invited_by))
        .where(Invitation.organisation_id == organisation_id, Invitation.token_hash.in_(hashes))
    )
    if row is None:  # it got another link at this moment
        raise NotFound(UNKNOWN)
    if row.email != guest.email:
        raise InvitationForAnother
    is_member = guest.organisation_id == organisation_id and guest.status is UserStatus.ACTIVE
    inviter = row.inviter or row.inviter_email
    return Offer(row.organisation, inviter, Role(row.role), state_of(row), is_member, row.expires_at)


async def accept(tx: SystemTx, organisation_id: UUID, hashes: Sequence[bytes], guest: Guest) -> Place:
    """
    Give the guest the place that is kept for them; the turn of both organisations was taken before.

    Raises NotFound, InvitationForAnother, InvitationOver, and LastAdmin where others would be left without an admin.
    """
    invitation = await _hold(tx, organisation_id, hashes)
    if invitation.email != guest.email:
        raise InvitationForAnother
    stays = guest.organisation_id == organisation_id
    if stays and guest.status is UserStatus.ACTIVE and invitation.accepted_by == guest.user_id:
        return Place(organisation_id, invitation.accepted_by, moved=False, is_new=False)  # the answer got lost
    if (state := state_of(invitation)) is not State.OPEN:
        raise InvitationOver("used" if state is State.ACCEPTED else state)
    place = await (_let_in(tx, invitation, guest) if stays else _settle(tx, invitation, guest))
    await tx.execute(
        update(Invitation)
        .where(Invitation.organisation_id == organisation_id, Invitation.id == invitation.id)
        .values(accepted_at=func.now(), accepted_by=place.user_id)
    )
    await audit.record(tx, organisation_id, "invitation.accepted", user_id=place.user_id, target=str(invitation.id))
    return place


async def _hold(tx: SystemTx, organisation_id: UUID, hashes: Sequence[bytes]) -> Any:
    found = await tx.first(
        select(
            Invitation.organisation_id,
            Invitation.id,
            Invitation.email,
            Invitation.role,
            Invitation.expires_at,
            Invitation.accepted_at,
            Invitation.accepted_by,
            Invitation.revoked_at,
        )
        .where(Invitation.organisation_id == organisation_id, Invitation.token_hash.in_(hashes))
        .with_for_update()
    )
    if found is None:
        raise NotFound(UNKNOWN)
    return found


async def _let_in(tx: SystemTx, invitation: Any, guest: Guest) -> Place:
    """Give a place to somebody who is known here: raised, let in after waiting, or back after a removal."""
    organisation_id, user_id = invitation.organisation_id, guest.user_id
    came_in = guest.status is not UserStatus.ACTIVE
    values: dict[str, object] = {"status": UserStatus.ACTIVE}
    if came_in or invitation.role == Role.ADMIN:
        values["role"] = invitation.role
    await tx.execute(update(User).where(User.organisation_id == organisation_id, User.id == user_id).values(**values))
    await _record(tx, organisation_id, user_id, "member.joined" if came_in else "member.role_changed", **values)
    return Place(organisation_id, _known(user_id), moved=False, is_new=False)


async def _settle(tx: SystemTx, invitation: Any, guest: Guest) -> Place:
    """Make a place for somebody who is new here, and have them leave where they were."""
    organisation_id, user_id = invitation.organisation_id, new_id()
    await tx.execute(
        insert(User).values(
            organisation_id=organisation_id,
            id=user_id,
            email=guest.email,
            name=guest.name,
            role=invitation.role,
            status=UserStatus.ACTIVE,
        )
    )
    if guest.organisation_id is not None:
        await _leave(tx, guest.organisation_id, _known(guest.user_id), guest)
        moved = await tx.execute(
            update(Identity)
            .where(Identity.organisation_id == guest.organisation_id, Identity.user_id == guest.user_id)
            .values(organisation_id=organisation_id, user_id=user_id)
        )
        if moved != 1:
            raise ChangedMeanwhile
    await _record(tx, organisation_id, user_id, "member.joined", role=invitation.role, status=UserStatus.ACTIVE)
    return Place(organisation_id, user_id, moved=guest.organisation_id is not None, is_new=True)


async def _leave(tx: SystemTx, organisation_id: UUID, user_id: UUID, guest: Guest) -> None:
    if guest.status is UserStatus.REMOVED:
        return
    is_needed = guest.status is UserStatus.ACTIVE and await members.is_needed(tx, organisation_id, user_id)
    if is_needed:
        raise LastAdmin
    await members.end_membership(tx, organisation_id, user_id)
    await _record(tx, organisation_id, user_id, "member.left")


def _known(user_id: UUID | None) -> UUID:
    if user_id is None:
        raise TypeError("a guest who belongs somewhere is somebody there")
    return user_id


async def _record(tx: SystemTx, organisation_id: UUID, user_id: UUID | None, action: str, **facts: object) -> None:
    await audit.record(tx, organisation_id, action, user_id=user_id, target=str(user_id), **facts)
