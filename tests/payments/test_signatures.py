"""Only what Stripe signed a moment ago gets in: our own check agrees with the official library's, and is stricter."""

import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import stripe as library
from hypothesis import given
from hypothesis import strategies as some

from nexus.payments.signing import is_signed
from tests.house import refusal
from tests.payments.shop import COMPLETED, EVENTS, WELCOME, Shop, deliver
from tests.payments.stripe_server import OLD_SECRET, SECRET, event, signature

NOW = 1_790_000_000.0
BODY = b'{"id": "evt_1"}'


@given(some.binary(max_size=200).map(lambda raw: raw.hex()), some.text("abcdef_", min_size=1))
def test_what_the_official_library_signs_holds(payload: str, secret: str) -> None:
    header = library.WebhookSignature.generate_signature_header(payload, secret, timestamp=int(NOW))

    assert is_signed(payload.encode(), header, [b"another", secret.encode()], NOW)
    assert not is_signed(payload.encode() + b" ", header, [secret.encode()], NOW)
    assert not is_signed(payload.encode(), header, [secret.encode() + b"x"], NOW)


def test_what_we_sign_in_tests_holds_for_the_official_library() -> None:
    header = signature(BODY)

    assert library.WebhookSignature.verify_header(BODY, header, SECRET, tolerance=300)


@pytest.mark.parametrize(("seconds", "holds"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_signature_holds_for_five_minutes_both_ways(seconds: int, holds: bool) -> None:  # noqa: FBT001 - a table's column
    header = signature(BODY, at=NOW + seconds)

    assert is_signed(BODY, header, [SECRET.encode()], NOW) is holds


@given(some.text(max_size=300))
def test_no_header_breaks_the_check(header: str) -> None:
    assert not is_signed(BODY, header, [SECRET.encode()], NOW)


TIMED = f"t={int(NOW)}"
GOOD = signature(BODY, at=NOW)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        TIMED,
        GOOD.partition(",")[2],
        GOOD.replace("v1=", "v0="),
        GOOD.upper(),
        GOOD[:-1],
        f"{GOOD}0",
        f"t={int(NOW)},{GOOD}",
        GOOD.replace(TIMED, f"t={int(NOW) - 1}"),
        GOOD.replace(TIMED, "t=-1"),
        GOOD.replace(TIMED, f"t={10**14}"),
        GOOD.replace(TIMED, f"t={'9' * 400}"),
        f"{GOOD},v1={'0' * 5000}",
        signature(BODY, "", at=NOW),
    ],
)
def test_a_header_that_is_not_quite_one_does_not_hold(header: str | None) -> None:
    assert not is_signed(BODY, header, [SECRET.encode()], NOW)


def test_one_of_several_signatures_is_enough_while_a_secret_is_changed() -> None:
    other = signature(BODY, "of another endpoint", at=NOW).partition(",")[2]

    assert is_signed(BODY, f"{GOOD},{other}", [SECRET.encode()], NOW)


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
async def test_the_old_secret_is_taken_beside_the_new_one(shop: Shop, secret: str) -> None:
    body = json.dumps(event(COMPLETED, await shop.pay())).encode()

    answer = await deliver(shop.api, body, signature(body, secret))

    assert answer.status_code == 200
    assert await shop.account() == (WELCOME + 1000, 0)


HOURS = 3600.0


@pytest.mark.parametrize(
    "how", ["tampered", "unsigned", "another secret", "too old", "of the future", "re-encoded", "signed for another"]
)
async def test_what_is_not_signed_as_it_is_gets_no_credit(shop: Shop, how: str) -> None:
    told = event(COMPLETED, await shop.pay())
    body = json.dumps(told).encode()
    brought, signed = {
        "tampered": (body.replace(b"900", b"100"), signature(body)),
        "unsigned": (body, ""),
        "another secret": (body, signature(body, "whsec_of_somebody_else")),
        "too old": (body, signature(body, at=time.time() - 302)),
        "of the future": (body, signature(body, at=time.time() + 302)),
        "re-encoded": (json.dumps(told, indent=1).encode(), signature(body)),
        "signed for another": (body, signature(b"{}")),
    }[how]

    answer = await deliver(shop.api, brought, signed)

    assert refusal(answer) == (400, "event_refused")
    assert answer.json()["detail"] == "This is not an event that is taken here."
    assert await shop.account() == (WELCOME, 0)
    assert await shop.truth.fetchval("SELECT count(*) FROM stripe_events WHERE event_id = $1", told["id"]) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": "evt_1", "type": "charge.refunded", "data": {"object": []}}',
        b'{"id": "evt_\\u0000", "type": "charge.refunded", "data": {"object": {}}}',
        b'{"id": "evt_\\ud800", "type": "charge.refunded", "data": {"object": {}}}',
        b'{"id": 7, "type": "charge.refunded", "data": {"object": {}}}',
        b'{"id": "evt_1", "type": "", "data": {"object": {}}}',
    ],
    ids=range(12),
)
async def test_what_is_signed_and_no_event_is_refused(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await deliver(api, body)

    assert refusal(answer) == (400, "event_refused")


@pytest.mark.parametrize("way", ["announced", "in pieces"])
async def test_an_event_of_600_kb_is_too_large(shop: Shop, way: str) -> None:
    told = event(COMPLETED, await shop.pay()) | {"padding": "x" * 600_000}
    body = json.dumps(told).encode()
    headers = {"Stripe-Signature": signature(body), "Content-Type": "application/json"}

    async def pieces() -> AsyncIterator[bytes]:
        yield body

    answer = await shop.api.post(EVENTS, content=body if way == "announced" else pieces(), headers=headers)

    assert refusal(answer) == (413, "body_too_large")
    assert answer.json()["limit_bytes"] == 512_000
    assert await shop.account() == (WELCOME, 0)


async def test_an_event_of_almost_512_kb_is_taken(shop: Shop) -> None:
    outcome = await shop.tell(event(COMPLETED, await shop.pay()) | {"padding": "x" * 500_000})

    assert outcome == "fulfilled"
