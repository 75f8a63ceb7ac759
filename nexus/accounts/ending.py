"""
The end of an organisation: asked for by an admin, called off within the grace, and then its people are erased.

Ledger and audit stay, and name nobody: ids without a person behind them, and no word that anybody wrote. Every query
filters by organisation_id, but for those that look for organisations whose time has come.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, cast, delete, func, or_, select, update

from nexus.accounts import members
from nexus.accounts.members import Acting
from nexus.accounts.models import ApiKey, Identity, Invitation, Organisation, Session, User, UserStatus
from nexus.accounts.services import GRACE
from nexus.audit import services as audit
from nexus.core.db import SystemTx, Tx

NOBODY = "@erased.invalid"  # RFC 2606 section 2: a domain that never is one
ERASED = "erased"
NAMELESS = ""
LATE = timedelta(minutes=5)  # in which a request that was let in before may still have written something


async def ask_for_deletion(tx: Tx, admin: Acting) -> datetime:
    """Begin the grace, unless it runs already; when it ends. Raises NotAllowed."""
    await members.take_admins_turn(tx, admin)
    begun = await tx.execute(
        update(Organisation)
        .where(Organisation.id == admin.organisation_id, Organisation.deletion_requested_at.is_(None))
        .values(deletion_requested_at=func.now())
    )
    if begun:
        await _record(tx, admin, "organisation.deletion_requested")
    since: datetime = await tx.scalar(
        select(Organisation.deletion_requested_at).where(Organisation.id == admin.organisation_id)
    )
    return since + GRACE


async def call_off_deletion(tx: Tx, admin: Acting) -> None:
    """Call it off, if it was asked for. Raises NotAllowed."""
    await members.take_admins_turn(tx, admin)
    ended = await tx.execute(
        update(Organisation)
        .where(Organisation.id == admin.organisation_id, Organisation.deletion_requested_at.is_not(None))
        .values(deletion_requested_at=None)
    )
    if ended:
        await _record(tx, admin, "organisation.deletion_cancelled")


async def erase_next(tx: SystemTx) -> bool:
    """Erase the people of one organisation whose grace is over; whether there was one."""
    organisation_id: UUID | None = await tx.scalar(
        select(Organisation.id)
        .where(Organisation.deletion_requested_at <= func.now() - GRACE, Organisation.erased_at.is_(None))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if organisation_id is None:
        return False
    await tx.execute(delete(Identity).where(Identity.organisation_id == organisation_id))
    await tx.execute(delete(Invitation).where(Invitation.organisation_id == organisation_id))
    await tx.execute(
        update(ApiKey).where(ApiKey.organisation_id == organisation_id).values(name=NAMELESS, prefix=NAMELESS)
    )
    await tx.execute(
        update(Session)
        .where(Session.organisation_id == organisation_id, Session.ended_at.is_(None))
        .values(ended_at=func.now(), end_reason=ERASED)
    )
    await tx.execute(
        update(User)
        .where(User.organisation_id == organisation_id)
        .values(email=cast(User.id, String) + NOBODY, name=None, status=UserStatus.REMOVED)
    )
    await tx.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id)
        .values(name=ERASED, domain=None, erased_at=func.now())
    )
    await audit.record(tx, organisation_id, "organisation.erased", user_id=None, target=str(organisation_id))
    return True


async def unfinished(tx: SystemTx) -> Sequence[UUID]:
    """
    Organisations whose people are erased, and whose texts are not yet.

    Those that were erased within the last minutes are among them though they are finished: a request that was let in
    before the erasure may write after it.
    """
    rows = await tx.rows(
        select(Organisation.id).where(
            Organisation.deletion_requested_at.is_not(None),
            Organisation.erased_at.is_not(None),
            or_(Organisation.erasure_done_at.is_(None), Organisation.erased_at > func.now() - LATE),
        )
    )
    return [row.id for row in rows]


async def _record(tx: Tx, admin: Acting, action: str) -> None:
    target = str(admin.organisation_id)
    await audit.record(tx, admin.organisation_id, action, user_id=admin.user_id, target=target)
