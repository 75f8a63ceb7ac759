"""An amount is told as Stripe counts its currency, which differs from ISO 4217 and from what a browser knows."""

import pytest

from tests.house import Servers, run_app, settings_of, sign_in, some_domain
from tests.house import door as door_of
from tests.payments.stripe_server import StripeServer

TOLD = {
    "usd": ("99900", "999.00"),
    "huf": ("99900", "999.00"),
    "twd": ("80045", "800.45"),
    "isk": ("500", "5.00"),
    "ugx": ("500", "5.00"),
    "rsd": ("5", "0.05"),
    "jpy": ("500", "500"),
    "krw": ("50000", "50000"),
    "mga": ("500", "500"),
    "xof": ("1", "1"),
    "kwd": ("5120", "5.120"),
    "bhd": ("10", "0.010"),
}


async def test_a_pack_tells_its_amount_with_stripes_own_decimals(
    servers: Servers, running_stripe: StripeServer
) -> None:
    packs = ",".join(f"price_{currency}:1:{amount}:{currency}:{currency}" for currency, (amount, _) in TOLD.items())
    settings = settings_of(servers.environment | running_stripe.settings | {"NEXUS_STRIPE_PACKS": packs})
    async with run_app(settings, pool_size=2) as app, door_of(app) as api:
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")
        shown = (await ann.api.get("/billing/packs")).json()
        await ann.api.aclose()

    assert shown["configured"] is True
    told = {one["currency"]: (str(one["amount"]), one["amount_decimal"]) for one in shown["items"]}
    assert told == TOLD
    assert {one["currency"] for one in shown["items"] if one["amount_exponent"] == 0} == {"jpy", "krw", "mga", "xof"}
    assert {one["currency"] for one in shown["items"] if one["amount_exponent"] == 3} == {"kwd", "bhd"}


@pytest.mark.parametrize("pack", ["price_A1:1:550:isk:Half", "price_A1:1:1:ugx:Cent", "price_A1:1:5124:kwd:Odd"])
def test_an_amount_that_stripe_never_charges_is_refused_at_start(servers: Servers, pack: str) -> None:
    with pytest.raises(ValueError, match="in multiples of"):
        settings_of(servers.environment | {"NEXUS_STRIPE_PACKS": pack})
