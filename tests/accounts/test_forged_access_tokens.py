"""Access tokens that do not hold: each is a 401 that says why, in one word, and never more."""

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.accounts.forgery import FAR_AWAY, LONG_AGO, access_claims, access_token, part, signed, unpart
from tests.house import Person, Servers, id_token, refusal, some_domain

Forge = Callable[[Person], str]
ANOTHER_KEY = "a signing key that somebody else has, of the same length"

UNREADABLE_HEADERS = {
    "empty": "",
    "a scheme alone": "Bearer",
    "a scheme and a space": "Bearer ",
    "another scheme": "Basic YW5uOmFubg==",
    "a made-up scheme": "Token abc",
    "a word": "Bearer not-a-token",
    "three words": "Bearer a.b.c",
    "dots": "Bearer ..",
    "five thousand characters": "Bearer " + "x" * 5000,
    "fifty thousand characters": "Bearer " + "x" * 50_000,
    "no ASCII": "Bearer é.ü.ß".encode(),
    "no UTF-8": b"Bearer \xff\xfe\xfd",
}


def _without(claim: str, person: Person) -> str:
    return signed(access_claims(person, {claim: None}))


UNREADABLE: dict[str, Forge] = {
    **{
        f"no {claim}": partial(_without, claim)
        for claim in ("iss", "aud", "sub", "organisation_id", "role", "client", "iat", "exp", "jti", "typ")
    },
    "a user that is no id": lambda ann: access_token(ann, sub="ann"),
    "a user that is a number": lambda ann: access_token(ann, sub=1),
    "an organisation that is no id": lambda ann: access_token(ann, organisation_id="acme"),
    "an organisation that is a number": lambda ann: access_token(ann, organisation_id=1),
    "an organisation that is a list": lambda ann: access_token(ann, organisation_id=[str(ann.organisation_id)]),
    "an expiry that is no time": lambda ann: access_token(ann, exp="tomorrow"),
    "an expiry that never comes": lambda ann: access_token(ann, exp=float("inf")),
    "issued in the future": lambda ann: access_token(ann, iat=FAR_AWAY),
    "not to be used yet": lambda ann: access_token(ann, nbf=FAR_AWAY),
    "a payload that is a list": lambda _: signed([1]),
    "a payload a thousand deep": lambda _: signed(b"[" * 1500),
    "a header a thousand deep": lambda ann: part(b"[" * 2000) + "." + access_token(ann).partition(".")[2],
    "a header that is a list": lambda ann: part([1]) + "." + access_token(ann).partition(".")[2],
    "a key's name that is a number": lambda ann: access_token(ann, {"kid": 1}),
    "longer than any of ours": lambda ann: access_token(ann, jti="x" * 4000),
    "a part too many": lambda ann: access_token(ann) + ".AA",
    "a part too few": lambda ann: access_token(ann).rpartition(".")[0],
}
BADLY_SIGNED: dict[str, Forge] = {
    "another key under our key's name": lambda ann: _renamed(access_token(ann, key=ANOTHER_KEY), access_token(ann)),
    "another key": lambda ann: access_token(ann, key=ANOTHER_KEY),
    "an unknown key's name": lambda ann: access_token(ann, {"kid": "0123456789ab"}),
    "no key's name": lambda ann: access_token(ann, {"kid": None}),
    "the algorithm none": lambda ann: access_token(ann, {"alg": "none"}),
    "HS512": lambda ann: access_token(ann, {"alg": "HS512"}),
    "no algorithm": lambda ann: access_token(ann, {"alg": None}),
    "no signature": lambda ann: access_token(ann).rpartition(".")[0] + ".",
    "another role written in": lambda ann: _rewritten(access_token(ann, role="member"), access_token(ann)),
}
NOT_FOR_US: dict[str, Forge] = {
    "another audience": lambda ann: access_token(ann, aud="another-api"),
    "our audience in a list": lambda ann: access_token(ann, aud=["nexus-api"]),
    "another issuer": lambda ann: access_token(ann, iss="https://accounts.google.com"),
    "another type": lambda ann: access_token(ann, typ="refresh"),
    "a type that is a list": lambda ann: access_token(ann, typ=["access"]),
    "a refresh token": lambda ann: str(ann.pair["refresh_token"]),
}


def _renamed(token: str, named: str) -> str:
    return named.partition(".")[0] + "." + token.partition(".")[2]


def _rewritten(payload_of: str, signature_of: str) -> str:
    header, _, signature = signature_of.split(".")
    return f"{header}.{payload_of.split('.')[1]}.{signature}"


async def _reason(api: httpx.AsyncClient, authorization: Any) -> str:
    """Why a request with this header is not signed in."""
    answer = await api.get("/me", headers={"Authorization": authorization})
    assert refusal(answer) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    return str(answer.json()["reason"])


async def test_no_header_is_missing(api: httpx.AsyncClient) -> None:
    answer = await api.get("/me")

    assert refusal(answer) == (401, "not_signed_in")
    assert answer.json()["reason"] == "missing"


@pytest.mark.parametrize("header", UNREADABLE_HEADERS.values(), ids=UNREADABLE_HEADERS)
async def test_a_header_that_cannot_be_read_is_malformed(api: httpx.AsyncClient, header: str | bytes) -> None:
    reason = await _reason(api, header)

    assert reason == "malformed"


@pytest.mark.parametrize("forge", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_token_that_says_too_little_or_what_it_cannot_mean_is_malformed(
    api: httpx.AsyncClient, ann: Person, forge: Forge
) -> None:
    reason = await _reason(api, f"Bearer {forge(ann)}")

    assert reason == "malformed"


@pytest.mark.parametrize("forge", BADLY_SIGNED.values(), ids=BADLY_SIGNED)
async def test_a_token_that_we_did_not_sign_so_is_refused_for_its_signature(
    api: httpx.AsyncClient, ann: Person, forge: Forge
) -> None:
    reason = await _reason(api, f"Bearer {forge(ann)}")

    assert reason == "signature"


async def test_an_id_token_is_refused_for_its_signature(api: httpx.AsyncClient, servers: Servers) -> None:
    google = await id_token(servers.idp, f"ann@{some_domain()}")

    reason = await _reason(api, f"Bearer {google}")

    assert reason == "signature"


@pytest.mark.parametrize("forge", NOT_FOR_US.values(), ids=NOT_FOR_US)
async def test_a_token_for_something_else_is_refused_for_its_type(
    api: httpx.AsyncClient, ann: Person, forge: Forge
) -> None:
    reason = await _reason(api, f"Bearer {forge(ann)}")

    assert reason == "type"


async def test_a_token_is_refused_once_it_has_expired(api: httpx.AsyncClient, ann: Person) -> None:
    reason = await _reason(api, f"Bearer {access_token(ann, exp=LONG_AGO)}")

    assert reason == "expired"


async def test_a_token_that_was_good_a_moment_ago_is_refused_once_it_has_expired(
    api: httpx.AsyncClient, ann: Person
) -> None:
    headers = {"Authorization": f"Bearer {access_token(ann, exp=int(time.time()) + 2)}"}
    before = await api.get("/me", headers=headers)
    await asyncio.sleep(2)

    after = await api.get("/me", headers=headers)

    assert (before.status_code, after.status_code, after.json()["reason"]) == (200, 401, "expired")


@pytest.mark.parametrize(
    "of_nobody",
    [{"sub": str(uuid4())}, {"organisation_id": str(uuid4())}, {"sub": str(uuid4()), "organisation_id": str(uuid4())}],
    ids=["an unknown user", "an unknown organisation", "both unknown"],
)
async def test_a_token_of_nobody_is_refused_as_removed(
    api: httpx.AsyncClient, ann: Person, of_nobody: dict[str, str]
) -> None:
    reason = await _reason(api, f"Bearer {signed(access_claims(ann, of_nobody))}")

    assert reason == "removed"


async def test_even_a_signed_token_does_not_put_a_user_into_another_organisation(
    api: httpx.AsyncClient, ann: Person, bob: Person
) -> None:
    reason = await _reason(api, f"Bearer {access_token(ann, organisation_id=str(bob.organisation_id))}")

    assert reason == "removed"


async def test_the_role_in_the_token_rules_nothing(api: httpx.AsyncClient, amy: Person) -> None:
    claims_to_be_admin = {"Authorization": f"Bearer {access_token(amy, role='admin')}"}

    answer = await api.get("/members", headers=claims_to_be_admin)

    assert refusal(answer) == (403, "not_allowed")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_forger_could_have_made_a_good_token(api: httpx.AsyncClient, ann: Person, scheme: str) -> None:
    answer = await api.get("/me", headers={"Authorization": f"{scheme} {access_token(ann)}"})

    assert answer.json()["user"]["id"] == str(ann.user_id)


async def test_the_claims_are_those_of_the_contract(ann: Person) -> None:
    header, payload, _ = (unpart(one) for one in ann.pair["access_token"].split("."))

    claims = json.loads(payload)
    assert claims.keys() == access_claims(ann, {}).keys()
    assert (claims["exp"] - claims["iat"], ann.pair["expires_in"]) == (900, 900)
    assert json.loads(header).keys() == {"alg", "kid", "typ"}


@pytest.mark.parametrize("ahead", [0, 1, 2, 30, 58])
@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_the_clock_of_another_machine_may_be_ahead_by_up_to_a_minute(ann: Person, claim: str, ahead: int) -> None:
    then = int(time.time()) + ahead
    changes: dict[str, Any] = {"exp": then + 900, claim: then}
    token = access_token(ann, **changes)

    answer = await ann.api.get("/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_a_token_of_more_than_a_minute_ahead_does_not_hold(ann: Person, claim: str) -> None:
    then = int(time.time()) + 90
    changes: dict[str, Any] = {"exp": then + 900, claim: then}
    token = access_token(ann, **changes)

    answer = await ann.api.get("/me", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["reason"]) == (401, "malformed")


@pytest.mark.parametrize("ago", [0, 1, 30])
async def test_a_token_ends_when_it_says_and_not_later(ann: Person, ago: int) -> None:
    then = int(time.time()) - ago
    token = access_token(ann, iat=then - 900, exp=then)

    answer = await ann.api.get("/me", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["reason"]) == (401, "expired")
