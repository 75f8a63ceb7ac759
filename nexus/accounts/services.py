"""
Organisations and their people. Every query filters by organisation_id.

A person who was removed is nobody here: they are not let in, and only listed where they are asked for.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, update

from nexus.accounts.models import Organisation, Role, User, UserStatus
from nexus.audit import services as audit
from nexus.core.db import Hot, Transaction, Tx, fixed
from nexus.core.errors import NotAllowed, NotFound
from nexus.core.paging import Asked, Slice, read_slice

CHANGED = "changed"  # what the audit says of a name: it can never be taken out again
GRACE = timedelta(days=30)  # between an organisation's asking to be deleted and its erasure

MEMBERSHIP = Hot(
    select(User.role, Organisation.caching, Organisation.rate_limit)
    .join(Organisation, Organisation.id == User.organisation_id)
    .where(
        User.organisation_id == bindparam("organisation"),
        User.id == bindparam("user"),
        User.status == fixed(UserStatus.ACTIVE),
    )
)


class Membership(NamedTuple):
    """What a person may do here now, and what the organisation has chosen that matters to every request."""

    role: Role
    caching: bool
    rate_limit: int | None


async def read_membership(tx: Tx, organisation_id: UUID, user_id: UUID) -> Membership | None:
    """What this person may do here now, or None if they are no member (any more)."""
    row = await tx.fetch(MEMBERSHIP, organisation=organisation_id, user=user_id)
    return None if row is None else Membership(Role(row["role"]), row["caching"], row["rate_limit"])


async def must_be_admin(tx: Tx, organisation_id: UUID, user_id: UUID) -> None:
    """Raise NotAllowed unless this person is an admin here, as of now."""
    member = await read_membership(tx, organisation_id, user_id)
    if member is None or member.role is not Role.ADMIN:
        raise NotAllowed("You are no longer an admin of your organisation. Ask one of them.")


async def read_user(tx: Transaction, organisation_id: UUID, user_id: UUID) -> Any:
    """One person: id, email, name, role."""
    return await tx.first(
        select(User.id, User.email, User.name, User.role).where(
            User.organisation_id == organisation_id, User.id == user_id
        )
    )


async def read_organisation(tx: Transaction, organisation_id: UUID) -> Any:
    """The organisation itself."""
    return await tx.first(_organisation().where(Organisation.id == organisation_id))


async def change_organisation(tx: Tx, organisation_id: UUID, user_id: UUID, given: Mapping[str, object]) -> Any:
    """Change what was given and differs, and write down who did; the organisation as it is then."""
    found = await tx.first(_organisation().where(Organisation.id == organisation_id).with_for_update(key_share=True))
    changed = {field: value for field, value in given.items() if getattr(found, field) != value}
    if changed:
        await tx.execute(update(Organisation).where(Organisation.id == organisation_id).values(**changed))
        target = str(organisation_id)
        facts = changed | ({"name": CHANGED} if "name" in changed else {})
        await audit.record(tx, organisation_id, "organisation.changed", user_id=user_id, target=target, **facts)
    return await read_organisation(tx, organisation_id)


def _organisation() -> Select[*tuple[Any, ...]]:
    return select(
        Organisation.id,
        Organisation.name,
        Organisation.domain,
        Organisation.join_policy,
        Organisation.rate_limit,
        Organisation.caching,
        (Organisation.deletion_requested_at + GRACE).label("erased_after"),
    )


async def read_own_organisation(tx: Tx, organisation_id: UUID, asked_for: str) -> Any:
    """The organisation that is asked for, if it is the caller's own; any other one is not there."""
    if asked_for.lower() != str(organisation_id):
        raise NotFound
    return await read_organisation(tx, organisation_id)


async def list_admins(tx: Transaction, organisation_id: UUID, most: int) -> list[str]:
    """The addresses of the organisation's admins, those first who signed in last."""
    rows = await tx.rows(
        select(User.email)
        .where(User.organisation_id == organisation_id, User.role == Role.ADMIN, User.status == UserStatus.ACTIVE)
        .order_by(User.last_signed_in_at.desc().nulls_last(), User.id)
        .limit(most)
    )
    return [row.email for row in rows]


async def count_waiting(tx: Transaction, organisation_id: UUID) -> int:
    """How many people wait for an admin to let them in."""
    count: int = await tx.scalar(
        select(func.count()).where(User.organisation_id == organisation_id, User.status == UserStatus.AWAITING_APPROVAL)
    )
    return count


async def list_members(tx: Tx, organisation_id: UUID, page: Asked, status: UserStatus | None = None) -> Slice:
    """The people of the organisation, newest first: those who are in and those who wait, unless asked for others."""
    query = select(
        User.id, User.email, User.name, User.role, User.status, User.created_at, User.last_signed_in_at
    ).where(User.organisation_id == organisation_id)
    wanted = User.status != UserStatus.REMOVED if status is None else User.status == status
    return await read_slice(tx, query.where(wanted), User.id, page)
