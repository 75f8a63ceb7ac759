"""
What production refuses of its settings: each rule asks for a property of a value, not for a spelling of it.

A rule returns the sentence that says what is wrong and what to write, never with the value, or None where all is well.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from nexus.database_address import read_database_address
from nexus.hosts import Place, hold_everybody, is_public_https, is_safe_to_call, place_of, split_address

MIN_SECRET_LENGTH = 32  # characters; RFC 7518 section 3.2 asks HS256 for a key of at least its 256-bit hash
MIN_DIFFERENT = 16  # characters; text that repeats itself is no secret
MIN_DIFFERENT_ISSUED = 12  # characters; some secrets that Google issued long ago have 24 in all
HEXADECIMAL = re.compile(r"[0-9a-f]{64,}|[0-9A-F]{64,}")
MIN_DIFFERENT_HEXADECIMAL = 12
SELLS_FOR_MONEY = re.compile(r"(sk|rk)_(org_)?live_.+", re.DOTALL)

PLACEHOLDER = re.compile(
    r"to[-_ ]?be[-_ ]?(filled|set|done|replaced|changed)|fill[-_ ]?(me|this)?[-_ ]?in|change[-_ ]?(me|it|this)"
    r"|replace[-_ ]?(me|it|this|with)|place[-_ ]?holder|(?<![a-z])your[-_ ]|(?<![a-z])(todo|fixme|dummy|redacted)"
    r"(?![a-z])|insert[-_ ]|[-_ ]here$|\*{3}|\.{3}|…|x{6}|<[^<>]*>|\$\{|\{\{|not[-_ ]?(set|a[-_ ]real)|example[-_ ]"
    r"|[-_ ]example",
    re.IGNORECASE,
)
OPEN_MODES = ("disable", "allow")
UNVERIFIED = {("ssl_cert_reqs", "none"), ("ssl_cert_reqs", "optional"), ("ssl_check_hostname", "false")}


def own_secret(name: str, secret: SecretStr | None) -> str | None:
    """Judge a secret that the operator makes."""
    if secret is not None and not _is_secret(secret.get_secret_value()):
        return (
            f"{name}: production wants {MIN_SECRET_LENGTH} characters or more, {MIN_DIFFERENT} of them different, such"
            " as `openssl rand -base64 32` prints"
        )
    return None


def issued_secret(name: str, secret: SecretStr | None) -> str | None:
    """Judge a secret that somebody else issued: it is theirs, or a placeholder still."""
    if secret is None:
        return None
    value = secret.get_secret_value()
    if len(set(value)) < MIN_DIFFERENT_ISSUED or is_placeholder(value):
        return f"{name}: this is a placeholder, not what was issued to you. Set the real one"
    return None


def is_placeholder(value: str) -> bool:
    """Whether somebody was to put the real value here."""
    return PLACEHOLDER.search(value) is not None


def no_placeholder(name: str, value: str | None) -> str | None:
    """Refuse text that was to be replaced."""
    return f"{name}: this is a placeholder. Set the real value" if value and is_placeholder(value) else None


def different_secrets(secrets: Mapping[str, Iterable[str]]) -> str | None:
    """Refuse one secret for two purposes: whoever is given it for one has the other as well."""
    uses = Counter(value for values in secrets.values() for value in set(values))
    shared = sorted(name for name, values in secrets.items() if any(uses[value] > 1 for value in values))
    return f"{' and '.join(shared)}: give each a secret of its own" if shared else None


def public_https(name: str, address: str | None) -> str | None:
    """Ask for an https address on the internet."""
    if address is None or is_public_https(address):
        return None
    return f"{name}: production takes an https address on the internet, not one of this machine or a private network"


def opened_by_people(name: str, address: str) -> str | None:
    """Ask for an https address that a browser of somebody else's can open."""
    parts = split_address(address)
    if parts and parts.scheme == "https" and place_of(parts.hostname or "") in (Place.PUBLIC, Place.PRIVATE):
        return None
    return f"{name}: production sends people to an address with https, not on this machine"


def safe_to_call(name: str, address: str | None) -> str | None:
    """Ask for https, or for a server on this machine or in a private network."""
    if address is None or is_safe_to_call(address):
        return None
    return f"{name}: production takes https; http only for a server on this machine or in a private network"


def proxies(name: str, networks: Iterable[IPv4Network | IPv6Network]) -> str | None:
    """Refuse networks that hold everybody, or nearly so, between them."""
    if hold_everybody(networks):
        return f"{name}: these networks hold too much of the internet: callers could choose their own address"
    return None


def encrypted_database(name: str, url: str | None) -> str | None:
    """Refuse an address that gives up encryption on the way across a network, or whose password is a placeholder."""
    if url is None:
        return None
    address = read_database_address(url)
    if is_placeholder(address.password or ""):
        return f"{name}: the password is a placeholder. Set the real one"
    outside = [host for host in address.hosts if not host.startswith(("/", "@")) and not _is_inside(host)]
    if outside and address.ssl_mode in OPEN_MODES:
        return f"{name}: sslmode={address.ssl_mode} is for this machine and private networks; write sslmode=verify-full"
    return None


def encrypted_redis(name: str, url: str) -> str | None:
    """Refuse an address that crosses a network in the clear or unverified, or whose password is a placeholder."""
    parts = urlsplit(url)
    if is_placeholder(unquote(parts.password or "")):
        return f"{name}: the password is a placeholder. Set the real one"
    if parts.scheme == "unix" or _is_inside(parts.hostname or "localhost"):
        return None
    options = {(key, value.lower()) for key, value in parse_qsl(parts.query)}
    if parts.scheme != "rediss" or options & UNVERIFIED:
        return f"{name}: production writes rediss://, verified, to a server outside this machine and private networks"
    return None


def sold_for_money(name: str, key: SecretStr | None) -> str | None:
    """Ask for a secret key of Stripe's with which people really pay."""
    if key is None or SELLS_FOR_MONEY.fullmatch(key.get_secret_value()):
        return issued_secret(name, key)
    return f"{name}: production takes a live secret key (sk_live_… or rk_live_…); with a test key nobody pays"


def _is_secret(value: str) -> bool:
    if len(value) < MIN_SECRET_LENGTH or is_placeholder(value):
        return False
    return len(set(value)) >= MIN_DIFFERENT or _is_hexadecimal(value)


def _is_hexadecimal(value: str) -> bool:
    """Whether this is 32 bytes or more in hexadecimal, in which a quarter of all secrets lack one of the 16 digits."""
    repeats = value in (value + value)[1:-1]
    return HEXADECIMAL.fullmatch(value) is not None and len(set(value)) >= MIN_DIFFERENT_HEXADECIMAL and not repeats


def _is_inside(host: str) -> bool:
    return place_of(host) in (Place.LOOPBACK, Place.PRIVATE)
