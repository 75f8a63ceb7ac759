"""
Checkouts. Every query filters by organisation_id, but for the two that find a checkout by Stripe's own ids: whose it
is, is their answer.

A checkout becomes a purchase once, whatever Stripe says how often and in which order: the row is locked, and what it
says itself about credits, amount, currency and mode is the word that counts.
"""

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from nexus.audit import services as audit
from nexus.core.db import SystemTx, Tx
from nexus.credits import purchases
from nexus.credits.purchases import Bought
from nexus.payments import reversals
from nexus.payments.models import Checkout, CheckoutStatus
from nexus.payments.notices import Session
from nexus.payments.outcomes import Outcome
from nexus.payments.packs import Order

PAID = "paid"
SELLING = "payment"  # the mode of a session that sells something once


async def keep_checkout(tx: Tx, order: Order, session_id: str) -> None:
    """Write down what was offered, and that it was; before its address leaves the house."""
    pack = order.pack
    await tx.execute(
        insert(Checkout).values(
            organisation_id=order.organisation_id,
            id=order.checkout_id,
            user_id=order.user_id,
            pack_id=pack.id,
            pack_name=pack.name,
            credits=pack.credits,
            amount=pack.amount,
            currency=pack.currency,
            livemode=order.livemode,
            session_id=session_id,
        )
    )
    facts = {"pack": pack.id, "credits": pack.credits, "amount": pack.amount, "currency": pack.currency}
    target = str(order.checkout_id)
    await audit.record(tx, order.organisation_id, "checkout.created", user_id=order.user_id, target=target, **facts)


async def settle(tx: SystemTx, session: Session) -> Outcome:
    """Make a purchase of a session that was paid, unless it is one already or is not what we offered."""
    if session.payment_intent is not None:
        await reversals.hold(tx, session.payment_intent)
    checkout = await _find_by_session(tx, session.id)
    if checkout is None:
        return Outcome.UNKNOWN_SESSION
    if checkout.status == CheckoutStatus.PAID:
        return Outcome.FULFILLED_BEFORE
    refused = _refuse(checkout, session)
    if refused is not None:
        return refused
    if session.payment_intent is not None and await find_by_payment(tx, session.payment_intent) is not None:
        return Outcome.PAYMENT_USED
    await _fulfil(tx, checkout, session)
    return Outcome.FULFILLED


async def end(tx: SystemTx, session: Session, status: CheckoutStatus) -> Outcome:
    """Note that nothing will come of a session any more; one that was paid stays so."""
    checkout = await _find_by_session(tx, session.id)
    if checkout is None:
        return Outcome.UNKNOWN_SESSION
    if checkout.status != CheckoutStatus.PAID:
        await _change(tx, checkout, status=status)
    return Outcome.ENDED


async def is_settled(tx: SystemTx, session_id: str) -> bool | None:
    """Whether a session is a purchase already; None when we never opened it."""
    status: str | None = await tx.scalar(select(Checkout.status).where(Checkout.session_id == session_id))
    return None if status is None else status == CheckoutStatus.PAID


async def find_by_payment(tx: SystemTx, payment_intent: str) -> Row[Any] | None:
    """The checkout that this payment paid, locked; or None."""
    found: Row[Any] | None = await tx.first(
        select(*Checkout.__table__.columns).where(Checkout.payment_intent == payment_intent).with_for_update()
    )
    return found


async def match_reversals(tx: SystemTx, checkout: Row[Any], payment_intent: str, why: str) -> Outcome:
    """Take credits for the money that went back by now, or give them back where it came again."""
    money = min(checkout.amount, await reversals.total(tx, payment_intent, checkout.currency))
    wanted = checkout.credits * money // checkout.amount  # part of a credit stays with the buyer
    more = wanted - checkout.taken_back
    if more == 0:
        return Outcome.NOTHING_TO_TAKE
    bought = Bought(checkout.organisation_id, checkout.id)
    facts: dict[str, object] = {"credits": abs(more), "why": why, "by": "stripe"}
    if more > 0:
        facts["taken"] = await purchases.take_back(tx, bought, more, f"Taken back ({why}): {checkout.pack_name}")
    else:
        await purchases.give_back(tx, bought, -more, f"Given back ({why}): {checkout.pack_name}")
    await _change(tx, checkout, taken_back=wanted)
    outcome = Outcome.TAKEN_BACK if more > 0 else Outcome.GIVEN_BACK
    action, target = f"credits.{outcome}", str(checkout.id)
    await audit.record(tx, checkout.organisation_id, action, user_id=None, target=target, **facts)
    return outcome


def _refuse(checkout: Row[Any], session: Session) -> Outcome | None:
    """Why this session is no purchase, the first reason that there is; None when it is one."""
    organisation_id = (session.metadata or {}).get("organisation_id", str(checkout.organisation_id))
    said = (session.client_reference_id or str(checkout.id), organisation_id, session.mode)
    amount, currency = session.price
    must_be = {
        Outcome.UNPAID: session.payment_status == PAID,
        Outcome.FOREIGN_MODE: session.livemode == checkout.livemode,
        Outcome.WRONG_AMOUNT: amount == checkout.amount,
        Outcome.WRONG_CURRENCY: currency == checkout.currency,
        Outcome.WRONG_REFERENCE: said == (str(checkout.id), str(checkout.organisation_id), SELLING),
    }
    return next((outcome for outcome, holds in must_be.items() if not holds), None)


async def _fulfil(tx: SystemTx, checkout: Row[Any], session: Session) -> None:
    await _change(tx, checkout, status=CheckoutStatus.PAID, paid_at=func.now(), payment_intent=session.payment_intent)
    bought = Bought(checkout.organisation_id, checkout.id)
    await purchases.add_purchase(tx, bought, checkout.credits, f"Purchase: {checkout.pack_name}")
    facts = {"credits": checkout.credits, "amount": checkout.amount, "currency": checkout.currency, "by": "stripe"}
    target = str(checkout.id)
    await audit.record(
        tx, checkout.organisation_id, "credits.purchased", user_id=checkout.user_id, target=target, **facts
    )
    if session.payment_intent is not None:
        await match_reversals(tx, checkout, session.payment_intent, "told of before the purchase")


async def _find_by_session(tx: SystemTx, session_id: str) -> Row[Any] | None:
    found: Row[Any] | None = await tx.first(
        select(*Checkout.__table__.columns).where(Checkout.session_id == session_id).with_for_update()
    )
    return found


async def _change(tx: SystemTx, checkout: Row[Any], **values: object) -> None:
    await tx.execute(
        update(Checkout)
        .where(Checkout.organisation_id == checkout.organisation_id, Checkout.id == checkout.id)
        .values(**values)
    )
