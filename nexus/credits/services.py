"""
Credits. Every query filters by organisation_id.

The ledger is append-only and is the truth; the balance is what it adds up to. Both change in one statement, which
takes the next number of the organisation's ledger with it, so that no entry is ever without its balance, or missing.
"""

from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ClauseElement,
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

from nexus.core.db import Alone, Hot, SystemTx, Transaction, Tx, fixed
from nexus.core.errors import Conflict
from nexus.core.models import new_id
from nexus.core.paging import Asked, Slice, read_slice
from nexus.credits.errors import InsufficientCredits, SpendingStopped
from nexus.credits.models import CreditTransaction, OrgCredits, TransactionType
from nexus.credits.schemas import Balance

ORGANISATION = bindparam("organisation", type_=Uuid)
JOB = bindparam("job", type_=Uuid)
COST = bindparam("cost", type_=BigInteger)
NOTHING = cast(None, Uuid)
NEXT_SEQ = OrgCredits.last_seq + fixed(1)
WELCOME = "Welcome: credits for signing up"


def charged(*first: ColumnElement[bool]) -> CTE:
    """The part of a statement that takes `cost` from the balance of `organisation`, or gives no row."""
    return (
        update(OrgCredits)
        .where(
            *first,
            OrgCredits.organisation_id == ORGANISATION,
            OrgCredits.balance >= COST,
            OrgCredits.debt == fixed(0),
            OrgCredits.spending_stopped_at.is_(None),
        )
        .values(balance=OrgCredits.balance - COST, last_seq=NEXT_SEQ, updated_at=func.now())
        .returning(OrgCredits.balance, OrgCredits.last_seq)
        .cte("charged")
    )


def entered(
    booked: CTE,
    kind: TransactionType,
    amount: ColumnElement[int],
    job: ColumnElement[UUID | None] = NOTHING,
    checkout: ColumnElement[UUID | None] = NOTHING,
) -> CTE:
    """
    The part of a statement that writes the ledger entry of what was `booked` (`balance`, `last_seq`).

    An amount of 0 has no entry, and must not have taken a number.
    """
    values = {
        CreditTransaction.organisation_id: ORGANISATION,
        CreditTransaction.id: bindparam("entry", type_=Uuid),
        CreditTransaction.seq: booked.c.last_seq,
        CreditTransaction.type: fixed(kind),
        CreditTransaction.amount: amount,
        CreditTransaction.balance_after: booked.c.balance,
        CreditTransaction.job_id: job,
        CreditTransaction.checkout_id: checkout,
        CreditTransaction.description: bindparam("description", type_=String),
    }
    entry = select(*values.values()).where(amount != fixed(0))
    return insert(CreditTransaction).from_select(list(values), entry).cte("entered")


def added(kind: TransactionType, checkout: ColumnElement[UUID | None] = NOTHING) -> Hot:
    """The statement that adds `amount` to the balance of `organisation`, and enters it; the balance and the debt."""
    amount = bindparam("amount", type_=BigInteger)
    more = (
        update(OrgCredits)
        .where(OrgCredits.organisation_id == ORGANISATION)
        .values(balance=OrgCredits.balance + amount, last_seq=NEXT_SEQ, updated_at=func.now())
        .returning(OrgCredits.balance, OrgCredits.last_seq, OrgCredits.debt)
        .cte("more")
    )
    return Hot(select(more.c.balance, more.c.debt).add_cte(entered(more, kind, amount, checkout=checkout)))


def account_before() -> CTE:
    """The part of a statement that locks the account of `organisation` and reads it as it is before."""
    return (
        select(OrgCredits.balance, OrgCredits.debt)
        .where(OrgCredits.organisation_id == ORGANISATION)
        .with_for_update()
        .cte("before")
    )


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
        .returning(OrgCredits.balance, OrgCredits.last_seq, OrgCredits.debt, charge.c.amount)
        .cte("refunded")
    )
    entry = entered(refunded, TransactionType.REFUND, refunded.c.amount, JOB)
    return Hot(select(refunded.c.amount, refunded.c.debt).add_cte(entry))


def _settle() -> Hot:
    before = account_before()
    paid = func.least(before.c.balance, before.c.debt)
    settled = (
        update(OrgCredits)
        .where(OrgCredits.organisation_id == ORGANISATION, paid > fixed(0))
        .values(
            balance=OrgCredits.balance - paid, debt=OrgCredits.debt - paid, last_seq=NEXT_SEQ, updated_at=func.now()
        )
        .returning(OrgCredits.balance, OrgCredits.last_seq, paid.label("paid"))
        .cte("settled")
    )
    entry = entered(settled, TransactionType.CLAWBACK, -settled.c.paid)
    return Hot(select(settled.c.balance).add_cte(entry))


def _balance(*first: ColumnElement[bool]) -> ClauseElement:
    return select(OrgCredits.balance, OrgCredits.debt, func.now().label("as_of")).where(
        *first, OrgCredits.organisation_id == ORGANISATION
    )


BALANCE = Alone(_balance)
REFUND = _refund()
GRANT = added(TransactionType.GRANT)
SETTLE = _settle()


async def open_account(tx: SystemTx, organisation_id: UUID, credits_given: int) -> None:
    """Give a new organisation its balance, and what it gets for signing up."""
    await tx.execute(insert(OrgCredits).values(organisation_id=organisation_id, balance=0, last_seq=0))
    if credits_given:
        await grant(tx, organisation_id, credits_given, WELCOME)


async def forget_reasons(tx: SystemTx, organisation_id: UUID) -> None:
    """Take out of the ledger of an organisation that was erased what the operator wrote about grants."""
    written = CreditTransaction.type.in_((TransactionType.GRANT, TransactionType.ADJUSTMENT))
    await tx.execute(
        update(CreditTransaction)
        .where(
            CreditTransaction.organisation_id == organisation_id,
            written,
            CreditTransaction.description.not_in((WELCOME, CreditTransaction.type)),
        )
        .values(description=CreditTransaction.type)
    )


async def grant(tx: SystemTx, organisation_id: UUID, amount: int, reason: str) -> int:
    """Give credits, as the operator or the house; the new balance."""
    row = await tx.fetch(GRANT, organisation=organisation_id, amount=amount, entry=new_id(), description=reason)
    if row is None:
        raise LookupError(f"organisation {organisation_id} has no account")
    return await settle(tx, organisation_id) if row["debt"] else int(row["balance"])


async def settle(tx: Transaction, organisation_id: UUID) -> int:
    """Pay what an organisation owes from what it has, as far as that goes; the balance. For whoever adds credits."""
    row = await tx.fetch(SETTLE, organisation=organisation_id, entry=new_id(), description="Debt paid")
    return 0 if row is None else int(row["balance"])


async def refund(tx: Tx, organisation_id: UUID, job_id: UUID, reason: str) -> int:
    """
    Give back what a job cost, as its charge says; the amount.

    Only the transaction that moves the job to failed may call this; a second refund breaks a unique index.
    """
    row = await tx.fetch(REFUND, organisation=organisation_id, job=job_id, entry=new_id(), description=reason)
    if row is None:
        return 0
    if row["debt"]:
        await settle(tx, organisation_id)
    return int(row["amount"])


async def read_balance(tx: Tx) -> Balance:
    """What the organisation of this transaction can spend now."""
    row = await tx.look(BALANCE)
    return Balance.model_validate(row and dict(row))


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
