"""Keys are exchanged without signing anybody out: the newest signs, the one before it is still believed."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from nexus.accounts.tokens import key_id
from nexus.config import Settings
from tests.accounts.forgery import unpart
from tests.house import SECRET_KEY, Person, Servers, door, id_token, refusal, run_app, some_domain

NEWER_KEY = "a newer signing key that only the tests know"


@pytest.fixture
async def rotated(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API after a rotation: the new key first, the old one behind it."""
    keys = (SecretStr(NEWER_KEY), SecretStr(SECRET_KEY))
    async with run_app(settings.model_copy(update={"secret_keys": keys})) as app, door(app) as client:
        yield client


@pytest.fixture
async def forgetful(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API when the old key is gone."""
    async with (
        run_app(settings.model_copy(update={"secret_keys": (SecretStr(NEWER_KEY),)})) as app,
        door(app) as client,
    ):
        yield client


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_of_the_older_key_still_holds(rotated: httpx.AsyncClient, ann: Person) -> None:
    answer = await rotated.get("/me", headers=_bearer(ann.pair["access_token"]))

    assert answer.json()["user"]["id"] == str(ann.user_id)


async def test_a_token_of_a_key_that_is_gone_does_not_hold(forgetful: httpx.AsyncClient, ann: Person) -> None:
    answer = await forgetful.get("/me", headers=_bearer(ann.pair["access_token"]))

    assert refusal(answer) == (401, "not_signed_in")
    assert answer.json()["reason"] == "signature"


async def test_the_newest_key_signs(rotated: httpx.AsyncClient, servers: Servers) -> None:
    answer = await rotated.post("/auth/google", json={"id_token": await id_token(servers.idp, f"a@{some_domain()}")})

    header = json.loads(unpart(answer.json()["access_token"].partition(".")[0]))
    assert header == {"alg": "HS256", "kid": key_id(NEWER_KEY), "typ": "JWT"}


async def test_a_session_is_renewed_over_a_rotation(rotated: httpx.AsyncClient, ann: Person) -> None:
    answer = await rotated.post("/auth/refresh", json={"refresh_token": ann.pair["refresh_token"]})

    assert answer.status_code == 200


async def test_a_refresh_repeated_over_a_rotation_gives_the_same_successor(
    api: httpx.AsyncClient, rotated: httpx.AsyncClient, ann: Person
) -> None:
    used = {"refresh_token": ann.pair["refresh_token"]}
    before = await api.post("/auth/refresh", json=used)

    after = await rotated.post("/auth/refresh", json=used)

    assert after.json()["refresh_token"] == before.json()["refresh_token"]


async def test_a_keys_name_tells_nothing_of_the_key() -> None:
    name = key_id(SECRET_KEY)

    assert len(name) == 12
    assert name not in SECRET_KEY
