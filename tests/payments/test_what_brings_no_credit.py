"""Signed by Stripe, and still no purchase: not paid, or not what we offered. Answered 200, so that it stops coming."""

from typing import Any

import pytest

from tests.payments.shop import COMPLETED, PAID_LATER, WELCOME, Shop
from tests.payments.stripe_server import STARTER, TEAM, Thing, event

ELSEWHERE = "019f9b1c-7a59-715a-a63f-23b61ad0b72a"

CHANGED: list[tuple[Thing, str]] = [
    ({"payment_status": "unpaid"}, "unpaid"),
    ({"payment_status": "no_payment_required"}, "unpaid"),
    ({"amount_total": 899}, "wrong_amount"),
    ({"amount_total": 90_000}, "wrong_amount"),
    ({"amount_total": 0}, "wrong_amount"),
    ({"amount_total": None}, "wrong_amount"),
    ({"amount_total": "900"}, "unreadable"),
    ({"amount_total": -900}, "unreadable"),
    ({"amount_total": 10**30}, "unreadable"),
    ({"currency": "jpy"}, "wrong_currency"),
    ({"currency": None}, "wrong_currency"),
    ({"currency": "us\x00d"}, "unreadable"),
    ({"livemode": True}, "foreign_mode"),
    ({"livemode": None}, "unreadable"),
    ({"livemode": "false"}, "unreadable"),
    ({"mode": "subscription"}, "wrong_reference"),
    ({"client_reference_id": ELSEWHERE}, "wrong_reference"),
    ({"metadata": {"organisation_id": ELSEWHERE}}, "wrong_reference"),
    ({"id": "cs_test_of_nobody"}, "unknown_session"),
    ({"id": "cs_\x00"}, "unreadable"),
    ({"id": None}, "unreadable"),
    ({"payment_intent": "pi_\x00"}, "unreadable"),
    ({"payment_intent": 7}, "unreadable"),
    ({"payment_status": None}, "unreadable"),
]


@pytest.mark.parametrize(("change", "outcome"), CHANGED, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("kind", [COMPLETED, PAID_LATER])
async def test_a_session_that_is_not_what_we_offered_brings_nothing(
    shop: Shop, kind: str, change: dict[str, Any], outcome: str
) -> None:
    session = await shop.pay()

    became = await shop.tell(event(kind, session | change, livemode=False))

    assert became == outcome
    assert await shop.account() == (WELCOME, 0)
    assert await shop.entries() == []


async def test_an_event_of_the_other_mode_brings_nothing(shop: Shop) -> None:
    session = await shop.pay()

    assert await shop.tell(event(COMPLETED, session, livemode=True)) == "foreign_mode"
    assert await shop.account() == (WELCOME, 0)


async def test_an_organisation_that_only_the_metadata_names_gets_nothing(shop: Shop) -> None:
    foreign = {"id": "cs_test_made_elsewhere", "metadata": {"organisation_id": str(shop.buyer.organisation_id)}}
    session = await shop.pay()

    assert await shop.tell(event(COMPLETED, session | foreign)) == "unknown_session"
    assert await shop.account() == (WELCOME, 0)


async def test_a_payment_pays_one_checkout_only(shop: Shop) -> None:
    first, second = await shop.buy(), await shop.pay()

    became = await shop.tell(event(COMPLETED, second | {"payment_intent": first["payment_intent"]}))

    assert became == "payment_used"
    assert await shop.account() == (WELCOME + 1000, 0)


async def test_a_delayed_payment_brings_credits_when_it_has_come(shop: Shop) -> None:
    session = await shop.pay()

    early = await shop.tell(event(COMPLETED, session | {"payment_status": "unpaid"}))
    before = await shop.account()
    late = await shop.tell(event(PAID_LATER, session))

    assert (early, before, late) == ("unpaid", (WELCOME, 0), "fulfilled")
    assert await shop.account() == (WELCOME + 1000, 0)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("checkout.session.expired", "expired"), ("checkout.session.async_payment_failed", "failed")],
)
async def test_a_session_that_ended_is_noted_and_a_payment_still_counts(shop: Shop, kind: str, status: str) -> None:
    session = await shop.checkout()
    query = "SELECT status FROM checkouts WHERE session_id = $1"

    assert await shop.tell(event(kind, session)) == "ended"
    ended = await shop.truth.fetchval(query, session["id"])
    await shop.tell(event(COMPLETED, shop.stripe.pay(session)))
    await shop.tell(event(kind, session))

    assert (ended, await shop.truth.fetchval(query, session["id"])) == (status, "paid")
    assert await shop.account() == (WELCOME + 1000, 0)


@pytest.mark.parametrize("kind", ["customer.created", "charge.succeeded", "made.up.tomorrow", "checkout.session.x"])
async def test_an_unknown_event_is_kept_and_answered(shop: Shop, kind: str) -> None:
    told = event(kind, {"id": "thing_1"})

    assert await shop.tell(told) == "ignored"
    row = await shop.truth.fetchrow("SELECT * FROM stripe_events WHERE event_id = $1", told["id"])
    assert row is not None
    assert (row["type"], row["about"], row["deliveries"]) == (kind, "thing_1", 1)
    assert row["handled_at"] >= row["created_at"]


async def test_an_event_that_was_refused_for_a_wrong_setting_counts_when_it_is_sent_again(shop: Shop) -> None:
    session = await shop.pay(TEAM)
    told = event(COMPLETED, session)
    spoil = "UPDATE checkouts SET amount = $2 WHERE session_id = $1"
    await shop.truth.execute(spoil, session["id"], 1)

    first = await shop.tell(told)
    await shop.truth.execute(spoil, session["id"], 3900)
    second = await shop.tell(told)
    third = await shop.tell(told)

    assert (first, second, third) == ("wrong_amount", "fulfilled", "fulfilled")
    assert await shop.entries() == [("purchase", 5000)]


async def test_what_was_offered_counts_and_not_what_is_offered_now(shop: Shop) -> None:
    session = await shop.pay(STARTER)
    await shop.truth.execute("UPDATE checkouts SET credits = 800 WHERE session_id = $1", session["id"])

    await shop.tell(event(COMPLETED, session))

    assert await shop.entries() == [("purchase", 800)]
