"""ID tokens that were changed on the way, made by a stranger, or are something else altogether."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.accounts.forgery import a_strangers_key, part, signed_by_a_stranger, unpart
from tests.house import Person, Servers, id_token, refusal, some_domain

Mangle = Callable[[str], str]


def _claims(token: str, **changes: Any) -> str:
    header, payload, signature = token.split(".")
    return f"{header}.{part(json.loads(unpart(payload)) | changes)}.{signature}"


def _header(token: str, **changes: Any) -> str:
    header, payload, signature = token.split(".")
    return f"{part(json.loads(unpart(header)) | changes)}.{payload}.{signature}"


def _by_a_stranger(token: str, **header: Any) -> str:
    known, payload, _ = token.split(".")
    named = {"kid": json.loads(unpart(known))["kid"], **header}
    return signed_by_a_stranger(json.loads(unpart(payload)), named)


def _a_strangers_public_key() -> dict[str, Any]:
    numbers = a_strangers_key().public_key().public_numbers()
    return {"kty": "RSA", "n": part(numbers.n.to_bytes(256)), "e": part(numbers.e.to_bytes(3))}


def _flipped(token: str) -> str:
    signed, _, signature = token.rpartition(".")
    turned = bytes([unpart(signature)[0] ^ 1]) + unpart(signature)[1:]
    return f"{signed}.{part(turned)}"


MANGLED: dict[str, Mangle] = {
    "another e-mail written in": lambda token: _claims(token, email="admin@acme.test"),
    "a domain written in": lambda token: _claims(token, hd="acme.test"),
    "another subject written in": lambda token: _claims(token, sub="1"),
    "another algorithm written in": lambda token: _header(token, alg="none"),
    "one bit of the signature turned": _flipped,
    "an empty signature": lambda token: token.rpartition(".")[0] + ".",
    "no signature": lambda token: token.rpartition(".")[0],
    "the header alone": lambda token: token.partition(".")[0],
    "the payload twice": lambda token: ".".join(token.split(".")[:2] * 2),
    "a part too many": lambda token: token + ".AA",
    "a payload that is a list": lambda token: token.split(".")[0] + "." + part([1]) + ".AA",
    "a payload that is no JSON": lambda token: token.split(".")[0] + "." + part(b"\xff\xfe") + ".AA",
    "a header that is a list": lambda token: part([1]) + "." + token.partition(".")[2],
    "a header a thousand deep": lambda token: part(b"[" * 3000) + "." + token.partition(".")[2],
    "a stranger's signature under the issuer's key's name": _by_a_stranger,
    "a stranger's key in the header": lambda token: _by_a_stranger(token, jwk=_a_strangers_public_key()),
    "a stranger's key at an address": lambda token: _by_a_stranger(token, jku="https://evil.test/jwks", kid="evil"),
    "garbage": lambda _: "garbage",
    "dots": lambda _: "..",
    "a space": lambda _: " ",
    "NUL": lambda _: "\0",
    "no ASCII": lambda _: "é.ü.ß",
    "an object": lambda _: '{"alg": "none"}',
    "as long as it may be": lambda _: "x" * 16_384,
}
NO_SHAPE: dict[str, Any] = {
    "empty": "",
    "too long": "x" * 16_385,
    "a number": 1,
    "null": None,
    "a list": ["x"],
    "an object": {"token": "x"},
}


@pytest.mark.parametrize("mangle", MANGLED.values(), ids=MANGLED)
async def test_a_mangled_token_is_refused(api: httpx.AsyncClient, servers: Servers, mangle: Mangle) -> None:
    token = await id_token(servers.idp, f"eve@{some_domain()}")

    answer = await api.post("/auth/google", json={"id_token": mangle(token)})

    assert refusal(answer) == (401, "invalid_identity")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_token_of_ours_is_no_id_token(api: httpx.AsyncClient, ann: Person, kind: str) -> None:
    answer = await api.post("/auth/google", json={"id_token": ann.pair[kind]})

    assert refusal(answer) == (401, "invalid_identity")


@pytest.mark.parametrize("value", NO_SHAPE.values(), ids=NO_SHAPE)
async def test_what_has_not_even_the_shape_of_a_token_is_an_invalid_request(api: httpx.AsyncClient, value: Any) -> None:
    answer = await api.post("/auth/google", json={"id_token": value})

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["id_token"]


@pytest.mark.parametrize("name", ["email", "sub", "hd", "role", "organisation_id", "credits"])
async def test_nobody_is_taken_at_their_own_word(api: httpx.AsyncClient, servers: Servers, name: str) -> None:
    token = await id_token(servers.idp, f"eve@{some_domain()}")

    answer = await api.post("/auth/google", json={"id_token": token, name: "admin"})

    assert refusal(answer) == (422, "invalid_request")


@pytest.mark.parametrize("secret", ["", "wrong", "é", "a web client secret that only the tests kno"])
async def test_a_wrong_web_client_secret_is_refused(api: httpx.AsyncClient, servers: Servers, secret: str) -> None:
    token = await id_token(servers.idp, f"eve@{some_domain()}")

    answer = await api.post("/auth/google", json={"id_token": token, "web_client_secret": secret})

    assert refusal(answer) == (401, "invalid_identity")


async def test_a_made_up_key_name_does_not_lock_out_whoever_comes_next(
    api: httpx.AsyncClient, servers: Servers
) -> None:
    good = await id_token(servers.idp, f"ann@{some_domain()}")
    hostile = [await id_token(servers.idp, f"eve@{some_domain()}", header={"kid": f"made up {n}"}) for n in range(5)]

    refused = [await api.post("/auth/google", json={"id_token": token}) for token in hostile]

    assert [answer.status_code for answer in refused] == [401] * 5
    assert (await api.post("/auth/google", json={"id_token": good})).status_code == 200
