"""
What the operator does to accounts from the command line. Every query filters by organisation_id, but for the one that
finds the organisation by its id or domain.
"""

from uuid import UUID

from sqlalchemy import select, update

from nexus.accounts.models import Organisation, Role, User
from nexus.audit import services as audit
from nexus.core.db import SystemTx
from nexus.core.errors import NotFound


async def find_organisation(tx: SystemTx, name: str) -> UUID:
    """The organisation with this id or domain. Raises NotFound."""
    try:
        named = Organisation.id == UUID(name)
    except ValueError:
        named = Organisation.domain == name.lower()
    found: UUID | None = await tx.scalar(select(Organisation.id).where(named))
    if found is None:
        raise NotFound(f"No organisation has the id or domain '{name}'. A personal one has no domain: give its id.")
    return found


async def set_role(tx: SystemTx, organisation_id: UUID, user_id: UUID, role: Role) -> None:
    """Give a person a role, as the operator's doing."""
    await tx.execute(update(User).where(User.organisation_id == organisation_id, User.id == user_id).values(role=role))
    await audit.record(
        tx, organisation_id, "member.role_changed", user_id=None, target=str(user_id), role=role, by="operator"
    )


async def set_rate_limit(tx: SystemTx, organisation_id: UUID, limit: int | None) -> None:
    """Give an organisation a rate limit of its own in requests a window, or with None the platform's again."""
    await tx.execute(update(Organisation).where(Organisation.id == organisation_id).values(rate_limit=limit))
    target = str(organisation_id)
    action = "organisation.rate_limit_changed"
    await audit.record(tx, organisation_id, action, user_id=None, target=target, rate_limit=limit, by="operator")
