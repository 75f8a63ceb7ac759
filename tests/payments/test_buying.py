"""A pack is bought: chosen from the settings, paid at Stripe, credited by Stripe's event and by nothing else."""

from uuid import UUID

import asyncpg
import pytest

from nexus.core.db import Database
from nexus.credits import purchases
from nexus.credits.purchases import Bought
from tests.house import Person, refusal
from tests.payments.shop import COMPLETED, PAID_LATER, WELCOME, Shop
from tests.payments.stripe_server import DEAR, STARTER, TEAM, StripeServer, event


async def test_the_packs_are_those_of_the_settings(amy: Person) -> None:
    answer = await amy.api.get("/billing/packs")

    assert answer.status_code == 200
    assert [pack["id"] for pack in answer.json()["items"]] == [STARTER, TEAM, DEAR, "price_gone"]
    assert answer.json()["items"][0] == {
        "id": STARTER,
        "name": "Starter",
        "credits": 1000,
        "amount": 900,
        "currency": "usd",
        "amount_decimal": "9.00",
        "amount_exponent": 2,
    }


@pytest.mark.parametrize("kind", [COMPLETED, PAID_LATER])
async def test_a_paid_checkout_brings_its_credits(shop: Shop, kind: str) -> None:
    session = await shop.pay()

    outcome = await shop.tell(event(kind, session))

    assert outcome == "fulfilled"
    assert await shop.account() == (WELCOME + 1000, 0)
    assert await shop.entries() == [("purchase", 1000)]


async def test_what_was_credited_is_not_credited_by_another_event(shop: Shop) -> None:
    session = await shop.buy()

    outcomes = [await shop.tell(event(kind, session)) for kind in (COMPLETED, PAID_LATER)]

    assert outcomes == ["fulfilled_before", "fulfilled_before"]
    assert await shop.entries() == [("purchase", 1000)]


async def test_the_database_itself_refuses_a_second_purchase_of_a_checkout(shop: Shop, db: Database) -> None:
    session = await shop.buy()
    checkout = await shop.truth.fetchval("SELECT id FROM checkouts WHERE session_id = $1", session["id"])

    with pytest.raises(asyncpg.UniqueViolationError, match="one_purchase"):
        async with db.system() as tx:
            await purchases.add_purchase(tx, Bought(shop.buyer.organisation_id, checkout), 1000, "again")

    assert await shop.account() == (WELCOME + 1000, 0)


async def test_who_bought_what_is_written_down(shop: Shop) -> None:
    await shop.buy()

    assert await shop.audit() == [("checkout.created", shop.buyer.user_id), ("credits.purchased", shop.buyer.user_id)]


async def test_an_open_checkout_credits_nothing(shop: Shop) -> None:
    await shop.checkout()

    assert await shop.account() == (WELCOME, 0)


async def test_stripe_is_asked_for_the_price_and_told_whose_checkout_it_is(shop: Shop) -> None:
    session = await shop.checkout(TEAM)

    ((key, form, headers),) = shop.stripe.asked
    row = await shop.truth.fetchrow("SELECT * FROM checkouts WHERE session_id = $1", session["id"])
    assert row is not None
    checkout, organisation = str(row["id"]), str(shop.buyer.organisation_id)
    assert key == f"checkout-{checkout}"
    assert form == {
        "mode": "payment",
        "currency": "eur",
        "adaptive_pricing[enabled]": "false",
        "line_items[0][price]": TEAM,
        "line_items[0][quantity]": "1",
        "client_reference_id": checkout,
        "metadata[checkout_id]": checkout,
        "metadata[organisation_id]": organisation,
        "payment_intent_data[metadata][checkout_id]": checkout,
        "payment_intent_data[metadata][organisation_id]": organisation,
        "success_url": "http://127.0.0.1:3000/billing?checkout=paid",
        "cancel_url": "http://127.0.0.1:3000/billing?checkout=cancelled",
    }
    assert "telemetry" not in str(headers).lower()


async def test_a_member_buys_nothing(amy: Person, stripe: StripeServer) -> None:
    answer = await amy.api.post("/billing/checkout", json={"pack_id": STARTER})

    assert refusal(answer) == (403, "not_allowed")
    assert stripe.asked == []


async def test_an_unknown_pack_is_not_found(ann: Person, stripe: StripeServer) -> None:
    answer = await ann.api.post("/billing/checkout", json={"pack_id": "price_of_nothing"})

    assert refusal(answer) == (404, "not_found")
    assert stripe.asked == []


@pytest.mark.parametrize(
    "more",
    [
        {"organisation_id": "019f9b1c-7a59-715a-a63f-23b61ad0b72a"},
        {"amount": 1},
        {"credits": 10**9},
        {"balance": 1},
        {"status": "paid"},
        {"role": "admin"},
        {"cost": 0},
        {"quantity": 5},
        {"currency": "jpy"},
        {"success_url": "https://elsewhere.test"},
    ],
    ids=lambda more: next(iter(more)),
)
async def test_nothing_but_the_pack_can_be_said(ann: Person, stripe: StripeServer, more: dict[str, object]) -> None:
    answer = await ann.api.post("/billing/checkout", json={"pack_id": STARTER} | more)

    assert refusal(answer) == (422, "invalid_request")
    assert stripe.asked == []


async def test_a_request_that_is_sent_again_opens_one_checkout(shop: Shop) -> None:
    once = {"Idempotency-Key": "buy it once"}

    first = await shop.checkout(**once)
    second = await shop.checkout(**once)

    assert first is second
    assert len(shop.stripe.asked) == 1


async def test_each_organisation_sees_its_own_checkouts_only(
    shop: Shop, bob: Person, truth: asyncpg.Connection
) -> None:
    await shop.buy()

    await truth.execute("BEGIN; SET LOCAL ROLE nexus_app")
    seen = {}
    for person in (shop.buyer, bob):
        await truth.execute(f"SET LOCAL nexus.organisation_id = '{UUID(int=person.organisation_id.int)}'")
        seen[person.email] = await truth.fetchval("SELECT count(*) FROM checkouts")
    await truth.execute("ROLLBACK")
    assert list(seen.values()) == [1, 0]
    assert (await bob.api.get("/credits")).json()["balance"] == WELCOME
