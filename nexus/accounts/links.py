"""
The links of invitations: 256 random bits each, of which only a keyed hash is kept.

The key is derived from the platform's own, so whoever reads the table alone cannot even test a guess. A link that was
made under a key that is gone is nobody's: an admin sends the invitation again.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from nexus.core.errors import NotFound

TOKEN_BYTES = 32
TOKEN = re.compile(r"nxi_[A-Za-z0-9_-]{43}")
UNKNOWN = "There is no such invitation. Open the link as you got it, or ask for a new one."


@dataclass(frozen=True)
class Link:
    """A new link, to be shown once, and the hash to be kept."""

    url: str = field(repr=False)
    token: str = field(repr=False)
    token_hash: bytes


class Links:
    """Makes links and recognises them. `keys` are newest first; `web_url` is where people open them."""

    def __init__(self, keys: Sequence[str], web_url: str) -> None:
        self._keys = [hashlib.sha256(b"nexus invitation\0" + key.encode()).digest() for key in keys]
        self.web_url = web_url.rstrip("/")

    def make(self) -> Link:
        """A link that nobody has seen."""
        token = f"nxi_{secrets.token_urlsafe(TOKEN_BYTES)}"
        return Link(f"{self.web_url}/invite/{token}", token, _hash(self._keys[0], token))

    def hashes(self, token: str) -> list[bytes]:
        """What may be kept of this token, whichever key it was made under. Raises NotFound for what is no token."""
        if not TOKEN.fullmatch(token):
            raise NotFound(UNKNOWN)
        return [_hash(key, token) for key in self._keys]


def _hash(key: bytes, token: str) -> bytes:
    return hmac.digest(key, token.encode(), "sha256")
