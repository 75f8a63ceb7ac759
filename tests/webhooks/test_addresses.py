"""Which addresses a customer's URL may lead to: every special block, and what the standard library says of others."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as some

from nexus.webhooks.addresses import is_own, is_public

PUBLIC = [
    *[
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
    ],
    *["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0"],
    *["198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15", "168.63.129.17"],
    *["2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00::1", "2003::1", "3fff:1000::1"],
]

NOT_PUBLIC = {
    "this network": ["0.0.0.0", "0.0.0.1", "0.255.255.255", "::"],  # noqa: S104 - to be refused, not bound
    "private": ["10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
    "carrier-grade NAT": ["100.64.0.0", "100.100.100.200", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.0.0.2", "127.255.255.255", "::1"],
    "link-local and metadata": ["169.254.0.1", "169.254.169.254", "fe80::1", "fe80::1%1", "febf::1"],
    "a cloud's platform": ["168.63.129.16"],
    "protocol assignments": ["192.0.0.0", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.192", "192.0.0.255"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1", "3fff:fff:ffff::1"],
    "AS112 and AMT": ["192.31.196.1", "192.52.193.1", "192.175.48.1", "2620:4f:8000::1", "2001:4:112::1", "2001:3::1"],
    "6to4": ["192.88.99.1", "2002::1", "2002:a9fe:a9fe::", "2002:7f00:1::1", "2002:ffff:ffff:ffff::1"],
    "benchmarks": ["198.18.0.0", "198.19.255.255", "2001:2::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved and broadcast": ["240.0.0.1", "255.255.255.254", "255.255.255.255"],
    "Teredo": ["2001::1", "2001:0:a9fe:a9fe::1"],
    "ORCHID and DRIP": ["2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff:ffff::1"],
    "NAT64": ["64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "64:ff9b:1:ffff::1"],
    "mapped, translated and compatible": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1"],
    "discard": ["100::1", "100:0:0:1::1"],
    "SRv6": ["5f00::1"],
    "unique local": ["fc00::1", "fd00:ec2::254", "fdff::1"],
    "site-local": ["fec0::1", "feff::1"],
    "6bone": ["3ffe::1"],
    "not assigned for unicast": ["4000::1", "8000::1", "e000::1", "1::1", "200::1"],
    "with a zone": ["2606:4700::1111%1", "2606:4700::1111%eth0"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_may_be_reached_up_to_the_edge_of_every_block(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [pytest.param(one, id=f"{block}-{one}") for block, addresses in NOT_PUBLIC.items() for one in addresses],
)
def test_a_special_address_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@given(some.one_of(some.ip_addresses(v=4), some.ip_addresses(v=6)))
def test_what_the_standard_library_takes_for_special_is_never_public(address: IPv4Address | IPv6Address) -> None:
    special = (
        address.is_private,
        address.is_loopback,
        address.is_link_local,
        address.is_multicast,
        address.is_reserved,
    )

    assert not (is_public(address) and (any(special) or not address.is_global))


def test_the_addresses_of_every_interface_are_our_own() -> None:
    found = [one.address for interface in psutil.net_if_addrs().values() for one in interface]
    own = [one for one in found if _is_address(one) and not ip_address(one).is_link_local]

    assert {"127.0.0.1"} <= set(own)
    assert [one for one in own if not is_own(ip_address(one))] == []


@pytest.mark.parametrize("address", ["127.255.0.1", "0.0.0.0", "::"])  # noqa: S104 - nothing listens there
def test_what_the_machine_answers_without_an_interface_is_our_own_too(address: str) -> None:
    assert is_own(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "203.0.113.77"])
def test_other_machines_are_not_our_own(address: str) -> None:
    assert not is_own(ip_address(address))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
