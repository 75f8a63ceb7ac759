"""Whoever is not signed in yet is counted by their address; the web application, which speaks for many, is not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from nexus.accounts import key_values
from nexus.accounts.limits import network_of
from tests.accounts.keys import bearer, make_key, status
from tests.api_processes import api_processes
from tests.house import WEB_CLIENT_SECRET, Servers, id_token, refusal, settings_of, sign_in, some_domain
from tests.limits.narrow import Narrow, narrow_app, told

CALLS = 4
PROVEN = {"web_client_secret": WEB_CLIENT_SECRET}
PRODUCTION = {
    "NEXUS_ENVIRONMENT": "production",
    "NEXUS_WEBHOOK_ALLOWED_HOSTS": "",
    "NEXUS_GOOGLE_ISSUER": "https://accounts.google.com",
    "NEXUS_METRICS_TOKEN": "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u",
}


@pytest.fixture
async def narrow(servers: Servers) -> AsyncIterator[Narrow]:
    """The API with four calls a minute from an address, and an address that nobody used before."""
    async with narrow_app(servers, address_rate_limit=CALLS) as opened:
        opened.api = await opened.doors.enter_async_context(
            door_from(opened, f"fd{uuid4().hex[:2]}:{uuid4().hex[:4]}::1")
        )
        yield opened


def door_from(narrow: Narrow, address: str) -> httpx.AsyncClient:
    """A door to the API for somebody with this address."""
    transport = httpx.ASGITransport(narrow.app, client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://api.test/v1")


async def guess(api: httpx.AsyncClient, path: str = "/auth/google", **more: Any) -> httpx.Response:
    """Try to come in with something that is no token."""
    field = "id_token" if path == "/auth/google" else "refresh_token"
    return await api.post(path, json={field: "a guess", **more})


async def test_of_an_addresss_calls_before_sign_in_as_many_as_the_limit_are_answered(narrow: Narrow) -> None:
    answers = [await guess(narrow.api) for _ in range(CALLS)]
    last = await guess(narrow.api)

    assert [refusal(answer) for answer in answers] == [(401, "invalid_identity")] * CALLS
    assert [told(answer) for answer in answers] == [("address", left) for left in (3, 2, 1, 0)]
    assert refusal(last) == (429, "rate_limited")
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert last.headers["RateLimit-Policy"] == f'"address";q={CALLS};w=60'


@pytest.mark.parametrize("path", ["/auth/google", "/auth/refresh", "/auth/logout"])
async def test_it_is_one_window_for_every_way_in(narrow: Narrow, path: str) -> None:
    for _ in range(CALLS):
        await narrow.api.get("/auth/google/callback")

    assert refusal(await guess(narrow.api, path)) == (429, "rate_limited")
    assert refusal(await narrow.api.get("/auth/google")) == (429, "rate_limited")


@pytest.mark.parametrize("path", ["/auth/google", "/auth/refresh", "/auth/logout"])
async def test_the_web_application_is_not_held_to_it(narrow: Narrow, path: str) -> None:
    answers = [await guess(narrow.api, path, **PROVEN) for _ in range(CALLS + 2)]

    assert [answer.status_code for answer in answers] == [401] * (CALLS + 2)
    assert "RateLimit" not in answers[0].headers


async def test_a_wrong_secret_exempts_nobody(narrow: Narrow) -> None:
    answers = [await guess(narrow.api, "/auth/refresh", web_client_secret="a guess") for _ in range(CALLS + 1)]

    assert [answer.status_code for answer in answers] == [401] * CALLS + [429]


async def test_made_up_api_keys_make_postgresql_look_no_more_often_than_that(narrow: Narrow, servers: Servers) -> None:
    ann = await sign_in(narrow.api, servers.idp, f"ann@{some_domain()}")
    made = (await make_key(ann))["value"]
    first_use = await status(narrow.api, made)

    guesses = [await narrow.api.get("/me", headers=bearer(key_values.make())) for _ in range(CALLS)]

    assert [answer.status_code for answer in guesses] == [401] * (CALLS - 2) + [429] * 2
    assert (first_use, await status(narrow.api, made)) == ((200, None), (200, None))


async def test_whoever_is_signed_in_is_not_held_to_it(narrow: Narrow, servers: Servers) -> None:
    ann = await sign_in(narrow.api, servers.idp, f"ann@{some_domain()}")
    for _ in range(CALLS):
        await guess(narrow.api)

    assert refusal(await guess(narrow.api)) == (429, "rate_limited")
    assert (await ann.api.get("/me")).status_code == 200
    assert (await narrow.api.get("http://api.test/health")).status_code == 200


async def test_another_address_has_a_window_of_its_own_and_another_of_the_same_network_has_not(narrow: Narrow) -> None:
    block = f"fd{uuid4().hex[:2]}:{uuid4().hex[:4]}:{uuid4().hex[:4]}"
    addresses = (f"{block}:1::1", f"{block}:1:ffff::2", f"{block}:2::1")

    found = []
    for address in addresses:
        async with door_from(narrow, address) as api:
            found.append(told(await guess(api))[1])

    assert found == [3, 2, 3]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("x" * 1000, "x" * 64),
    ],
)
def test_what_is_counted_together(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("changed", "calls"),
    [
        ({}, 0),
        (PRODUCTION, 60),
        ({"NEXUS_ADDRESS_RATE_LIMIT": "7"}, 7),
        (PRODUCTION | {"NEXUS_ADDRESS_RATE_LIMIT": "0"}, 0),
    ],
    ids=["off in development", "sixty in production", "as many as are set", "switched off"],
)
def test_how_many_calls_an_address_may_make(servers: Servers, changed: dict[str, str], calls: int) -> None:
    assert settings_of(servers.environment | changed).calls_per_address == calls


async def test_in_development_nobody_is_counted_by_their_address(api: httpx.AsyncClient) -> None:
    answers = [await guess(api) for _ in range(70)]

    assert {answer.status_code for answer in answers} == {401}
    assert "RateLimit" not in answers[0].headers


@pytest.mark.parametrize(("trusted", "statuses"), [("127.0.0.1", [401, 429, 401]), ("", [401, 429, 429])])
async def test_behind_a_trusted_proxy_the_address_is_the_one_that_the_proxy_names(
    servers: Servers, tmp_path: Path, trusted: str, statuses: list[int]
) -> None:
    one, other = (f"2001:db8:{uuid4().hex[:4]}::1" for _ in range(2))
    settings = {"NEXUS_ADDRESS_RATE_LIMIT": "1", "NEXUS_TRUSTED_PROXIES": trusted}
    with api_processes(servers.environment | settings, tmp_path, 1) as [url]:
        async with httpx.AsyncClient(base_url=f"{url}/v1", trust_env=False) as api:
            said = [
                await api.post("/auth/google", json={"id_token": "a guess"}, headers={"X-Forwarded-For": address})
                for address in (one, one, other)
            ]

    assert [answer.status_code for answer in said] == statuses


async def test_a_body_that_is_no_object_is_counted_too(narrow: Narrow) -> None:
    answers = [
        await narrow.api.post("/auth/google", content=body, headers={"Content-Type": "application/json"})
        for body in (b"[]", b"{", b"3", b"\xff", b"{}")
    ]

    assert [answer.status_code for answer in answers] == [422] * CALLS + [429]


async def test_the_web_applications_people_sign_in_through_the_front_door(narrow: Narrow) -> None:
    token = await id_token(narrow.idp, f"ann@{some_domain()}")

    answer = await narrow.api.post("/auth/google", json={"id_token": token, **PROVEN})

    renewed = await narrow.api.post("/auth/refresh", json={"refresh_token": answer.json()["refresh_token"], **PROVEN})
    assert (answer.status_code, renewed.status_code) == (200, 200)
