"""The browser flow: state, nonce and PKCE bind what comes back to the browser that asked."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi import FastAPI

from tests.browser import Browser, open_browser
from tests.house import refusal, some_domain

COOKIE = "nexus_sign_in"


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser without any cookie."""
    async with open_browser(app) as opened:
        yield opened


@pytest.fixture
async def another_browser(app: FastAPI) -> AsyncIterator[Browser]:
    """The browser of somebody else."""
    async with open_browser(app) as opened:
        yield opened


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _with(url: str, **changes: str) -> str:
    return f"{url.partition('?')[0]}?{urlencode(_query(url) | changes)}"


async def test_google_is_asked_with_state_nonce_and_a_challenge(browser: Browser) -> None:
    asked = _query(await browser.begin())

    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["scope"].split() == ["openid", "email", "profile"]
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))


async def test_every_sign_in_has_a_state_and_a_nonce_of_its_own(browser: Browser) -> None:
    first, second = _query(await browser.begin()), _query(await browser.begin())

    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


async def test_the_cookie_is_kept_from_scripts_and_other_paths_and_tells_nothing(browser: Browser) -> None:
    answer = await browser.api.get("/v1/auth/google")

    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "max-age=600", "path=/v1/auth/google"))
    assert _query(answer.headers["location"])["state"].lower() not in cookie


async def test_a_callback_in_another_browser_is_refused(browser: Browser, another_browser: Browser) -> None:
    callback = await browser.come_back(f"ann@{some_domain()}")

    without_cookie = await another_browser.api.get(callback)
    await another_browser.begin()
    with_its_own = await another_browser.api.get(callback)

    assert [refusal(without_cookie), refusal(with_its_own)] == [(401, "invalid_identity")] * 2


@pytest.mark.parametrize("state", ["", "another", "é", "x" * 512])
async def test_a_callback_with_another_state_is_refused(browser: Browser, state: str) -> None:
    callback = await browser.come_back(f"ann@{some_domain()}")

    answer = await browser.api.get(_with(callback, state=state))

    assert refusal(answer) == (401, "invalid_identity")


async def test_a_code_of_another_sign_in_is_refused(browser: Browser, another_browser: Browser) -> None:
    own = await browser.come_back(f"ann@{some_domain()}")
    stolen = _query(await another_browser.come_back(f"bob@{some_domain()}"))["code"]

    answer = await browser.api.get(_with(own, code=stolen))

    assert refusal(answer) == (401, "invalid_identity")


async def test_a_callback_is_taken_once(browser: Browser) -> None:
    callback = await browser.come_back(f"ann@{some_domain()}")

    first, second = await browser.api.get(callback), await browser.api.get(callback)

    assert (first.status_code, refusal(second)) == (200, (401, "invalid_identity"))


async def test_a_code_is_taken_once_even_with_the_cookie_kept(browser: Browser) -> None:
    callback = await browser.come_back(f"ann@{some_domain()}")
    kept = {"Cookie": f"{COOKIE}={browser.api.cookies[COOKIE]}"}

    first, second = [await browser.api.get(callback, headers=kept) for _ in range(2)]

    assert (first.status_code, refusal(second)) == (200, (401, "invalid_identity"))


async def test_a_sign_in_that_was_cancelled_is_refused(browser: Browser) -> None:
    state = _query(await browser.begin())["state"]

    answer = await browser.api.get("/v1/auth/google/callback", params={"state": state, "error": "access_denied"})

    assert refusal(answer) == (401, "invalid_identity")
    assert "cancelled" in answer.json()["detail"]


@pytest.mark.parametrize("sealed", ["garbage", "gAAAAA==", "x" * 4000, ""])
async def test_a_cookie_that_is_not_ours_is_refused(browser: Browser, sealed: str) -> None:
    headers = {"Cookie": f"{COOKIE}={sealed}"}

    answer = await browser.api.get("/v1/auth/google/callback?state=a&code=b", headers=headers)

    assert refusal(answer) == (401, "invalid_identity")


async def test_the_answer_with_the_tokens_is_not_to_be_stored(browser: Browser) -> None:
    answer = await browser.api.get(await browser.come_back(f"ann@{some_domain()}"))

    assert answer.headers["Cache-Control"] == "no-store"
    assert f'{COOKIE}=""; expires=' in answer.headers["set-cookie"]
