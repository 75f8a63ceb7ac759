"""ID tokens that Google did not make for us, for this sign-in, or of whom they claim: none of them opens the door."""

import time
from typing import Any

import asyncpg
import httpx
import pytest

from tests.accounts.forgery import FAR_AWAY, LONG_AGO
from tests.house import Servers, id_token, refusal, sign_in, some_domain

OUR_PROVIDER = "{the provider}"
NEVER_CLAIMED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://accounts.google.example"},
    "the issuer without its scheme": {"iss": "accounts.google.com"},
    "the issuer with a trailing slash": {"iss": OUR_PROVIDER + "/"},
    "the issuer in a list": {"iss": [OUR_PROVIDER]},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another-program"},
    "an empty audience": {"aud": ""},
    "our audience in a list": {"aud": ["nexus-tests"]},
    "our audience among others": {"aud": ["another-program", "nexus-tests"]},
    "no audience": {"aud": None},
    "another authorised party": {"azp": "another-program"},
    "the authorised party in a list": {"azp": ["nexus-tests"]},
    "expired": {"exp": LONG_AGO},
    "an expiry that is no time": {"exp": "tomorrow"},
    "an expiry that never comes": {"exp": float("inf")},
    "no expiry": {"exp": None},
    "issued in the future": {"iat": FAR_AWAY},
    "issued at no time": {"iat": []},
    "no time of issue": {"iat": None},
    "not to be used yet": {"nbf": FAR_AWAY},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 12345},
    "a subject of 256 characters": {"sub": "1" * 256},
    "a subject with NUL": {"sub": "1\0"},
    "a subject with half a character": {"sub": "1\ud800"},
    "a subject that is not ASCII": {"sub": "ä"},
    "no e-mail": {"email": None},
    "an empty e-mail": {"email": ""},
    "an e-mail that is none": {"email": "ann"},
    "an e-mail with a name": {"email": "Ann <ann@acme.test>"},
    "an e-mail with two domains": {"email": "ann@acme.test@globex.test"},
    "an e-mail with NUL": {"email": "a\0nn@acme.test"},
    "an e-mail with half a character": {"email": "a\ud800@acme.test"},
    "an e-mail of a bare address": {"email": "ann@[127.0.0.1]"},
    "two e-mails": {"email": ["ann@acme.test", "bob@globex.test"]},
    "an e-mail that is a number": {"email": 12345},
    "an unverified e-mail": {"email_verified": False},
    "an e-mail verified in words": {"email_verified": "true"},
    "an e-mail verified in numbers": {"email_verified": 1},
    "an e-mail that nobody verified": {"email_verified": None},
    "a nonce that nobody asked for": {"nonce": "somebody else's"},
}
NEVER_SIGNED: dict[str, dict[str, Any]] = {
    "no algorithm": {"alg": None},
    "the algorithm none": {"alg": "none"},
    "the algorithm NONE": {"alg": "NONE"},
    "the public key as a secret": {"alg": "HS256"},
    "RS512": {"alg": "RS512"},
    "PS256": {"alg": "PS256"},
    "an algorithm that is a number": {"alg": 256},
    "no key's name": {"kid": None},
    "an unknown key's name": {"kid": "somebody else's"},
    "a key's name that is a path": {"kid": "../../../dev/null"},
    "a key's name that is a number": {"kid": 1},
    "a key's name that is a list": {"kid": ["a"]},
    "an extension that must be understood": {"crit": ["exp"], "exp": 1},
    "a payload elsewhere": {"crit": ["b64"], "b64": False},
}


def _in_place(value: Any, issuer: str) -> Any:
    """The value, with the provider's own address where it is spoken of."""
    if isinstance(value, list):
        return [_in_place(one, issuer) for one in value]
    return value.replace(OUR_PROVIDER, issuer) if isinstance(value, str) else value


async def _people(truth: asyncpg.Connection) -> int:
    count: int = await truth.fetchval("SELECT count(*) FROM users")
    return count


@pytest.mark.parametrize("claims", NEVER_CLAIMED.values(), ids=NEVER_CLAIMED)
async def test_a_token_that_claims_what_it_must_not_is_refused_and_leaves_nobody(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, claims: dict[str, Any]
) -> None:
    said = {name: _in_place(value, servers.idp) for name, value in claims.items()}
    token = await id_token(servers.idp, f"eve@{some_domain()}", claims=said)
    before = await _people(truth)

    answer = await api.post("/auth/google", json={"id_token": token})

    assert refusal(answer) == (401, "invalid_identity")
    assert await _people(truth) == before


@pytest.mark.parametrize("header", NEVER_SIGNED.values(), ids=NEVER_SIGNED)
async def test_a_token_that_is_signed_in_another_way_is_refused_and_leaves_nobody(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, header: dict[str, Any]
) -> None:
    token = await id_token(servers.idp, f"eve@{some_domain()}", header=header)
    before = await _people(truth)

    answer = await api.post("/auth/google", json={"id_token": token})

    assert refusal(answer) == (401, "invalid_identity")
    assert await _people(truth) == before


@pytest.mark.parametrize(("given", "sent"), [(None, "ours"), ("theirs", None), ("theirs", "ours"), ("x", "")])
async def test_a_nonce_on_one_side_alone_or_another_on_each_is_refused(
    api: httpx.AsyncClient, servers: Servers, given: str | None, sent: str | None
) -> None:
    token = await id_token(servers.idp, f"eve@{some_domain()}", claims={"nonce": given})

    answer = await api.post("/auth/google", json={"id_token": token, "nonce": sent})

    assert refusal(answer) == (401, "invalid_identity")


async def test_the_same_nonce_on_both_sides_is_taken(api: httpx.AsyncClient, servers: Servers) -> None:
    token = await id_token(servers.idp, f"ann@{some_domain()}", claims={"nonce": "ours"})

    answer = await api.post("/auth/google", json={"id_token": token, "nonce": "ours"})

    assert answer.status_code == 200


@pytest.mark.parametrize(("seconds_ago", "status"), [(30, 200), (90, 401)])
async def test_clocks_may_differ_by_a_minute_and_no_more(
    api: httpx.AsyncClient, servers: Servers, seconds_ago: int, status: int
) -> None:
    expired = int(time.time()) - seconds_ago
    token = await id_token(servers.idp, f"ann@{some_domain()}", claims={"exp": expired})

    answer = await api.post("/auth/google", json={"id_token": token})

    assert answer.status_code == status


NAMES: dict[str, tuple[Any, str | None]] = {
    "NUL and half a character": ("A\0nn\ud800", "Ann"),
    "another script": ("山田\u3000太郎", "山田\u3000太郎"),
    "nothing left": ("\0", None),
    "nothing that can be seen": ("\u200b\u3164\u2800", None),
    "a turned direction": ("\u202eAnn\u2069 Archer", "Ann Archer"),
    "a line break": ("Ann\r\nBcc: bob", "Ann  Bcc: bob"),
    "hidden characters": ("\ufeffAnn\u200b \u00adArcher", "Ann Archer"),
    "joined emoji": ("Ann 👩\u200d💻", "Ann 👩\u200d💻"),
    "separate marks": ("Zoe\u0308", "Zoë"),
    "too long": ("x" * 300, "x" * 200),
    "a number": (7, None),
    "none": (None, None),
}


@pytest.mark.parametrize(("said", "shown"), NAMES.values(), ids=NAMES)
async def test_a_name_is_kept_as_far_as_it_can_be_shown(
    api: httpx.AsyncClient, servers: Servers, said: Any, shown: str | None
) -> None:
    ann = await sign_in(api, servers.idp, f"ann@{some_domain()}", claims={"name": said})

    me = await ann.api.get("/me")

    assert (ann.pair["user"]["name"], me.json()["user"]["name"]) == (shown, shown)
