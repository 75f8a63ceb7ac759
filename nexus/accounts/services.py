"""
Organisations and their people. Every query filters by organisation_id.

A person who was removed is nobody here: they are neither listed nor let in.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from nexus.accounts.models import Organisation, Role, User, UserStatus
from nexus.core.db import Hot, Tx, fixed
from nexus.core.errors import NotFound
from nexus.core.paging import Asked, Slice, read_slice

ROLE = Hot(
    select(User.role).where(
        User.organisation_id == bindparam("organisation"),
        User.id == bindparam("user"),
        User.status == fixed(UserStatus.ACTIVE),
    )
)


async def read_role(tx: Tx, organisation_id: UUID, user_id: UUID) -> Role | None:
    """What this person may do here now, or None if they are no member (any more)."""
    row = await tx.fetch(ROLE, organisation=organisation_id, user=user_id)
    return None if row is None else Role(row["role"])


async def read_user(tx: Tx, organisation_id: UUID, user_id: UUID) -> Any:
    """One person: id, email, name, role."""
    return await tx.first(
        select(User.id, User.email, User.name, User.role).where(
            User.organisation_id == organisation_id, User.id == user_id
        )
    )


async def read_organisation(tx: Tx, organisation_id: UUID) -> Any:
    """The organisation itself."""
    return await tx.first(
        select(
            Organisation.id, Organisation.name, Organisation.domain, Organisation.join_policy, Organisation.rate_limit
        ).where(Organisation.id == organisation_id)
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
