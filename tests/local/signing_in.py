"""What a client of the development identity provider does, step by step."""

from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from nexus.local.identity_provider_tokens import code_challenge
from tests.local.running import CLIENT_ID, CLIENT_SECRET

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
REDIRECT_URI = "http://127.0.0.1:8000/v1/auth/google/callback"
Claims = dict[str, object]


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
