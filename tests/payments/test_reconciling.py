"""`nexus billing reconcile`: what Stripe says is paid and is no purchase here is found, and entered if so asked."""

import asyncio
import subprocess
from collections.abc import Iterator

import pytest

from tests.house import Servers, nexus
from tests.payments.shop import WELCOME, Shop
from tests.payments.stripe_server import Failing, StripeServer


@pytest.fixture
def stripe(stripe: StripeServer) -> Iterator[StripeServer]:
    """Stripe without the sessions of other tests."""
    others = dict(stripe.sessions)
    stripe.sessions.clear()
    yield stripe
    stripe.sessions.update(others)


async def reconcile(
    servers: Servers, stripe: StripeServer, *options: str, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the command; what it says."""
    environment = servers.environment | stripe.settings
    return await asyncio.to_thread(nexus, "billing", "reconcile", *options, environment=environment, status=status)


async def test_what_is_bought_is_not_listed(shop: Shop, servers: Servers) -> None:
    for _ in range(4):
        await shop.buy()
    await shop.checkout()

    said = await reconcile(servers, shop.stripe)

    assert said.stdout == "4 paid, 0 of them no purchase here, 0 left.\n"


async def test_a_payment_nobody_told_us_of_is_listed_on_whatever_page_it_stands(shop: Shop, servers: Servers) -> None:
    lost = await shop.pay()
    for _ in range(4):
        await shop.buy()

    said = await reconcile(servers, shop.stripe, status=1)

    assert said.stdout == (f"{lost['id']}  900 usd  not a purchase here\n5 paid, 1 of them no purchase here, 1 left.\n")
    assert await shop.account() == (WELCOME + 4000, 0)


async def test_it_is_entered_if_so_asked_and_once(shop: Shop, servers: Servers) -> None:
    lost = await shop.pay()

    first = await reconcile(servers, shop.stripe, "--fulfil")
    second = await reconcile(servers, shop.stripe, "--fulfil")

    assert first.stdout.startswith(f"{lost['id']}  900 usd  fulfilled\n1 paid, 1 of them")
    assert second.stdout == "1 paid, 0 of them no purchase here, 0 left.\n"
    assert await shop.entries() == [("purchase", 1000)]


async def test_what_is_not_what_we_offered_is_not_entered_even_so(shop: Shop, servers: Servers) -> None:
    (await shop.pay()).update(amount_total=1)

    said = await reconcile(servers, shop.stripe, "--fulfil", status=1)

    assert "1 usd  wrong_amount" in said.stdout
    assert await shop.account() == (WELCOME, 0)


async def test_a_session_that_names_us_and_is_not_ours_is_listed(shop: Shop, servers: Servers) -> None:
    session = await shop.pay()
    for name, metadata in (("cs_unknown", session["metadata"]), ("cs_of_another_product", {})):
        shop.stripe.sessions[name] = session | {"id": name, "metadata": metadata}
    del shop.stripe.sessions[session["id"]]

    said = await reconcile(servers, shop.stripe, "--days", "1", "--fulfil", status=1)

    assert said.stdout == "cs_unknown  900 usd  unknown_session\n1 paid, 1 of them no purchase here, 1 left.\n"


async def test_older_sessions_than_asked_for_are_left_out(shop: Shop, servers: Servers) -> None:
    (await shop.pay())["created"] -= 3 * 86_400

    assert (await reconcile(servers, shop.stripe, "--days", "2")).stdout.startswith("0 paid")
    assert (await reconcile(servers, shop.stripe, "--days", "4", status=1)).stdout.count("\n") == 2


async def test_stripe_being_away_is_told_in_a_sentence(shop: Shop, servers: Servers) -> None:
    shop.stripe.failing.extend([Failing(500)] * 2)

    said = await reconcile(servers, shop.stripe, status=1)

    assert "Stripe" in said.stderr
    assert "Traceback" not in said.stderr


async def test_without_a_key_there_is_nothing_to_compare(servers: Servers) -> None:
    said = await asyncio.to_thread(nexus, "billing", "reconcile", environment=servers.environment, status=1)

    assert "not configured" in said.stderr
