"""
Access tokens: short-lived JWTs (RFC 7519), signed with HS256 by the newest key, checked against any.

The role inside is what it was when the token was made; what rules is read from PostgreSQL at each request. A token's
own id (`jti`) begins with that of its session, so that the token ends with the session.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from time import time
from typing import Any
from uuid import UUID, uuid4

import jwt

from nexus.core.clock import now
from nexus.core.errors import NotSignedIn

ISSUER = "nexus"
AUDIENCE = "nexus-api"
ALGORITHM = "HS256"
ACCESS = "access"
SKEW_SECONDS = 60  # by so much the clocks of two machines may differ
LONGEST_TOKEN = 4096  # characters
REMEMBERED_TOKENS = 4096  # checking a signature costs more than all the rest of finding out who is calling
REQUIRED = ["iss", "aud", "sub", "organisation_id", "role", "client", "iat", "exp", "jti", "typ"]

SIGN_IN_AGAIN = "Sign in again, or renew the session with its refresh token."


@dataclass(frozen=True)
class Claims:
    """Who a token says is calling, and in which session."""

    organisation_id: UUID
    user_id: UUID
    client: str
    session_id: UUID


def key_id(key: str) -> str:
    """The name of a key: enough of its hash to tell two apart, and nothing of the key."""
    return hashlib.sha256(b"nexus key id\0" + key.encode()).hexdigest()[:12]


class AccessTokens:
    """Makes and checks access tokens. `keys` are newest first."""

    def __init__(self, keys: Sequence[str], seconds: int) -> None:
        self.seconds = seconds
        self._keys = {key_id(key): key for key in keys}
        self._newest = key_id(keys[0])
        self._verified = lru_cache(maxsize=REMEMBERED_TOKENS)(self._verify)

    def make(self, claims: Claims, role: str) -> str:
        """A token for this person, good for `seconds` from now."""
        made_at = now()
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "organisation_id": str(claims.organisation_id),
            "role": role,
            "client": claims.client,
            "iat": made_at,
            "exp": made_at + timedelta(seconds=self.seconds),
            "jti": f"{claims.session_id}.{uuid4().hex}",
            "typ": ACCESS,
        }
        return jwt.encode(payload, self._keys[self._newest], ALGORITHM, headers={"kid": self._newest})

    def read(self, token: str) -> Claims:
        """Who this token speaks for. Raises NotSignedIn with the reason why it does not hold."""
        claims, expires_at = self._verified(token)
        if time() >= expires_at:
            raise _expired()
        return claims

    def _verify(self, token: str) -> tuple[Claims, float]:
        """Check everything that cannot change while the token lives; what it says, and until when it holds."""
        try:
            payload = jwt.decode(
                token,
                self._key_for(token),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=SKEW_SECONDS,  # for `iat` and `nbf`: read() ends a token at `exp` by this machine's clock
                options={"require": REQUIRED, "strict_aud": True},
            )
            return self._claims(payload), float(payload["exp"])
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
            raise NotSignedIn("signature", f"The access token was not signed by us. {SIGN_IN_AGAIN}") from None
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError):
            raise NotSignedIn("type", f"This is not an access token of this API. {SIGN_IN_AGAIN}") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise NotSignedIn("malformed", f"The access token cannot be read. {SIGN_IN_AGAIN}") from None

    def _key_for(self, token: str) -> str:
        if len(token) > LONGEST_TOKEN:
            raise jwt.DecodeError
        header = jwt.get_unverified_header(token)
        key = self._keys.get(header.get("kid", ""))
        if key is None or header.get("alg") != ALGORITHM:
            raise jwt.InvalidSignatureError
        return key

    @staticmethod
    def _claims(payload: dict[str, Any]) -> Claims:
        if payload["typ"] != ACCESS:
            raise jwt.InvalidAudienceError
        session_id = UUID(str(payload["jti"]).partition(".")[0])
        return Claims(UUID(str(payload["organisation_id"])), UUID(payload["sub"]), str(payload["client"]), session_id)


def _expired() -> NotSignedIn:
    return NotSignedIn("expired", f"The access token has expired. {SIGN_IN_AGAIN}")
