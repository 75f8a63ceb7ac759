"""
Where a host lies: on this machine, in a private network, on the internet, or nowhere that a process should talk to.

A host has many spellings: `localhost.`, `127.1`, `0x7f000001`, `2130706433`, `::ffff:127.0.0.1`. What counts is the
address that a resolver makes of it, and no name is looked up: settings are read where there may be no network yet.
"""

import socket
from collections.abc import Iterable
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address
from typing import Any
from unicodedata import normalize
from urllib.parse import SplitResult, unquote, urlsplit

Network = IPv4Network | IPv6Network

LOCAL_NAMES = ("localhost", "localdomain", "ip6-localhost", "ip6-loopback")
PRIVATE_SUFFIXES = (
    *("internal", "local", "lan", "home", "corp", "private", "intranet"),
    *("home.arpa", "svc", "cluster.local"),
)
PRIVATE: tuple[Any, ...] = (
    *(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")),  # RFC 1918
    IPv4Network("100.64.0.0/10"),  # carrier-grade NAT, RFC 6598: the inside of some clouds
    IPv6Network("fc00::/7"),  # RFC 4193
)
THIS_NETWORK = IPv4Network("0.0.0.0/8")
NOT_PUBLIC: tuple[Any, ...] = (
    *PRIVATE,
    *(THIS_NETWORK, IPv4Network("127.0.0.0/8"), IPv4Network("169.254.0.0/16")),
    *(IPv6Network("fe80::/10"), IPv6Network("::1/128")),
)

MAPPED, TRANSLATED = IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")
WIDEST_PUBLIC = {4: 2**24, 6: 2**112}  # addresses: a 256th of IPv4, a /16 of IPv6; content networks have far fewer


class Place(Enum):
    """Where a host lies."""

    LOOPBACK = "on this machine"
    PRIVATE = "in a private network"
    PUBLIC = "on the internet"
    NOWHERE = "nowhere"


def place_of(host: str) -> Place:
    """Where a host lies, however it is written."""
    name = normalize("NFKC", unquote(host)).strip("[]").replace("。", ".").lower()
    address = _address_of(name)
    if address is not None:
        return _place_of_address(address)
    labels = name.rstrip(".").split(".")
    if not all(labels):
        return Place.NOWHERE
    if labels[-1] in LOCAL_NAMES:
        return Place.LOOPBACK
    inside = any(name.rstrip(".").endswith(f".{suffix}") for suffix in PRIVATE_SUFFIXES)
    return Place.PRIVATE if len(labels) == 1 or inside else Place.PUBLIC


def split_address(address: str) -> SplitResult | None:
    """The parts of a URL that names a host; None if it names none, or in a way that readers take differently."""
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in address):
        return None
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if named else None


def is_public_https(address: str) -> bool:
    """Whether this is an https address on the internet."""
    parts = split_address(address)
    return parts is not None and parts.scheme == "https" and place_of(parts.hostname or "") is Place.PUBLIC


def is_safe_to_call(address: str) -> bool:
    """Whether what is sent there is encrypted, or stays on this machine or in a private network."""
    parts = split_address(address)
    if parts is None:
        return False
    place = place_of(parts.hostname or "")
    return place is not Place.NOWHERE and (parts.scheme == "https" or place is not Place.PUBLIC)


def hold_everybody(networks: Iterable[Any]) -> bool:
    """Whether networks, taken together, hold so much of the internet that anybody may be in them."""
    known = [part for network in networks for part in _with_inner_ipv4(network)]
    for version, widest in WIDEST_PUBLIC.items():
        of_version: list[Any] = [network for network in known if network.version == version]
        if sum(map(_public_addresses, collapse_addresses(of_version))) >= widest:
            return True
    return False


def _address_of(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is, in any form that a resolver takes; None for a name."""
    try:
        return ip_address(name.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name.rstrip(".")))
    except (OSError, UnicodeEncodeError):
        return None


def _place_of_address(address: IPv4Address | IPv6Address) -> Place:
    address = _inner_ipv4(address) or address
    if address.is_loopback or address.is_unspecified:
        return Place.LOOPBACK  # connecting to the unspecified address reaches this machine
    if address.is_link_local or address.is_multicast or address.is_reserved:
        return Place.NOWHERE
    if address in THIS_NETWORK:
        return Place.NOWHERE
    return Place.PRIVATE if any(address in block for block in PRIVATE) else Place.PUBLIC


def _inner_ipv4(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, compatible, translated or 6to4."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address in TRANSLATED or (int(address) >> 32 == 0 and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _with_inner_ipv4(network: Network) -> list[Network]:
    """A network, and the IPv4 network that it holds in IPv6's clothes."""
    found = [network]
    for block in (MAPPED, TRANSLATED):
        if not isinstance(network, IPv6Network):
            break
        if network.subnet_of(block):
            inner = int(network.network_address) & 0xFFFFFFFF
            found.append(IPv4Network((inner, network.prefixlen - block.prefixlen)))
        elif network.supernet_of(block):
            found.append(IPv4Network("0.0.0.0/0"))
    return found


def _public_addresses(network: Any) -> int:
    """How many addresses of a network are on the internet."""
    inside = [block for block in NOT_PUBLIC if block.version == network.version]
    if any(network.subnet_of(block) for block in inside):
        return 0
    return int(network.num_addresses - sum(block.num_addresses for block in inside if block.subnet_of(network)))
