"""
Which addresses a customer's URL may lead to: unicast on the public internet, and not this machine.

A table of our own. `ipaddress.is_global` takes some addresses that carry an inner IPv4 address for global, and what it
says differs between patch versions of Python.

Sources: the IANA registries "IPv4 Special-Purpose Address Space", "IPv6 Special-Purpose Address Space", "IPv6 Global
Unicast Address Assignments" and "IPv4 Multicast Address Space", with the RFC of each block beside it.
"""

import socket
from errno import EADDRNOTAVAIL, EAFNOSUPPORT
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

NOT_OURS = frozenset({EADDRNOTAVAIL, EAFNOSUPPORT})  # the second: a machine without IPv6 has no such address

NOT_PUBLIC_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network, RFC 791; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "168.63.129.16/32",  # Azure's platform, public by number only: Microsoft's "What is IP address 168.63.129.16?"
        "169.254.0.0/16",  # link-local and the clouds' metadata, RFC 3927
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890; one cloud's metadata
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",  # private, RFC 1918
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112; broadcast, RFC 919
    )
)

# Global unicast, RFC 4291 section 2.4 and the registry. Outside of it lie loopback, mapped and compatible IPv4, NAT64
# (64:ff9b::/96 and 64:ff9b:1::/48), 100::/64, SRv6 (5f00::/16), fc00::/7, fe80::/10, fec0::/10 and multicast.
GLOBAL_UNICAST = IPv6Network("2000::/3")
NOT_PUBLIC_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, RFC 2928: Teredo, ORCHID, benchmarks, AMT, AS112, DRIP
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4 with an IPv4 address inside, RFC 3056
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3ffe::/16",  # the returned 6bone, RFC 3701
        "3fff::/20",  # documentation, RFC 9637
    )
)


def is_public(address: Address) -> bool:
    """Whether it is a unicast address of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in NOT_PUBLIC_V4)
    return (
        address.scope_id is None and address in GLOBAL_UNICAST and not any(address in block for block in NOT_PUBLIC_V6)
    )


def is_own(address: Address) -> bool:
    """
    Whether it is this machine's, on any interface and in any role: then, and only then, it can be bound.

    Where the kernel lets foreign addresses be bound (`ip_nonlocal_bind`), every address counts as our own.
    """
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError as error:
        return error.errno not in NOT_OURS
    return True
