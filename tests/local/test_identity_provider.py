"""The development identity provider, over HTTP: Google's claims, the code flow, and tokens made to deceive."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from nexus.local.identity_provider_tokens import code_challenge
from tests.local.running import CLIENT_ID, CLIENT_SECRET, IdentityProvider, bare_environment

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
REDIRECT_URI = "http://127.0.0.1:8000/v1/auth/google/callback"
Claims = dict[str, object]


@pytest.fixture
def client(idp: IdentityProvider) -> Iterator[httpx.Client]:
    """A door to the provider."""
    with httpx.Client(base_url=idp.url) as client:
        yield client


def asked(**changes: str) -> dict[str, str]:
    """An authorization request; an empty change removes a field."""
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "state of ann",
        "nonce": "nonce of ann",
        "code_challenge": code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (query | changes).items() if value}


def answer_of(response: httpx.Response) -> dict[str, str]:
    """What the client is told through the browser."""
    assert response.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def new_code(client: httpx.Client, email: str = "ann@acme.test", **changes: str) -> str:
    """Sign somebody in; the code for the client."""
    return answer_of(client.post("/authorize", params=asked(**changes), data={"email": email}))["code"]


def redeem(client: httpx.Client, granted: str, **changes: str) -> httpx.Response:
    """Ask for the tokens of a code."""
    form = {
        "grant_type": "authorization_code",
        "code": granted,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    return client.post("/token", data={name: value for name, value in (form | changes).items() if value})


def checked(client: httpx.Client, token: str) -> Claims:
    """The claims of a token that holds, as a careful client checks it."""
    keys = jwt.PyJWKSet.from_dict(client.get("/jwks").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: Claims = jwt.decode(token, key, algorithms=["RS256"], audience=CLIENT_ID, issuer=str(client.base_url))
    return claims


def make(client: httpx.Client, email: str, **asked: object) -> str:
    """An ID token made for a script."""
    response = client.post("/dev/id-token", json={"email": email, **asked})
    assert response.status_code == 200, response.text
    token: str = response.json()["id_token"]
    return token


def test_discovery_names_its_own_addresses(client: httpx.Client, idp: IdentityProvider) -> None:
    found = client.get("/.well-known/openid-configuration").json()

    assert found["issuer"] == idp.url
    assert {urlsplit(found[name]).netloc for name in found if name.endswith(("_endpoint", "_uri"))} == {
        f"127.0.0.1:{idp.port}"
    }


def test_the_key_set_may_be_cached_and_holds_no_private_half(client: httpx.Client) -> None:
    response = client.get("/jwks")

    assert re.fullmatch(r"public, max-age=\d+", response.headers["Cache-Control"])
    assert [set(key) for key in response.json()["keys"]] == [{"kty", "n", "e", "kid", "use", "alg"}]


def test_the_code_flow_gives_googles_claims_with_the_nonce(client: httpx.Client) -> None:
    response = redeem(client, new_code(client))

    claims = checked(client, response.json()["id_token"])
    assert response.headers["Cache-Control"] == "no-store"
    assert {name: claims[name] for name in ("aud", "azp", "email", "email_verified", "hd", "nonce", "name")} == {
        "aud": CLIENT_ID,
        "azp": CLIENT_ID,
        "email": "ann@acme.test",
        "email_verified": True,
        "hd": "acme.test",
        "nonce": "nonce of ann",
        "name": "Ann Archer",
    }
    assert re.fullmatch(r"\d{21}", str(claims["sub"]))
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 3600


def test_the_browser_comes_back_with_the_clients_state(client: httpx.Client) -> None:
    response = client.post("/authorize", params=asked(), data={"email": "ann@acme.test"})

    assert response.headers["Location"].startswith(f"{REDIRECT_URI}?")
    assert answer_of(response)["state"] == "state of ann"


def test_the_secret_may_also_come_in_the_header(client: httpx.Client) -> None:
    form = {"code": new_code(client), "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}

    response = client.post(
        "/token", data={**form, "grant_type": "authorization_code"}, auth=(CLIENT_ID, CLIENT_SECRET.replace(" ", "+"))
    )

    assert response.status_code == 200, response.text


def test_an_access_token_reads_the_profile(client: httpx.Client) -> None:
    access_token = redeem(client, new_code(client, "bob@globex.test")).json()["access_token"]

    response = client.get("/userinfo", headers={"Authorization": f"Bearer {access_token}"})

    assert (response.json()["email"], response.json()["hd"]) == ("bob@globex.test", "globex.test")


def test_without_a_token_there_is_no_profile(client: httpx.Client) -> None:
    response = client.get("/userinfo", headers={"Authorization": "Bearer guessed"})

    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")


def test_a_code_is_redeemed_once(client: httpx.Client) -> None:
    code = new_code(client)

    first, second = redeem(client, code), redeem(client, code)

    assert (first.status_code, second.status_code, second.json()["error"]) == (200, 400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code_verifier": "another-verifier-of-at-least-forty-three-characters"}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, 400, "invalid_grant"),
        ({"code": "guessed"}, 400, "invalid_grant"),
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_code_is_bound_to_what_it_was_given_for(
    client: httpx.Client, changes: dict[str, str], status: int, error: str
) -> None:
    response = redeem(client, new_code(client), **changes)

    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.json()["error_description"]


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/callback",
        "http://evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://evil.example\\@127.0.0.1/",
        "http://127.0.0.1:8000/#fragment",
        "javascript:alert(1)",
        "//evil.example",
    ],
)
def test_a_foreign_redirect_uri_gets_a_page_and_no_redirect(client: httpx.Client, uri: str) -> None:
    response = client.post("/authorize", params=asked(redirect_uri=uri), data={"email": "ann@acme.test"})

    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
    ],
)
def test_a_request_that_cannot_be_granted_goes_back_with_the_reason(
    client: httpx.Client, changes: dict[str, str], error: str
) -> None:
    answer = answer_of(client.get("/authorize", params=asked(**changes)))

    assert (answer["error"], answer["state"]) == (error, "state of ann")


def test_the_login_page_offers_people_and_loads_nothing(client: httpx.Client) -> None:
    response = client.get("/authorize", params=asked())

    assert all(email in response.text for email in ("ann@acme.test", "amy@acme.test", "bob@globex.test"))
    assert not re.search(r"<(?:script|img|link|iframe)|\ssrc=|url\(", response.text)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_the_login_page_escapes_what_it_is_given(client: httpx.Client) -> None:
    hostile = '"><script>alert(1)</script>'

    pages = [
        client.get("/authorize", params=asked(login_hint=hostile, state=hostile)).text,
        client.post("/authorize", params=asked(), data={"email": hostile}).text,
    ]

    assert not any("<script" in page for page in pages)
    assert "&lt;script" in pages[0]


def test_another_sites_name_for_this_machine_gets_no_answer(client: httpx.Client) -> None:
    response = client.post("/dev/id-token", json={"email": "ann@acme.test"}, headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert "id_token" not in response.text


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


def test_it_refuses_to_run_in_production(tmp_path: Path) -> None:
    settings = {"NEXUS_GOOGLE_CLIENT_ID": CLIENT_ID, "NEXUS_GOOGLE_CLIENT_SECRET": CLIENT_SECRET}

    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "nexus.local.identity_provider", "--port", "9", "--data-dir", str(tmp_path)],
        env=bare_environment(NEXUS_ENVIRONMENT="production", **settings),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, "does not run in production" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_its_log_is_json_lines_without_secrets(tmp_path: Path) -> None:
    provider = IdentityProvider(tmp_path)
    with httpx.Client(base_url=provider.url) as client:
        code = new_code(client)
        tokens = redeem(client, code).json()

    log = provider.stop()

    assert [json.loads(line)["event"] for line in log.splitlines()] == ["idp.started", "idp.signed_in"]
    assert not any(secret in log for secret in (code, tokens["access_token"], tokens["id_token"], CLIENT_SECRET))
