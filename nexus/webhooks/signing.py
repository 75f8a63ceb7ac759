"""
Signing what is sent, in two forms over the very same bytes, with the same secret.

Standard Webhooks 1.0 keys its HMAC with the bytes that the secret's base64 stands for; Stripe's form keys it with the
characters of the secret as they are. While a secret is being replaced, both the new and the old one sign.
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret that nobody knows yet."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed(keys: Sequence[str], event_id: UUID, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The headers that prove who sent this body, and when (Unix seconds); the newest secret comes first."""
    standard = f"{event_id}.{timestamp}.".encode() + body
    stripes = f"{timestamp}.".encode() + body
    return {
        "webhook-id": str(event_id),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_standard(key, standard)}" for key in keys),
        "Nexus-Signature": ",".join([f"t={timestamp}", *(f"v1={_stripes(key, stripes)}" for key in keys)]),
    }


def _standard(key: str, content: bytes) -> str:
    return b64encode(hmac.digest(b64decode(key.removeprefix(PREFIX)), content, sha256)).decode()


def _stripes(key: str, content: bytes) -> str:
    return hmac.new(key.encode(), content, sha256).hexdigest()
