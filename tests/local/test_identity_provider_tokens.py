"""The development identity provider's tokens: Google's claims, and tokens made to deceive."""

import base64
import hashlib
import hmac
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.local.running import IdentityProvider
from tests.local.signing_in import Claims, checked, make


@pytest.mark.parametrize(
    ("email", "hosted_domain"),
    [
        ("ann@acme.test", "acme.test"),
        ("Ann@Acme.Test", "acme.test"),
        ("carl@gmail.com", None),
        ("carl@googlemail.com", None),
        ("carl@outlook.com", None),
    ],
)
def test_only_an_address_of_an_organisation_has_a_hosted_domain(
    client: httpx.Client, email: str, hosted_domain: str | None
) -> None:
    claims = checked(client, make(client, email))

    assert claims.get("hd") == hosted_domain
    assert ("hd" in claims) == (hosted_domain is not None)


def test_a_subject_belongs_to_an_address_and_the_key_holds_over_a_restart(tmp_path: Path) -> None:
    first = IdentityProvider(tmp_path)
    with httpx.Client(base_url=first.url) as client:
        before = make(client, "ann@acme.test")
    first.stop()

    second = IdentityProvider(tmp_path, port=first.port)
    with httpx.Client(base_url=second.url) as client:
        kept, after, other = (
            checked(client, token) for token in (before, make(client, "ANN@acme.test"), make(client, "amy@acme.test"))
        )

    second.stop()
    assert kept["sub"] == after["sub"] != other["sub"]
    assert (tmp_path / "identity-provider.pem").stat().st_mode & 0o777 == 0o600


def test_a_script_overrides_and_removes_claims(client: httpx.Client) -> None:
    token = make(client, "ann@acme.test", name="Ann", claims={"hd": None, "email_verified": "true", "nonce": "n"})

    claims = checked(client, token)
    assert (claims["email_verified"], claims["nonce"], claims["name"]) == ("true", "n", "Ann")
    assert "hd" not in claims


def test_a_token_can_be_unsigned(client: httpx.Client) -> None:
    token = make(client, "ann@acme.test", header={"alg": "none"})

    assert (jwt.get_unverified_header(token)["alg"], token.rpartition(".")[2]) == ("none", "")


def test_a_token_can_confuse_the_public_key_with_a_shared_secret(client: httpx.Client) -> None:
    token = make(client, "ann@acme.test", header={"alg": "HS256"})

    public = jwt.PyJWK.from_dict(client.get("/jwks").json()["keys"][0]).key
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    message, _, signature = token.rpartition(".")
    expected = hmac.new(secret, message.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=") == expected


@pytest.mark.parametrize("header", [{"kid": "another"}, {"kid": None}, {"typ": "at+jwt"}, {"alg": "RS512"}, {"x": 1}])
def test_a_token_can_carry_any_header(client: httpx.Client, header: Claims) -> None:
    written = jwt.get_unverified_header(make(client, "ann@acme.test", header=header))

    assert {name: written.get(name) for name in header} == header
    assert written.keys() >= {name for name, value in header.items() if value is not None}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b"{", b'{"email": "ann"}', b'{"email": "a@b.test", "sub": 1}', b'{"claims": {}}']
)
def test_a_wrong_request_for_a_token_is_told_why(client: httpx.Client, body: bytes) -> None:
    response = client.post("/dev/id-token", content=body)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
