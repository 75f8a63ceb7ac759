"""A checkout that cannot be opened leaves nothing behind, and says when to come again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from nexus.config import Settings
from nexus.local.ports import free_port
from tests.house import Person, Servers, door, refusal, run_app, settings_of, sign_in, some_domain
from tests.payments.shop import COMPLETED, Shop, deliver
from tests.payments.stripe_server import DEAR, STARTER, Failing, StripeServer, event

KEPT = """
SELECT (SELECT count(*) FROM checkouts WHERE organisation_id = $1)
     + (SELECT count(*) FROM idempotency_keys WHERE organisation_id = $1 AND expires_at > now())
     + (SELECT count(*) FROM audit_events WHERE organisation_id = $1 AND action LIKE 'checkout%')
"""
NOT_FOUND = {"error": {"type": "invalid_request_error", "message": "No such price"}}
BROKEN: dict[str, tuple[list[Failing], int]] = {
    "twice a 500": ([Failing(500), Failing(500)], 5),
    "twice a 503 that is no JSON": ([Failing(503, "<html>"), Failing(503, "<html>")], 5),
    "too many requests": ([Failing(429, {"error": {"type": "rate_limit_error", "message": "Slow down"}})], 5),
    "too slow, twice": ([Failing(200, {}, 3.4), Failing(200, {}, 3.4)], 5),
    "an answer that drips": ([Failing(200, "x" * 12, drips=True)], 5),
    "a wrong key": ([Failing(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})], 60),
    "not allowed": ([Failing(403, {"error": {"type": "invalid_request_error", "message": "Not with this key"}})], 60),
    "an unknown price": ([Failing(400, NOT_FOUND)], 60),
    "no id": ([Failing(200, {"object": "checkout.session", "url": "https://pay.test"})], 60),
    "no address": ([Failing(200, {"object": "checkout.session", "id": "cs_1", "url": None})], 60),
    "an id that cannot be kept": ([Failing(200, {"object": "checkout.session", "id": "\x00", "url": "https://a"})], 60),
    "not JSON": ([Failing(200, "Welcome!"), Failing(200, "Welcome!")], 60),
    "a list": ([Failing(200, [])], 60),
}


async def buy(person: Person, pack: str = STARTER) -> httpx.Response:
    """Ask for a checkout, with a key."""
    once = {"Idempotency-Key": "once"}
    return await person.api.post("/billing/checkout", json={"pack_id": pack}, headers=once)


@pytest.mark.parametrize(("failing", "seconds"), BROKEN.values(), ids=BROKEN)
async def test_nothing_is_half_made(shop: Shop, failing: list[Failing], seconds: int) -> None:
    shop.stripe.failing.extend(failing)

    answer = await buy(shop.buyer)

    assert refusal(answer) == (503, "stripe_unavailable")
    assert (answer.json()["retry_after"], answer.headers["retry-after"]) == (seconds, str(seconds))
    assert await shop.truth.fetchval(KEPT, shop.buyer.organisation_id) == 0
    shop.stripe.failing.clear()
    assert (await buy(shop.buyer)).status_code == 201


@pytest.mark.parametrize(
    ("change", "pack"),
    [
        ({}, DEAR),
        ({"amount_total": 1}, STARTER),
        ({"currency": "jpy"}, STARTER),
        ({"livemode": True}, STARTER),
        ({}, "price_gone"),
    ],
    ids=["sold for another price", "another amount", "another currency", "real money", "gone"],
)
async def test_what_would_be_paid_and_never_credited_is_not_offered(
    shop: Shop, change: dict[str, Any], pack: str
) -> None:
    shop.stripe.changes.update(change)

    answer = await buy(shop.buyer, pack)

    assert refusal(answer) == (503, "stripe_unavailable")
    assert await shop.truth.fetchval(KEPT, shop.buyer.organisation_id) == 0


async def test_a_hiccup_is_tried_again_with_the_same_key(shop: Shop) -> None:
    shop.stripe.failing.append(Failing(500))

    await shop.checkout()

    assert len(shop.stripe.asked) == 2
    assert len({key for key, _, _ in shop.stripe.asked}) == 1


async def test_a_slow_stripe_leaves_the_api_to_everybody_else(shop: Shop) -> None:
    shop.stripe.failing.extend([Failing(200, {}, 2.0)] * 4)
    waiting = [asyncio.create_task(buy_anew(shop.buyer)) for _ in range(12)]

    async with asyncio.timeout(1.9):
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        balance = await shop.buyer.api.get("/credits")

    assert balance.status_code == 200
    assert {refusal(one.result()) for one in done} == {(503, "stripe_unavailable")}
    answers = await asyncio.gather(*waiting)
    assert len(shop.stripe.asked) <= 4
    assert {answer.status_code for answer in answers} == {503}


async def buy_anew(person: Person) -> httpx.Response:
    """Ask for a checkout, without a key."""
    return await person.api.post("/billing/checkout", json={"pack_id": STARTER})


@asynccontextmanager
async def asking(settings: Settings, idp: str) -> AsyncIterator[Person]:
    """Ann, at an API with these settings."""
    async with run_app(settings, pool_size=2) as app, door(app) as api:
        ann = await sign_in(api, idp, f"ann@{some_domain()}")
        yield ann
        await ann.api.aclose()


async def test_nobody_at_the_address_is_told_soon(servers: Servers, running_stripe: StripeServer) -> None:
    nobody = {"NEXUS_STRIPE_API_BASE": f"http://127.0.0.1:{free_port()}"}
    async with asking(settings_of(servers.environment | running_stripe.settings | nobody), servers.idp) as ann:
        assert refusal(await buy(ann)) == (503, "stripe_unavailable")


async def test_with_postgresql_away_an_event_is_to_be_sent_again(
    servers: Servers, running_stripe: StripeServer
) -> None:
    nobody = {"NEXUS_SYSTEM_DATABASE_URL": f"postgresql://nexus_system:system@127.0.0.1:{free_port()}/none"}
    async with run_app(settings_of(servers.environment | running_stripe.settings | nobody)) as app, door(app) as api:
        answer = await deliver(api, event(COMPLETED, {"id": "cs_1"}, livemode=False))

    assert refusal(answer) == (503, "unavailable")
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("missing", [["API_KEY", "WEBHOOK_SECRET"], ["API_KEY"], ["WEBHOOK_SECRET"]], ids=" and ".join)
async def test_without_keys_billing_says_that_it_is_not_configured(
    servers: Servers, running_stripe: StripeServer, missing: list[str]
) -> None:
    gone = {f"NEXUS_STRIPE_{name}" for name in missing}
    given = {name: value for name, value in running_stripe.settings.items() if name not in gone}
    async with asking(settings_of(servers.environment | given), servers.idp) as ann:
        packs = await ann.api.get("/billing/packs")
        answers = [
            await buy(ann),
            await ann.api.post("/billing/stripe-events", json={}),
        ]

    assert {refusal(answer) for answer in answers} == {(503, "billing_not_configured")}
    assert {answer.headers["retry-after"] for answer in answers} == {"60"}
    assert packs.status_code == 200
    assert packs.json() == {"items": [], "next_cursor": None, "configured": False, "support_contact": None}


@pytest.mark.parametrize("contact", ["credits@operator.test", "https://operator.test/credits?from=app"])
async def test_where_nothing_is_sold_people_are_told_whom_to_ask(servers: Servers, contact: str) -> None:
    async with asking(settings_of(servers.environment | {"NEXUS_SUPPORT_CONTACT": contact}), servers.idp) as ann:
        packs = (await ann.api.get("/billing/packs")).json()

    assert (packs["configured"], packs["support_contact"]) == (False, contact)
