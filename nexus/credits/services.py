"""
Credits. Every query filters by organisation_id.

The ledger is append-only and is the truth; the balance is what it adds up to. Both change in one statement, which
takes the next number of the organisation's ledger with it, so that no entry is ever without its balance, or missing.
"""

from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    String,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)

from nexus.core.db import Hot, SystemTx, Tx, fixed
from nexus.core.errors import Conflict
from nexus.core.models import new_id
from nexus.core.paging import Asked, Slice, read_slice
from nexus.credits.errors import InsufficientCredits, SpendingStopped
from nexus.credits.models import CreditTransaction, OrgCredits, TransactionType
from nexus.credits.schemas import Balance

ORGANISATION = bindparam("organisation", type_=Uuid)
JOB = bindparam("job", type_=Uuid)
COST = bindparam("cost", type_=BigInteger)
NEXT_SEQ = OrgCredits.last_seq + fixed(1)


def charged() -> CTE:
    """The part of a statement that takes `cost` from the balance of `organisation`, or gives no row."""
    return (
        update(OrgCredits)
        .where(
            OrgCredits.organisation_id == ORGANISATION,
            OrgCredits.balance >= COST,
            OrgCredits.debt == fixed(0),
            OrgCredits.spending_stopped_at.is_(None),
        )
        .values(balance=OrgCredits.balance - COST, last_seq=NEXT_SEQ, updated_at=func.now())
        .returning(OrgCredits.balance, OrgCredits.last_seq)
        .cte("charged")
    )


def entered(booked: CTE, kind: TransactionType, amount: ColumnElement[int], job: ColumnElement[UUID | None]) -> CTE:
    """The part of a statement that writes the ledger entry of what was `booked` (`balance`, `last_seq`)."""
    values = {
        CreditTransaction.organisation_id: ORGANISATION,
        CreditTransaction.id: bindparam("entry", type_=Uuid),
        CreditTransaction.seq: booked.c.last_seq,
        CreditTransaction.type: fixed(kind),
        CreditTransaction.amount: amount,
        CreditTransaction.balance_after: booked.c.balance,
        CreditTransaction.job_id: job,
        CreditTransaction.description: bindparam("description", type_=String),
    }
    return insert(CreditTransaction).from_select(list(values), select(*values.values())).cte("entered")


def _refund() -> Hot:
    charge = (
        select((-CreditTransaction.amount).label("amount"))
        .where(
            CreditTransaction.organisation_id == ORGANISATION,
            CreditTransaction.job_id == JOB,
            CreditTransaction.type == fixed(TransactionType.DEDUCTION),
        )
        .cte("charge")
    )
    refunded = (
        update(OrgCredits)
        .where(OrgCredits.organisation_id == ORGANISATION)
        .values(balance=OrgCredits.balance + charge.c.amount, last_seq=NEXT_SEQ, updated_at=func.now())
        .returning(OrgCredits.balance, OrgCredits.last_seq, charge.c.amount)
        .cte("refunded")
    )
    entry = entered(refunded, TransactionType.REFUND, refunded.c.amount, JOB)
    return Hot(select(refunded.c.amount).add_cte(entry))


def _grant() -> Hot:
    amount = bindparam("amount", type_=BigInteger)
    granted = (
        update(OrgCredits)
        .where(OrgCredits.organisation_id == ORGANISATION)
        .values(balance=OrgCredits.balance + amount, last_seq=NEXT_SEQ, updated_at=func.now())
        .returning(OrgCredits.balance, OrgCredits.last_seq)
        .cte("granted")
    )
    entry = entered(granted, TransactionType.GRANT, amount, cast(None, Uuid))
    return Hot(select(granted.c.balance).add_cte(entry))


REFUND = _refund()
GRANT = _grant()


async def open_account(tx: SystemTx, organisation_id: UUID, credits_given: int) -> None:
    """Give a new organisation its balance, and what it gets for signing up."""
    await tx.execute(insert(OrgCredits).values(organisation_id=organisation_id, balance=0, last_seq=0))
    if credits_given:
        await grant(tx, organisation_id, credits_given, "Welcome: credits for signing up")


async def grant(tx: SystemTx, organisation_id: UUID, amount: int, reason: str) -> int:
    """Give credits, as the operator or the house; the new balance."""
    row = await tx.fetch(GRANT, organisation=organisation_id, amount=amount, entry=new_id(), description=reason)
    if row is None:
        raise LookupError(f"organisation {organisation_id} has no account")
    balance: int = row["balance"]
    return balance


async def refund(tx: Tx, organisation_id: UUID, job_id: UUID, reason: str) -> int:
    """
    Give back what a job cost, as its charge says; the amount.

    Only the transaction that moves the job to failed may call this; a second refund breaks a unique index.
    """
    row = await tx.fetch(REFUND, organisation=organisation_id, job=job_id, entry=new_id(), description=reason)
    return 0 if row is None else int(row["amount"])


async def read_balance(tx: Tx, organisation_id: UUID) -> Balance:
    """What the organisation can spend now."""
    row = await tx.first(
        select(OrgCredits.balance, OrgCredits.debt, func.now().label("as_of")).where(
            OrgCredits.organisation_id == organisation_id
        )
    )
    return Balance.model_validate(row)


async def why_not_charged(tx: Tx, organisation_id: UUID, cost: int) -> Conflict:
    """Why a charge gave no row: too few credits, a debt, or books that do not agree."""
    account = await tx.first(
        select(OrgCredits.balance, OrgCredits.debt, OrgCredits.spending_stopped_at).where(
            OrgCredits.organisation_id == organisation_id
        )
    )
    if account.spending_stopped_at is not None:
        return SpendingStopped()
    return InsufficientCredits(needed=cost, available=0 if account.debt else account.balance)


async def list_transactions(tx: Tx, organisation_id: UUID, page: Asked) -> Slice:
    """The ledger, newest first."""
    entry = CreditTransaction
    query = select(
        entry.id,
        entry.seq,
        entry.type,
        entry.amount,
        entry.balance_after,
        entry.job_id,
        entry.description,
        entry.created_at,
    ).where(entry.organisation_id == organisation_id)
    return await read_slice(tx, query, entry.seq, page, int)
