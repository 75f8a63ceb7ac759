"""
Organisations and their people. Every query filters by organisation_id.

A person who was removed is nobody here: they are neither listed nor let in.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, select, update

from nexus.accounts.models import Organisation, Role, User, UserStatus
from nexus.audit import services as audit
from nexus.core.db import Hot, Tx, fixed
from nexus.core.errors import NotFound
from nexus.core.paging import Asked, Slice, read_slice

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


async def read_user(tx: Tx, organisation_id: UUID, user_id: UUID) -> Any:
    """One person: id, email, name, role."""
    return await tx.first(
        select(User.id, User.email, User.name, User.role).where(
            User.organisation_id == organisation_id, User.id == user_id
        )
    )


async def read_organisation(tx: Tx, organisation_id: UUID) -> Any:
    """The organisation itself."""
    return await tx.first(_organisation().where(Organisation.id == organisation_id))


async def change_organisation(tx: Tx, organisation_id: UUID, user_id: UUID, given: Mapping[str, object]) -> Any:
    """Change what was given and differs, and write down who did; the organisation as it is then."""
    found = await tx.first(_organisation().where(Organisation.id == organisation_id).with_for_update(key_share=True))
    changed = {field: value for field, value in given.items() if getattr(found, field) != value}
    if changed:
        await tx.execute(update(Organisation).where(Organisation.id == organisation_id).values(**changed))
        target = str(organisation_id)
        await audit.record(tx, organisation_id, "organisation.changed", user_id=user_id, target=target, **changed)
    return await read_organisation(tx, organisation_id)


def _organisation() -> Select[*tuple[Any, ...]]:
    return select(
        Organisation.id,
        Organisation.name,
        Organisation.domain,
        Organisation.join_policy,
        Organisation.rate_limit,
        Organisation.caching,
    )


async def read_own_organisation(tx: Tx, organisation_id: UUID, asked_for: str) -> Any:
    """The organisation that is asked for, if it is the caller's own; any other one is not there."""
    if asked_for.lower() != str(organisation_id):
        raise NotFound
    return await read_organisation(tx, organisation_id)


async def list_members(tx: Tx, organisation_id: UUID, page: Asked) -> Slice:
    """The people of the organisation, newest first."""
    query = select(User.id, User.email, User.name, User.role, User.status).where(
        User.organisation_id == organisation_id, User.status != UserStatus.REMOVED
    )
    return await read_slice(tx, query, User.id, page)
