"""What every answer tells a browser, whatever it answers."""

from collections.abc import AsyncIterator

import httpx
import pytest

from nexus.config import Environment, Settings
from tests.house import Person, door, run_app

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOTHING_IS_LOADED = "default-src 'none'; frame-ancestors 'none'"
HSTS = "Strict-Transport-Security"
PATHS = ["/health", "/docs", "/openapi.json", "/v1/me", "/v1/nowhere", "/v1/auth/google", "/v1/auth/google/callback"]


@pytest.fixture
async def deployed(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The door of an API that runs in production, with the servers of the tests."""
    in_production = settings.model_copy(update={"environment": Environment.PRODUCTION, "address_rate_limit": 0})
    async with run_app(in_production) as app, door(app) as client:
        client.base_url = "http://api.test"
        yield client


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_them(deployed: httpx.AsyncClient, path: str) -> None:
    answer = await deployed.get(path)

    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert answer.headers[HSTS] == "max-age=63072000; includeSubDomains"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_an_answer_that_asks_for_nothing_may_load_nothing(ann: Person) -> None:
    answer = await ann.api.get("/me")

    assert answer.headers["Content-Security-Policy"] == NOTHING_IS_LOADED


async def test_in_development_browsers_may_come_without_encryption(ann: Person) -> None:
    answer = await ann.api.get("/me")

    assert HSTS not in answer.headers


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
async def test_no_other_site_is_let_in(ann: Person, method: str) -> None:
    asked = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "GET"}

    answer = await ann.api.request(method, "/me", headers=asked)

    assert [name for name in answer.headers if name.startswith("access-control-")] == []


async def test_the_cookie_of_a_sign_in_is_bound_to_encryption_and_this_host(deployed: httpx.AsyncClient) -> None:
    answer = await deployed.get("/v1/auth/google")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-nexus_sign_in=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
