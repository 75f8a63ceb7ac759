"""
Money that went back, as the sum of what Stripe told of each payment, in whatever order.

A charge is told of with all that was refunded of it so far, so the largest figure is the latest. A refund of its own
counts until it fails, and a failed one is taken off what its charge said. A refund and a dispute only go forward: what
an earlier stage says is not believed after a later one.
"""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from nexus.core.db import SystemTx
from nexus.payments.models import PaymentReversal, ReversalKind
from nexus.payments.notices import TAKEN_STATUSES, Charge, Dispute, Refund, stage_of

OF_A_CHARGE, LIVE_REFUND, FAILED_REFUND = 0, 1, 2  # the stages of refunds


async def hold(tx: SystemTx, payment_intent: str) -> None:
    """Let nobody else book anything of this payment before we have: a refund may race with its purchase."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(payment_intent, 0))))


async def note_refund(tx: SystemTx, charge: Charge) -> None:
    """Write down how much of a charge has been refunded."""
    row = upsert(PaymentReversal).values(
        kind=ReversalKind.REFUND,
        reference=charge.id,
        payment_intent=charge.payment_intent,
        amount=charge.amount_refunded,
        currency=charge.currency,
        stage=OF_A_CHARGE,
        taken=True,
    )
    most = func.greatest(PaymentReversal.amount, row.excluded.amount)
    await tx.execute(row.on_conflict_do_update(index_elements=["kind", "reference"], set_={"amount": most}))


async def note_refund_status(tx: SystemTx, refund: Refund) -> None:
    """Write down how one refund stands. Once it has failed, it stays so."""
    row = upsert(PaymentReversal).values(
        kind=ReversalKind.REFUND,
        reference=refund.id,
        payment_intent=refund.payment_intent,
        amount=refund.amount,
        currency=refund.currency,
        stage=FAILED_REFUND if refund.came_to_nothing else LIVE_REFUND,
        taken=not refund.came_to_nothing,
    )
    new = {name: row.excluded[name] for name in ("amount", "stage", "taken")}
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=["kind", "reference"], set_=new, where=PaymentReversal.stage < row.excluded.stage
        )
    )


async def note_dispute(tx: SystemTx, dispute: Dispute) -> None:
    """Write down how a dispute stands."""
    row = upsert(PaymentReversal).values(
        kind=ReversalKind.DISPUTE,
        reference=dispute.id,
        payment_intent=dispute.payment_intent,
        amount=dispute.amount,
        currency=dispute.currency,
        stage=stage_of(dispute),
        taken=dispute.status in TAKEN_STATUSES,
    )
    new = {name: row.excluded[name] for name in ("amount", "stage", "taken")}
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=["kind", "reference"], set_=new, where=PaymentReversal.stage < row.excluded.stage
        )
    )


async def total(tx: SystemTx, payment_intent: str, currency: str) -> int:
    """How much of a payment is gone now, in the currency's smallest unit."""
    is_refund = PaymentReversal.kind == ReversalKind.REFUND.value
    refunded = _sum(is_refund, PaymentReversal.stage == OF_A_CHARGE) - _sum(
        is_refund, PaymentReversal.stage == FAILED_REFUND
    )
    live = _sum(is_refund, PaymentReversal.stage == LIVE_REFUND)
    disputed = _sum(~is_refund, PaymentReversal.taken.is_(True))
    found = await tx.scalar(
        select(disputed + func.greatest(refunded, live, 0)).where(
            PaymentReversal.payment_intent == payment_intent, PaymentReversal.currency == currency
        )
    )
    return int(found)


def _sum(*which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(PaymentReversal.amount).filter(*which), 0)
