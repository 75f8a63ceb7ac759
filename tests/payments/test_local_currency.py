"""A buyer pays in the pack's own currency; where Stripe let them pay in another, they get the pack all the same."""

from tests.payments.shop import COMPLETED, WELCOME, Shop
from tests.payments.stripe_server import event


async def test_stripe_is_told_to_offer_no_other_currency(shop: Shop) -> None:
    await shop.checkout()

    [(_, form, _)] = shop.stripe.asked
    assert (form["adaptive_pricing[enabled]"].lower(), form["currency"]) == ("false", "usd")


async def test_who_paid_in_a_local_currency_gets_the_pack(shop: Shop) -> None:
    session = await shop.pay()
    local = {
        "amount_total": 842,
        "currency": "eur",
        "currency_conversion": {
            "amount_subtotal": 900,
            "amount_total": 900,
            "fx_rate": "0.9356",
            "source_currency": "usd",
        },
    }

    outcomes = [await shop.tell(event(COMPLETED, session | local)) for _ in range(2)]

    assert outcomes == ["fulfilled", "fulfilled_before"]
    assert await shop.account() == (WELCOME + 1000, 0)


async def test_a_conversion_of_another_amount_is_no_purchase(shop: Shop) -> None:
    session = await shop.pay()
    conversion = {"amount_subtotal": 90, "amount_total": 90, "fx_rate": "1", "source_currency": "usd"}

    outcome = await shop.tell(event(COMPLETED, session | {"currency_conversion": conversion}))

    assert outcome == "wrong_amount"
    assert await shop.account() == (WELCOME, 0)
