"""
Stripe's events: each is written down by its id, and acted on in the same transaction.

They come in any order, many times, and several at once. What is done follows from the object that an event is about
and from our own record of it, never from the order.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Row, func, update
from sqlalchemy.dialects.postgresql import insert as upsert

from nexus.audit import services as audit
from nexus.core.db import SystemTx
from nexus.payments import reversals, services
from nexus.payments.models import CheckoutStatus, StripeEvent
from nexus.payments.notices import Charge, Dispute, Event, Refund, Session, read
from nexus.payments.outcomes import SUSPICIOUS, Outcome

log = structlog.get_logger()

PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
ENDED = {
    "checkout.session.async_payment_failed": CheckoutStatus.FAILED,
    "checkout.session.expired": CheckoutStatus.EXPIRED,
}
REFUNDED = "charge.refunded"
REFUND_CHANGED = frozenset({"charge.refund.updated", "refund.created", "refund.updated", "refund.failed"})
DISPUTED = "charge.dispute."

Told = TypeVar("Told", Charge, Refund, Dispute)


async def take(tx: SystemTx, event: Event, *, livemode: bool) -> Outcome:
    """Write an event down and do what follows from it, once; what became of it."""
    before = await _note(tx, event)
    if before is not None and before not in SUSPICIOUS:
        return before
    outcome = await _act(tx, event, livemode=livemode)
    await tx.execute(
        update(StripeEvent)
        .where(StripeEvent.event_id == event.id)
        .values(outcome=outcome, handled_at=func.clock_timestamp())
    )
    write = log.warning if outcome in SUSPICIOUS else log.info
    write("stripe_event.taken", event_id=event.id, type=event.type, about=event.about, outcome=outcome)
    return outcome


async def _note(tx: SystemTx, event: Event) -> Outcome | None:
    """Write down that it came; what became of it when it came before. Whoever brings the same one waits here."""
    row = upsert(StripeEvent).values(event_id=event.id, type=event.type, about=event.about)
    again = {"deliveries": StripeEvent.deliveries + 1}
    noted = row.on_conflict_do_update(index_elements=["event_id"], set_=again).returning(StripeEvent.outcome)
    before: str | None = await tx.scalar(noted)
    return None if before is None else Outcome(before)


async def _act(tx: SystemTx, event: Event, *, livemode: bool) -> Outcome:
    told = event.data.object
    if event.livemode is not None and event.livemode != livemode:
        return Outcome.FOREIGN_MODE
    if event.type in PAID or event.type in ENDED:
        session = read(Session, told)
        return Outcome.UNREADABLE if session is None else await _act_on_session(tx, event.type, session)
    if event.type in REFUND_CHANGED:
        told = {**told, "livemode": livemode}  # a refund does not say it itself
    act = _reversal_of(event.type)
    return Outcome.IGNORED if act is None else await act(tx, told)


async def _act_on_session(tx: SystemTx, kind: str, session: Session) -> Outcome:
    return await services.end(tx, session, ENDED[kind]) if kind in ENDED else await services.settle(tx, session)


def _reversal_of(kind: str) -> Callable[[SystemTx, dict[str, Any]], Awaitable[Outcome]] | None:
    """What is done with an event of this type, if it tells of money that went back, or came back."""
    if kind == REFUNDED:
        return partial(_read_reversal, Charge, reversals.note_refund, "refund")
    if kind in REFUND_CHANGED:
        return partial(_read_reversal, Refund, reversals.note_refund_status, "refund")
    return partial(_read_reversal, Dispute, reversals.note_dispute, "dispute") if kind.startswith(DISPUTED) else None


async def _read_reversal(
    shape: type[Told],
    note: Callable[[SystemTx, Told], Awaitable[None]],
    kind: str,
    tx: SystemTx,
    told: dict[str, Any],
) -> Outcome:
    found = read(shape, told)
    return Outcome.UNREADABLE if found is None else await _act_on_reversal(tx, found, note, kind)


async def _act_on_reversal(
    tx: SystemTx, told: Told, note: Callable[[SystemTx, Told], Awaitable[None]], kind: str
) -> Outcome:
    """Note what is told of a payment, and take back or give back what follows once its purchase is known."""
    await reversals.hold(tx, told.payment_intent)
    checkout = await services.find_by_payment(tx, told.payment_intent)
    refused = _refuse(checkout, told)
    if refused is not None:
        return refused
    await note(tx, told)
    if checkout is None:
        return Outcome.NOTED
    if isinstance(told, Dispute):
        facts = {"dispute": told.id, "status": told.status, "amount": told.amount, "by": "stripe"}
        target = str(checkout.id)
        await audit.record(tx, checkout.organisation_id, "payment.disputed", user_id=None, target=target, **facts)
    return await services.match_reversals(tx, checkout, told.payment_intent, kind)


def _refuse(checkout: Row[Any] | None, told: Charge | Refund | Dispute) -> Outcome | None:
    """Why this says nothing about that checkout; a checkout that is not there yet is judged when it is paid."""
    if checkout is None:
        return None
    if told.livemode != checkout.livemode:
        return Outcome.FOREIGN_MODE
    return None if told.currency == checkout.currency else Outcome.WRONG_CURRENCY
