"""
The people of an organisation, changed by its admins. Every query filters by organisation_id.

An organisation that has anybody has an admin. Whoever changes its members takes turns with the others, and looks again
once it is their turn: so two admins who remove each other at the same instant leave one of them.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from nexus.accounts import services
from nexus.accounts.errors import LastAdmin
from nexus.accounts.models import Invitation, Role, User, UserStatus
from nexus.audit import services as audit
from nexus.core.db import Transaction, Tx
from nexus.core.errors import NotFound
from nexus.core.ids import id_of


@dataclass(frozen=True)
class Acting:
    """An admin, and the organisation in whose name they act."""

    organisation_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class Change:
    """What is to become of a member: another role, or let in after waiting."""

    role: Role | None
    let_in: bool


async def take_turns(tx: Transaction, *organisation_ids: UUID) -> None:
    """
    Wait until nobody else changes the members of these organisations, and keep them until this transaction ends.

    Always in the order of their ids, so that two who want the same two never wait for each other.
    """
    for organisation_id in sorted(set(organisation_ids)):
        lock = func.hashtextextended(f"members of {organisation_id}", 0)
        await tx.scalar(select(func.pg_advisory_xact_lock(lock)))


async def take_admins_turn(tx: Tx, admin: Acting) -> None:
    """Wait for this admin's turn. Raises NotAllowed when they are none any more by then."""
    await take_turns(tx, admin.organisation_id)
    await services.must_be_admin(tx, admin.organisation_id, admin.user_id)


async def change_member(tx: Tx, admin: Acting, user_id: str, change: Change) -> Any:
    """Change a member's role, or let in who waits. Raises NotFound, NotAllowed, LastAdmin."""
    member = await _member(tx, admin, id_of(user_id))
    organisation_id, changed = admin.organisation_id, dict[str, str]()
    if change.let_in and member.status == UserStatus.AWAITING_APPROVAL:
        changed["status"] = UserStatus.ACTIVE
    if change.role is not None and change.role != member.role:
        changed["role"] = change.role
    if not changed:
        return member
    if member.role == Role.ADMIN and "role" in changed:
        await _keep_an_admin(tx, organisation_id, member)
        await revoke_invitations_of(tx, organisation_id, member.id)
    await tx.execute(
        update(User).where(User.organisation_id == organisation_id, User.id == member.id).values(**changed)
    )
    for column, action in (("status", "member.approved"), ("role", "member.role_changed")):
        if column in changed:
            await _record(tx, admin, action, member.id, **{column: changed[column]})
    return await _find(tx, organisation_id, member.id)


async def remove_member(tx: Tx, admin: Acting, user_id: str) -> None:
    """Remove a member, oneself included, or refuse who waits. Raises NotFound, NotAllowed, LastAdmin."""
    member = await _member(tx, admin, id_of(user_id))
    await _keep_an_admin(tx, admin.organisation_id, member)
    await end_membership(tx, admin.organisation_id, member.id)
    was_in = member.status == UserStatus.ACTIVE
    await _record(tx, admin, "member.removed" if was_in else "member.refused", member.id)


async def end_membership(tx: Transaction, organisation_id: UUID, user_id: UUID) -> None:
    """
    What ends with a membership: it acts on the next request, PostgreSQL itself ends sessions and API keys, and every
    open link that this person has made is dead, or they could come back by one of them.
    """
    await tx.execute(
        update(User)
        .where(User.organisation_id == organisation_id, User.id == user_id)
        .values(status=UserStatus.REMOVED)
    )
    await revoke_invitations_of(tx, organisation_id, user_id)


async def revoke_invitations_of(tx: Transaction, organisation_id: UUID, user_id: UUID) -> None:
    """Revoke every open invitation that this person has made."""
    await tx.execute(
        update(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.invited_by == user_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )


async def is_needed(tx: Transaction, organisation_id: UUID, user_id: UUID) -> bool:
    """Whether this person's going would leave others, those who wait to be let in included, without an admin."""
    there = await tx.scalar(
        select(User.id)
        .where(User.organisation_id == organisation_id, User.status != UserStatus.REMOVED, User.id != user_id)
        .limit(1)
    )
    return there is not None and not await _another_admin_is_there(tx, organisation_id, user_id)


async def _another_admin_is_there(tx: Transaction, organisation_id: UUID, user_id: UUID) -> bool:
    found = await tx.scalar(
        select(User.id)
        .where(
            User.organisation_id == organisation_id,
            User.role == Role.ADMIN,
            User.status == UserStatus.ACTIVE,
            User.id != user_id,
        )
        .limit(1)
    )
    return found is not None


async def _member(tx: Tx, admin: Acting, user_id: UUID) -> Any:
    await take_admins_turn(tx, admin)
    member = await _find(tx, admin.organisation_id, user_id)
    if member is None:
        raise NotFound
    return member


async def _find(tx: Tx, organisation_id: UUID, user_id: UUID) -> Any:
    return await tx.first(
        select(User.id, User.email, User.name, User.role, User.status, User.created_at, User.last_signed_in_at).where(
            User.organisation_id == organisation_id, User.id == user_id, User.status != UserStatus.REMOVED
        )
    )


async def _keep_an_admin(tx: Tx, organisation_id: UUID, member: Any) -> None:
    is_admin = member.role == Role.ADMIN and member.status == UserStatus.ACTIVE
    if is_admin and not await _another_admin_is_there(tx, organisation_id, member.id):
        raise LastAdmin


async def _record(tx: Tx, admin: Acting, action: str, user_id: UUID, **facts: object) -> None:
    await audit.record(tx, admin.organisation_id, action, user_id=admin.user_id, target=str(user_id), **facts)
