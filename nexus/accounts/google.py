"""
Google's word about a person (OpenID Connect Core 1.0), checked: the only way into the house.

The issuer is a setting; the development identity provider speaks the same protocol, and nothing here knows which of
the two it is. The issuer's keys are fetched through its discovery document and kept as long as it allows.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import jwt
import structlog
from email_validator import ValidatedEmail
from pydantic import BaseModel, ValidationError

from nexus.accounts.consumer_domains import CONSUMER_DOMAINS
from nexus.accounts.errors import InvalidIdentity
from nexus.accounts.mail_addresses import read_address, same_form
from nexus.core.errors import Unavailable
from nexus.core.text import cleaned_name

log = structlog.get_logger()

Shape = TypeVar("Shape", bound=BaseModel)

ALGORITHM = "RS256"
SCOPE = "openid email profile"
SKEW_SECONDS = 60
FETCH_SECONDS = 5.0
KEEP_KEYS_SECONDS = 3600.0
LONGEST_KEEP_SECONDS = 86_400.0
SHORTEST_REFETCH_SECONDS = 10.0
REQUIRED = ["iss", "aud", "sub", "iat", "exp", "email", "email_verified"]
MAX_AGE = re.compile(r"max-age=(\d+)")
SUBJECT = re.compile(r"[!-~]{1,255}")  # ASCII, as OpenID Connect Core 1.0 section 2 has it
LONGEST_NAME = 200


@dataclass(frozen=True)
class Person:
    """
    Somebody whom the issuer vouches for. `domain` is set when the signed `hd` claim is the e-mail's own domain, and
    not one whose mailboxes anybody can have.
    """

    issuer: str
    subject: str
    email: str
    name: str | None
    domain: str | None


class Google:
    """Checks ID tokens and walks the authorization code flow against one issuer."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, *, allow_test_domains: bool) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._allow_test_domains = allow_test_domains
        self._http = httpx.AsyncClient(timeout=FETCH_SECONDS, trust_env=issuer.startswith("https:"))
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fresh_until = 0.0
        self._fetched_at = float("-inf")
        self._discovered: _Discovery | None = None
        self._fetching = asyncio.Lock()

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def authorization_url(self, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser goes to sign in; PKCE (RFC 7636) binds the code to who asked."""
        query = {
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{(await self._discover()).authorization_endpoint}?{urlencode(query)}"

    async def redeem(self, code: str, redirect_uri: str, verifier: str) -> str:
        """The ID token for an authorization code. Raises InvalidIdentity when the issuer does not honour it."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        discovered = await self._discover()
        try:
            answer = await self._http.post(discovered.token_endpoint, data=form)
            if answer.is_server_error:
                answer.raise_for_status()
            token = _Tokens.model_validate_json(answer.content).id_token if answer.is_success else None
        except (httpx.HTTPError, ValidationError) as error:
            raise _away(error) from error
        if token is None:
            raise InvalidIdentity("The sign-in was not completed, or its code was used before. Start it again.")
        return token

    async def verify(self, id_token: str, nonce: str | None) -> Person:
        """Whom this ID token speaks of. Raises InvalidIdentity unless all of it holds."""
        try:
            claims = jwt.decode(
                id_token,
                await self._key_for(id_token),
                algorithms=[ALGORITHM],
                audience=self._client_id,
                issuer=self._issuer,
                leeway=SKEW_SECONDS,
                options={"require": REQUIRED, "strict_aud": True},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            log.info("identity.refused", reason=type(error).__name__)
            raise InvalidIdentity("The ID token does not hold. Get a new one from Google and send it again.") from None
        return self._person(claims, nonce)

    def _person(self, claims: dict[str, Any], nonce: str | None) -> Person:
        if claims.get("azp", self._client_id) != self._client_id:
            raise InvalidIdentity("The ID token was made for another program (azp).")
        if claims.get("nonce") != nonce:
            raise InvalidIdentity("The ID token's nonce is not the one of this sign-in. Start it again.")
        if claims["email_verified"] is not True:
            raise InvalidIdentity("Google has not verified this e-mail address. Verify it there, then sign in again.")
        subject, name, hosted = claims["sub"], claims.get("name"), claims.get("hd")
        if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
            raise InvalidIdentity("The ID token names nobody (sub).")
        email = self._address(claims["email"])
        if email is None:
            raise InvalidIdentity("The ID token's e-mail address is not one.")
        domain = email.ascii_domain.lower()
        host = self._address(f"hd@{hosted}")  # read by the same rules as the e-mail's own domain
        vouched = isinstance(hosted, str) and host is not None and host.ascii_domain.lower() == domain
        return Person(
            issuer=self._issuer,
            subject=subject,
            email=same_form(email),
            name=cleaned_name(name, LONGEST_NAME) if isinstance(name, str) else None,
            domain=domain if vouched and domain not in CONSUMER_DOMAINS else None,
        )

    def _address(self, address: Any) -> ValidatedEmail | None:
        return read_address(address, allow_test_domains=self._allow_test_domains)

    async def _key_for(self, id_token: str) -> jwt.PyJWK:
        header = jwt.get_unverified_header(id_token)
        key_id = header.get("kid")
        if header.get("alg") != ALGORITHM or not isinstance(key_id, str):
            raise jwt.InvalidAlgorithmError
        if key_id not in self._keys or monotonic() > self._fresh_until:
            await self._refresh_keys(key_id)
        if key_id not in self._keys:
            raise jwt.InvalidKeyError
        return self._keys[key_id]

    async def _refresh_keys(self, wanted: str) -> None:
        """Fetch the keys, but not more often than every few seconds: a made-up `kid` must not hammer the issuer."""
        async with self._fetching:
            if monotonic() - self._fetched_at < SHORTEST_REFETCH_SECONDS:
                return
            try:
                keys, headers = await self._get((await self._discover()).jwks_uri, _Keys)
            except Unavailable:
                if wanted not in self._keys:
                    raise
                log.warning("identity.keys_stale")
                return
            self._keep(keys, headers.get("cache-control", ""))

    def _keep(self, offered: "_Keys", cache_control: str) -> None:
        usable = [key for key in offered.keys if key.get("kty") == "RSA" and key.get("kid")]
        self._keys = {key["kid"]: jwt.PyJWK.from_dict(key, algorithm=ALGORITHM) for key in usable}
        said = MAX_AGE.search(cache_control)
        keep = min(float(said[1]), LONGEST_KEEP_SECONDS) if said else KEEP_KEYS_SECONDS
        self._fetched_at = monotonic()
        self._fresh_until = self._fetched_at + keep

    async def _discover(self) -> "_Discovery":
        if self._discovered is None:
            found, _ = await self._get(f"{self._issuer}/.well-known/openid-configuration", _Discovery)
            if found.issuer != self._issuer:
                raise Unavailable("The identity provider calls itself by another name. Tell the operator.")
            self._discovered = found
        return self._discovered

    async def _get(self, url: str, shape: type[Shape]) -> tuple[Shape, httpx.Headers]:
        try:
            answer = (await self._http.get(url)).raise_for_status()
            return shape.model_validate_json(answer.content), answer.headers
        except (httpx.HTTPError, ValidationError) as error:
            raise _away(error) from error


class _Discovery(BaseModel):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Keys(BaseModel):
    keys: list[dict[str, Any]]


class _Tokens(BaseModel):
    id_token: str | None = None


def _away(error: Exception) -> Unavailable:
    log.warning("identity_provider.unavailable", error=type(error).__name__)
    return Unavailable("The identity provider cannot be reached for the moment. Sign in again in a few seconds.")
