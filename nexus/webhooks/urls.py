"""
The one form that the URL of a webhook may have, and what it is taken apart into.

One expression takes it apart, and whoever connects uses what it found: with a second parser, the one could judge a
host and the other call another.
"""

import re
from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

import httpx
import idna

from nexus.core.errors import InvalidRequest
from nexus.webhooks.addresses import Address

LONGEST_URL = 2048
LONGEST_NAME = 253  # characters; RFC 1035 section 2.3.4 counts 255 octets on the wire

PORTS = frozenset({443, 8443})
DEFAULT_PORT = {"https": 443, "http": 80}

URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<authority>[^/?#]*)"
    r"(?P<target>[^#]*)"
    r"(?P<fragment>#.*)?"
)
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f.]*:[0-9a-f:.]*\]|[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")

# Names that lead inside by convention: RFC 6761, 6762, 7686, 8375, 9476, ICANN's `internal` of 2024, and those that
# RFC 6762 appendix G finds in private networks.
INSIDE = frozenset(
    "alt arpa corp home internal intranet invalid lan local localdomain localhost onion private".split()  # noqa: SIM905 - a list of words reads better as words
)


class UrlRefused(InvalidRequest):
    """The URL of a webhook leads nowhere that we send to. The reason names no address."""

    example = ([{"field": "url", "message": "Begin the URL with https://."}],)


class Target(NamedTuple):
    """Where a URL leads: a name or a literal address in lower case, and what is asked for there."""

    scheme: str
    host: str
    port: int
    path: str
    is_allowed: bool  # one of the operator's allowed hosts: it leads to loopback, and nowhere else

    @property
    def host_header(self) -> str:
        """Host and port as RFC 9110 section 7.2 wants them."""
        is_default = self.port == DEFAULT_PORT[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if is_default else f"{host}:{self.port}"

    @property
    def literal(self) -> Address | None:
        """The address, where the host is one."""
        return _literal(self.host)


def pair_of(host: str, port: int) -> str:
    """Host and port as the setting of the allowed hosts writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def read_url(url: str, allowed_hosts: Collection[str] = ()) -> Target:
    """Take a URL apart, or raise UrlRefused with what is to be changed."""
    _judge_characters(url)
    found = URL.fullmatch(url)
    if found is None:
        raise refused("Give a complete URL, such as https://hooks.example.com/nexus.")
    if found["fragment"] is not None:
        raise refused("Leave out the part from # on: it is never sent.")
    scheme = found["scheme"].lower()
    host, port = _read_authority(found["authority"].lower(), scheme)
    is_allowed = pair_of(host, port) in allowed_hosts
    if not is_allowed:
        _judge_place(scheme, host, port)
    target = found["target"]
    return Target(scheme, host, port, target if target.startswith("/") else f"/{target}", is_allowed)


def is_same_url(one: str, other: str) -> bool:
    """Whether two URLs that were accepted lead to the same place, as RFC 3986 section 6.2 compares them."""
    return _normalised(one) == _normalised(other)


def _normalised(url: str) -> tuple[str, bytes, int | None, str, bytes]:
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.raw_host, parsed.port, parsed.path, parsed.query


def refused(reason: str) -> InvalidRequest:
    """Say it of the field `url`."""
    return UrlRefused.of("url", reason)


def _judge_characters(url: str) -> None:
    if len(url) > LONGEST_URL:
        raise refused(f"Give a URL of at most {LONGEST_URL} characters.")
    if not all("!" <= character <= "~" for character in url) or any(character in url for character in '\\"<>^`{|}'):
        raise refused("Write the URL in plain ASCII: other host names as xn--…, other characters as %XX.")


def _read_authority(authority: str, scheme: str) -> tuple[str, int]:
    if scheme not in DEFAULT_PORT:
        raise refused("Begin the URL with https://.")
    if "@" in authority:
        raise refused("Leave out user name and password; whether an event is ours, its signature says.")
    found = AUTHORITY.fullmatch(authority)
    if found is None:
        raise refused("Give a host name of letters, digits, hyphens and dots.")
    port = int(found["port"] or DEFAULT_PORT[scheme])
    return found["host"].strip("[]"), port


def _judge_place(scheme: str, host: str, port: int) -> None:
    """What holds for every host but the operator's allowed ones."""
    if scheme != "https":
        raise refused("Begin the URL with https://.")
    if port not in PORTS:
        raise refused("Use port 443 or 8443.")
    if _literal(host) is None:
        _judge_name(host)


def _literal(host: str) -> Address | None:
    """An address in the one way of writing it; anything else that looks like one is refused."""
    if not (":" in host or DOTTED.fullmatch(host)):
        return None
    try:
        address = IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        raise refused("This is no IP address. Give a host name.") from None
    if str(address) != host:
        raise refused("Write the IP address in its shortest form, or give a host name.")
    return address


def _judge_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > LONGEST_NAME or not all(LABEL.fullmatch(label) for label in labels):
        raise refused("Give a host name of letters, digits, hyphens and dots, without a dot at its end.")
    if len(labels) == 1 or labels[-1] in INSIDE:
        raise refused("Give a host name of the public internet.")
    if labels[-1][0].isdigit():
        # Resolvers read such names as addresses: 127.1, 0x7f.0.0.1.
        raise refused("This is a number and no host name. Give a host name.")
    if not all(_is_canonical(label) for label in labels):
        raise refused("Write the host name in its xn-- form, as a browser shows it.")


def _is_canonical(label: str) -> bool:
    """Whether a label with `--` is what it becomes when it is read and written again (RFC 5891 section 4.4)."""
    if label[2:4] != "--":
        return True
    try:
        return idna.alabel(idna.ulabel(label)).decode() == label
    except idna.IDNAError:
        return False
