"""
Refresh tokens: opaque, 256 random bits, renewed at every use.

A token names its organisation and session, so that it is looked up in that organisation's name, and carries a secret
of which only the hash is kept. The secret of a successor is an HMAC of its predecessor's: two requests that redeem
the same token at once get the same successor, and nobody is signed out by a race.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from nexus.core.errors import NotSignedIn

PREFIX = "nxr_"
SECRET_BYTES = 32
ID_BYTES = 16
SIZE = 2 * ID_BYTES + SECRET_BYTES


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token, taken apart."""

    organisation_id: UUID
    session_id: UUID
    secret: bytes

    @classmethod
    def first(cls, organisation_id: UUID, session_id: UUID) -> "RefreshToken":
        """The first token of a session."""
        return cls(organisation_id, session_id, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, value: str) -> "RefreshToken":
        """Take a token apart. Raises NotSignedIn for anything that we did not make."""
        if value.count(".") == 2:  # noqa: PLR2004 - the two dots of a JWT
            raise NotSignedIn("type", "This is not a refresh token. Send the `refresh_token` of the token pair.")
        try:
            raw = urlsafe_b64decode(value.removeprefix(PREFIX).encode() + b"==")
        except (NotBase64, ValueError):
            raw = b""
        if not value.startswith(PREFIX) or len(raw) != SIZE:
            raise NotSignedIn("malformed", "The refresh token cannot be read. Sign in again.")
        return cls(UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), raw[32:])

    def __str__(self) -> str:
        raw = self.organisation_id.bytes + self.session_id.bytes + self.secret
        return PREFIX + urlsafe_b64encode(raw).decode().rstrip("=")

    @property
    def hash(self) -> bytes:
        """What is kept of it."""
        return hashlib.sha256(self.secret).digest()

    def successor(self, key: str) -> "RefreshToken":
        """The token that replaces this one."""
        secret = hmac.digest(key.encode(), b"nexus refresh successor\0" + self.secret, "sha256")
        return RefreshToken(self.organisation_id, self.session_id, secret)

    def successor_with_hash(self, keys: Sequence[str], wanted: bytes) -> "RefreshToken | None":
        """The successor that was already given out, whichever key made it."""
        candidates = (self.successor(key) for key in keys)
        return next((token for token in candidates if hmac.compare_digest(token.hash, wanted)), None)
