"""Sealing what is kept: encrypted at rest with the keys of the settings, a box of its own for each purpose."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

NAME_CHARACTERS = 16


class Unreadable(Exception):
    """What is to be opened was sealed with a key that is no longer among ours, or is not ours at all."""


class Box:
    """Seals with the newest key, and opens what any of the keys sealed. `name` tells the newest one, not its value."""

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        derived = [hashlib.sha256(f"nexus {purpose}\0{key}".encode()).digest() for key in keys]
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])
        self.name = hashlib.sha256(b"name\0" + derived[0]).hexdigest()[:NAME_CHARACTERS]

    def seal(self, plain: bytes) -> bytes:
        """Encrypt it."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt it. Raises Unreadable."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise Unreadable from None
