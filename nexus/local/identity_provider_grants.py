"""
What the development identity provider remembers: codes that wait to be redeemed, and access tokens.

All of it is in memory: a restart forgets it, and a person signs in again.
"""

import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from nexus.local.identity_provider_claims import Person
from nexus.local.identity_provider_tokens import code_challenge

CODE_SECONDS = 60
TOKEN_SECONDS = 3600
# Written out whole, because a browser and a URL library read a backslash or an `@` differently.
LOOPBACK_URI = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?(?:[/?](?:(?![\\#])[!-~])*)?")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class OAuthError(Exception):
    """An error in OAuth's words (RFC 6749 sections 4.1.2.1 and 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True)
class Asked:
    """An authorization request that may be answered."""

    client_id: str
    redirect_uri: str
    challenge: str
    state: str
    nonce: str | None
    scope: str


@dataclass(frozen=True)
class Granted:
    """Who signed in, for what; `until` in seconds of the monotonic clock."""

    person: Person
    asked: Asked
    until: float


class Grants:
    """Codes (single use, 60 s) and access tokens (one hour)."""

    def __init__(self) -> None:
        self._codes: dict[str, Granted] = {}
        self._tokens: dict[str, Granted] = {}

    def new_code(self, person: Person, asked: Asked) -> str:
        """Let a client fetch this person's token once."""
        return _keep(self._codes, Granted(person, asked, time.monotonic() + CODE_SECONDS))

    def new_token(self, granted: Granted) -> str:
        """Let a client read this person's profile."""
        return _keep(self._tokens, Granted(granted.person, granted.asked, time.monotonic() + TOKEN_SECONDS))

    def person_of(self, token: str) -> Person | None:
        """Whose access token this is; None if it holds no longer, or never did."""
        granted = self._tokens.get(token)
        return granted.person if granted and granted.until > time.monotonic() else None

    def redeem(self, form: Mapping[str, str], client_id: str) -> Granted:
        """Take a code, which is spent whatever the outcome. Raise OAuthError if anything about it is not as granted."""
        granted = self._codes.pop(form.get("code", ""), None)
        if granted is None or granted.until <= time.monotonic():
            raise OAuthError("invalid_grant", "The code is unknown, was used, or is older than 60 seconds.")
        if (granted.asked.client_id, granted.asked.redirect_uri) != (client_id, form.get("redirect_uri")):
            raise OAuthError("invalid_grant", "The code was given to another client or redirect_uri.")
        given = code_challenge(form.get("code_verifier", ""))
        if not hmac.compare_digest(given, granted.asked.challenge):
            raise OAuthError("invalid_grant", "The code_verifier does not match the code_challenge.")
        return granted


def _keep(store: dict[str, Granted], granted: Granted) -> str:
    """Remember under a new name of 256 bits; forget what has ended."""
    now = time.monotonic()
    for ended in [name for name, one in store.items() if one.until <= now]:
        del store[ended]
    name = secrets.token_urlsafe(32)
    store[name] = granted
    return name


def where_to(query: Mapping[str, str], client_id: str) -> str:
    """The redirect_uri of a request that may be redirected at all. Raise OAuthError, which the person is told."""
    if query.get("client_id") != client_id:
        raise OAuthError("invalid_request", "The client_id is not the one that this provider was started with.")
    uri = query.get("redirect_uri", "")
    if not LOOPBACK_URI.fullmatch(uri):
        raise OAuthError("invalid_request", "The redirect_uri must be an http:// address of this machine.")
    return uri


def read_request(query: Mapping[str, str], client_id: str) -> Asked:
    """Read an authorization request. Raise OAuthError, which its redirect_uri is told."""
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "Only response_type=code is offered.")
    if "openid" not in query.get("scope", "").split():
        raise OAuthError("invalid_scope", "The scope must hold openid.")
    if query.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(query.get("code_challenge", "")):
        raise OAuthError("invalid_request", "Send a code_challenge with code_challenge_method=S256.")
    return Asked(
        client_id=client_id,
        redirect_uri=query["redirect_uri"],
        challenge=query["code_challenge"],
        state=query.get("state", ""),
        nonce=query.get("nonce") or None,
        scope=query["scope"],
    )
