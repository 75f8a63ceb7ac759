"""
The development identity provider's signing key, and the tokens that it makes: good ones and hostile ones.

Tokens are put together by hand because a kept library refuses to make the broken ones that tests need.
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from nexus.local.private_files import write_private

KEY_BITS = 2048
PUBLIC_EXPONENT = 65537
HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}

Claims = dict[str, object]


class SigningKey:
    """An RSA key, kept in a file of mode 0600 so that tokens hold over a restart."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        self._numbers = key.public_key().public_numbers()
        self.key_id = _thumbprint(self._numbers)

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """Read the key; make it at the first start."""
        if path.exists():
            key = load_pem_private_key(path.read_bytes(), password=None)
            if isinstance(key, rsa.RSAPrivateKey):
                return cls(key)
        made = rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS)
        write_private(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
        return cls(made)

    @property
    def public_pem(self) -> bytes:
        """The public half, as anybody could write it down from the key set."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def key_set(self) -> dict[str, object]:
        """The public half as a JSON Web Key Set."""
        return {"keys": [{**_public_members(self._numbers), "use": "sig", "alg": "RS256", "kid": self.key_id}]}

    def make_token(self, claims: Claims, header: Claims | None = None) -> str:
        """Sign claims. `header` overrides or, with None, removes a header field; its `alg` decides the signature."""
        fields = _changed({"alg": "RS256", "kid": self.key_id, "typ": "JWT"}, header or {})
        signed = f"{_part(fields)}.{_part(claims)}"
        return f"{signed}.{_encode(self._signature(signed.encode(), str(fields.get('alg', 'RS256'))))}"

    def _signature(self, message: bytes, algorithm: str) -> bytes:
        """Sign as `alg` says. HS* takes the public key for its secret: the classic confusion of algorithms."""
        if algorithm.lower() == "none":
            return b""
        kind, size = algorithm[:2].upper(), algorithm[2:]
        chosen = HASHES.get(size, hashes.SHA256())
        if kind == "HS":
            return hmac.new(self.public_pem, message, chosen.name).digest()
        if kind == "PS":
            return self._key.sign(message, padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen)
        return self._key.sign(message, padding.PKCS1v15(), chosen)


def changed_claims(claims: Claims, changes: Claims) -> Claims:
    """The claims with some overridden or, where the change is None, removed."""
    return _changed(claims, changes)


def half_hash(token: str) -> str:
    """The `at_hash` of an access token (OpenID Connect Core 3.1.3.6)."""
    return _encode(hashlib.sha256(token.encode()).digest()[:16])


def code_challenge(verifier: str) -> str:
    """What PKCE's S256 makes of a verifier (RFC 7636 section 4.2)."""
    return _encode(hashlib.sha256(verifier.encode()).digest())


def _changed(fields: Claims, changes: Claims) -> Claims:
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def _part(fields: Claims) -> str:
    return _encode(json.dumps(fields, separators=(",", ":")).encode())


def _encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _encode(value.to_bytes((value.bit_length() + 7) // 8))


def _public_members(numbers: rsa.RSAPublicNumbers) -> dict[str, str]:
    return {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}


def _thumbprint(numbers: rsa.RSAPublicNumbers) -> str:
    """The key's name (RFC 7638): its members in the order of the alphabet, hashed."""
    members = json.dumps(_public_members(numbers), separators=(",", ":"), sort_keys=True)
    return _encode(hashlib.sha256(members.encode()).digest())
