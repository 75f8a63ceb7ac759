"""
Stripe's signature under an event: an HMAC-SHA256 over the time and the raw bytes, in `Stripe-Signature`.

Written out here because the library's own check lets times of the future pass, takes one secret, and wants the bytes
decoded first. https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

TOLERANCE_SECONDS = 300
LONGEST_HEADER = 4096
TIME = re.compile(r"t=([0-9]{1,15})")
SIGNATURE = re.compile(r"v1=([0-9a-f]{64})")


def is_signed(body: bytes, header: str | None, secrets: Sequence[bytes], now: float) -> bool:
    """Whether one of these secrets signed exactly these bytes, at most 300 seconds before or after now."""
    if header is None or len(header) > LONGEST_HEADER:
        return False
    parts = header.split(",")
    times = _found(TIME, parts)
    if len(times) != 1 or abs(now - int(times[0])) > TOLERANCE_SECONDS:
        return False
    expected = [hmac.new(secret, times[0].encode() + b"." + body, hashlib.sha256).hexdigest() for secret in secrets]
    given = _found(SIGNATURE, parts)
    return any(hmac.compare_digest(one, other) for one in expected for other in given)


def _found(pattern: re.Pattern[str], parts: Iterable[str]) -> list[str]:
    return [found[1] for part in parts if (found := pattern.fullmatch(part.strip()))]
