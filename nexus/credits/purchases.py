"""
Credits that were bought, and those that a refund or a dispute takes away again. Every query filters by
organisation_id.

What is taken goes down to a balance of zero, and the rest is debt: there are no new jobs until it is paid. What comes
in is entered whole, and pays the debt with an entry of its own (docs/decisions/0033).
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Uuid, bindparam, cast, func, select, update

from nexus.core.db import Hot, SystemTx, fixed
from nexus.core.models import new_id
from nexus.credits.models import OrgCredits, TransactionType
from nexus.credits.services import ORGANISATION, account_before, added, entered, settle

CHECKOUT = bindparam("checkout", type_=Uuid)


@dataclass(frozen=True)
class Bought:
    """Which checkout an entry belongs to, and whose it is."""

    organisation_id: UUID
    checkout_id: UUID


def _take_back() -> Hot:
    before, owed = account_before(), bindparam("amount", type_=BigInteger)
    taken = func.least(before.c.balance, owed)
    left = (
        update(OrgCredits)
        .where(OrgCredits.organisation_id == ORGANISATION)
        .values(
            balance=OrgCredits.balance - taken,
            debt=OrgCredits.debt + owed - taken,
            last_seq=OrgCredits.last_seq + cast(taken > fixed(0), Integer),
            updated_at=func.now(),
        )
        .returning(OrgCredits.balance, OrgCredits.last_seq, taken.label("taken"))
        .cte("account")
    )
    entry = entered(left, TransactionType.CLAWBACK, -left.c.taken, checkout=CHECKOUT)
    return Hot(select(left.c.taken).add_cte(entry))


ADD_PURCHASE = added(TransactionType.PURCHASE, CHECKOUT)
GIVE_BACK = added(TransactionType.ADJUSTMENT, CHECKOUT)
TAKE_BACK = _take_back()


async def add_purchase(tx: SystemTx, bought: Bought, amount: int, description: str) -> None:
    """Enter a purchase whole. A second one of the same checkout breaks a unique index."""
    await _add(tx, ADD_PURCHASE, bought, amount, description)


async def give_back(tx: SystemTx, bought: Bought, amount: int, description: str) -> None:
    """Give back what was taken of a purchase, as after a dispute that was won."""
    await _add(tx, GIVE_BACK, bought, amount, description)


async def take_back(tx: SystemTx, bought: Bought, amount: int, description: str) -> int:
    """Take so many credits away, down to zero, and write down the rest as debt; how many were there to take."""
    row = await tx.fetch(TAKE_BACK, **_values(bought, amount, description))
    if row is None:
        raise LookupError(f"organisation {bought.organisation_id} has no account")
    return int(row["taken"])


async def _add(tx: SystemTx, statement: Hot, bought: Bought, amount: int, description: str) -> None:
    row = await tx.fetch(statement, **_values(bought, amount, description))
    if row is None:
        raise LookupError(f"organisation {bought.organisation_id} has no account")
    if row["debt"]:
        await settle(tx, bought.organisation_id)


def _values(bought: Bought, amount: int, description: str) -> dict[str, object]:
    return {
        "organisation": bought.organisation_id,
        "checkout": bought.checkout_id,
        "amount": amount,
        "entry": new_id(),
        "description": description,
    }
