"""The development identity provider, over HTTP: the code flow, the pages, and what they refuse."""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.local.running import CLIENT_ID, CLIENT_SECRET, IdentityProvider, bare_environment
from tests.local.signing_in import REDIRECT_URI, VERIFIER, answer_of, asked, checked, new_code, redeem


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


def test_whoever_cancels_is_sent_back_with_the_clients_state(client: httpx.Client) -> None:
    answer = answer_of(client.post("/authorize", params=asked(), data={"cancel": "yes"}))

    assert (answer["error"], answer["state"], "code" in answer) == ("access_denied", "state of ann", False)


def test_an_address_may_be_one_that_is_not_verified(client: httpx.Client) -> None:
    form = {"email": "ann@acme.test", "unverified": "on"}
    code = answer_of(client.post("/authorize", params=asked(), data=form))["code"]

    assert checked(client, redeem(client, code).json()["id_token"])["email_verified"] is False


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


def test_it_refuses_to_run_in_production(tmp_path: Path) -> None:
    settings = {"NEXUS_GOOGLE_CLIENT_ID": CLIENT_ID, "NEXUS_GOOGLE_CLIENT_SECRET": CLIENT_SECRET}

    done = subprocess.run(
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
