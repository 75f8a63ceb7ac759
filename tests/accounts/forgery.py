"""Making tokens that ought not to hold. Put together by hand: a kept library refuses to make most of them."""

import base64
import hashlib
import hmac
import json
import time
from functools import cache
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from nexus.accounts.refresh_tokens import RefreshToken
from nexus.accounts.tokens import key_id
from tests.house import SECRET_KEY, Person

Claims = dict[str, Any]
FAR_AWAY = 4_102_444_800  # the year 2100
LONG_AGO = 1_000_000_000  # the year 2001
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def part(value: Any) -> str:
    """A part of a token: base64url without padding."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpart(text: str) -> bytes:
    """What a part of a token holds."""
    return base64.urlsafe_b64decode(text + "==")


def changed(fields: Claims, changes: Claims) -> Claims:
    """Fields with some overridden or, where the change is None, removed."""
    return {name: value for name, value in (fields | changes).items() if value is not None}


def session_of(person: Person) -> UUID:
    """The session that somebody's tokens belong to."""
    return RefreshToken.parse(person.pair["refresh_token"]).session_id


def access_claims(person: Person, changes: Claims) -> Claims:
    """The claims of a good access token, changed."""
    now = int(time.time())
    good = {
        "iss": "nexus",
        "aud": "nexus-api",
        "sub": str(person.user_id),
        "organisation_id": str(person.organisation_id),
        "role": "admin",
        "client": "api",
        "iat": now,
        "exp": now + 900,
        "jti": f"{session_of(person)}.one of ours",
        "typ": "access",
    }
    return changed(good, changes)


def signed(payload: Any, header: Claims | None = None, key: str = SECRET_KEY) -> str:
    """A token of this payload, signed with HS256 and our own key unless told otherwise."""
    fields = changed({"alg": "HS256", "kid": key_id(key), "typ": "JWT"}, header or {})
    message = f"{part(fields)}.{part(payload)}"
    algorithm = HASHES.get(str(fields.get("alg")))
    signature = hmac.new(key.encode(), message.encode(), algorithm).digest() if algorithm else b""
    return f"{message}.{part(signature)}"


def access_token(person: Person, header: Claims | None = None, key: str = SECRET_KEY, **changes: Any) -> str:
    """An access token for this person, changed."""
    return signed(access_claims(person, changes), header, key)


@cache
def a_strangers_key() -> rsa.RSAPrivateKey:
    """An RSA key that the issuer does not know."""
    return rsa.generate_private_key(65537, 2048)


def signed_by_a_stranger(claims: Claims, header: Claims) -> str:
    """A token whose signature is right, by the wrong key."""
    return jwt.encode(claims, a_strangers_key(), "RS256", headers=header)
