"""
Refresh tokens: opaque, 256 random bits, renewed at every use.

A token names its organisation and session, so that it is looked up in that organisation's name, and carries a secret
of which only the hash is kept. The secret of a successor is an HMAC of its predecessor's: two requests that redeem
the same token at once get the same successor, and nobody is signed out by a race.

The second half of a secret is an HMAC of everything before it. So a token that we issued once is told from one that
somebody made up, however old it is, and nothing is kept of it. Tokens of releases before this are all random.
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
RANDOM_BYTES = 16  # the first half of a secret
ID_BYTES = 16
SIZE = 2 * ID_BYTES + SECRET_BYTES


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token, taken apart."""

    organisation_id: UUID
    session_id: UUID
    secret: bytes

    @classmethod
    def first(cls, organisation_id: UUID, session_id: UUID, key: str) -> "RefreshToken":
        """The first token of a session."""
        return cls._issued(organisation_id, session_id, secrets.token_bytes(RANDOM_BYTES), key)

    @classmethod
    def _issued(cls, organisation_id: UUID, session_id: UUID, random: bytes, key: str) -> "RefreshToken":
        return cls(organisation_id, session_id, random + _proof(organisation_id, session_id, random, key))

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

    def was_issued(self, keys: Sequence[str]) -> bool:
        """Whether we made this token, with whichever of these keys: nobody else can make one that says so."""
        random, proof = self.secret[:RANDOM_BYTES], self.secret[RANDOM_BYTES:]
        proofs = (_proof(self.organisation_id, self.session_id, random, key) for key in keys)
        return any(hmac.compare_digest(proof, one) for one in proofs)

    def successor(self, key: str) -> "RefreshToken":
        """The token that replaces this one."""
        random = hmac.digest(key.encode(), b"nexus refresh successor\0" + self.secret, "sha256")[:RANDOM_BYTES]
        return self._issued(self.organisation_id, self.session_id, random, key)

    def _successor_without_proof(self, key: str) -> "RefreshToken":
        """What a process of the release before this gives out while both run."""
        secret = hmac.digest(key.encode(), b"nexus refresh successor\0" + self.secret, "sha256")
        return RefreshToken(self.organisation_id, self.session_id, secret)

    def successor_with_hash(self, keys: Sequence[str], wanted: bytes) -> "RefreshToken | None":
        """The successor that was already given out, whichever key made it."""
        forms = (self.successor, self._successor_without_proof)
        candidates = (form(key) for key in keys for form in forms)
        return next((token for token in candidates if hmac.compare_digest(token.hash, wanted)), None)


def _proof(organisation_id: UUID, session_id: UUID, random: bytes, key: str) -> bytes:
    said = b"nexus refresh token issued\0" + organisation_id.bytes + session_id.bytes + random
    return hmac.digest(key.encode(), said, "sha256")[: SECRET_BYTES - RANDOM_BYTES]
