"""
The values of API keys: `nx_live_`, 256 random bits in base 62, and a CRC32 of all that stands before it.

The checksum tells a mistyped value from one that was never made, without asking PostgreSQL. What is kept is an HMAC of
the value, by a key derived from a signing key: whoever reads the table alone can check no guess.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from zlib import crc32

PREFIX = "nx_live_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_BITS = 256
RANDOM_DIGITS = 43  # 62 ** 43 is just above 2 ** 256
CHECK_DIGITS = 6  # 62 ** 6 is above 2 ** 32
SHOWN = len(PREFIX) + 4  # characters: enough to tell an organisation's keys apart, and 232 bits are left

SHAPE = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM_DIGITS + CHECK_DIGITS}}}")


def make() -> str:
    """A new value, which nobody else has."""
    body = PREFIX + _digits_of(secrets.randbits(RANDOM_BITS), RANDOM_DIGITS)
    return body + _checksum(body)


def is_well_formed(value: str) -> bool:
    """Whether we could have made this value. Any one mistyped character is found, and several in nearly all cases."""
    return bool(SHAPE.fullmatch(value)) and _checksum(value[:-CHECK_DIGITS]) == value[-CHECK_DIGITS:]


class Hashes:
    """Hashes values by each of our keys, newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [hashlib.sha256(b"nexus api key\0" + key.encode()).digest() for key in keys]

    def of(self, value: str) -> tuple[bytes, ...]:
        """What may be kept of this value, newest first: it was made when one of these keys was the newest."""
        return tuple(hmac.digest(key, value.encode(), "sha256") for key in self._keys)


def _digits_of(number: int, digits: int) -> str:
    written = ""
    for _ in range(digits):
        number, digit = divmod(number, len(ALPHABET))
        written = ALPHABET[digit] + written
    return written


def _checksum(body: str) -> str:
    return _digits_of(crc32(body.encode()), CHECK_DIGITS)
