"""
No connection reaches the inside, whatever a URL says and whatever a resolver answers.

The verdict is not what is answered but what arrived: at listeners on the machine's own addresses, and in the
interpreter's own report of every connection that this process asked for.
"""

import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address

import pytest

from nexus.webhooks.egress import Egress, Limits, UrlRefused
from tests.house import ROOT
from tests.webhooks.listeners import PORT, Dialled, Inside, Names, inside, listen
from tests.webhooks.own_address import PUBLIC
from tests.webhooks.test_addresses import NOT_PUBLIC

NAME = "hooks.acme.example"
TLS = ssl.create_default_context()
ELSEWHERE = "1.1.1.1"  # public; a test that connected to it would be wrong

# Each would reach a listener if its form were not judged: the operator has allowed those addresses here.
FORMS = {
    "no encryption": [f"http://{NAME}:8443/", f"HTTP://{NAME}:8443/"],
    "another scheme": [
        f"ftp://{NAME}:8443/",
        f"ws://{NAME}:8443/",
        f"//{NAME}:8443/",
        f"https:{NAME}:8443/",
        "file:///etc",
    ],
    "a user name": [
        *[f"https://ann@{NAME}:8443/", f"https://ann:pass@{NAME}:8443/", f"https://@{NAME}:8443/"],
        *[f"https://{ELSEWHERE}@127.0.0.1:8443/", f"https://{NAME}:8443@127.0.0.1:8443/"],
    ],
    "another port": [f"https://{NAME}:{{odd}}/", f"https://{NAME}:0/", f"https://{NAME}:22/", f"https://{NAME}:99999/"],
    "a port that is none": [
        f"https://{NAME}:/",
        f"https://{NAME}:08443/",
        f"https://{NAME}:+8443/",
        f"https://{NAME}:84_43/",
    ],
    "a fragment": [f"https://{NAME}:8443/#", f"https://{NAME}:8443/#a", f"https://{NAME}:8443#@1.1.1.1/"],
    "a number": [
        *["https://2130706433:8443/", "https://017700000001:8443/", "https://0x7f000001:8443/", "https://127.1:8443/"],
        *["https://0x7f.1:8443/", "https://0177.0.0.1:8443/", "https://127.0.1:8443/", "https://127.0.0.0x1:8443/"],
        *["https://0x7f.0x0.0x0.0x1:8443/", "https://127.000.000.001:8443/", "https://00127.0.0.1:8443/"],
        *["https://0:8443/", "https://1.2.3.4.5:8443/", "https://256.256.256.256:8443/"],
    ],
    "Unicode": [
        *["https://①②⑦.⓪.⓪.①:8443/", "https://127。0。0。1:8443/", "https://\uff11\uff12\uff17.0.0.1:8443/"],
        *["https://ⓛocalhost:8443/", "https://hooks.acme.exámple:8443/", "https://hooks.acme.exam\u00adple:8443/"],
        *["https://hooks.acme.xn--ls8h:8443/", "https://xn--.example.com:8443/", "https://xn--a.example.com:8443/"],
        *[
            "https://xn--hooks-.example.com:8443/",
            "https://ab--cd.example.com:8443/",
        ],
    ],
    "a name of the inside": [
        *[
            "https://localhost:8443/",
            "https://LOCALHOST:8443/",
            "https://localhost.:8443/",
            "https://a.localhost:8443/",
        ],
        *["https://localhost.localdomain:8443/", "https://printer.local:8443/", "https://postgres:8443/"],
        *["https://metadata.google.internal:8443/", "https://db.corp:8443/", "https://1.0.0.127.in-addr.arpa:8443/"],
    ],
    "no name": [
        *[
            "https://:8443/",
            "https:///",
            f"https://{NAME}.:8443/",
            f"https://.{NAME}:8443/",
            "https://a..example.com:8443/",
        ],
        *["https://-a.example.com:8443/", "https://a_b.example.com:8443/", f"https://{'a' * 64}.example.com:8443/"],
        *[f"https://{'a.' * 130}example.com:8443/", "https://*.example.com:8443/"],
    ],
    "a bent address": [
        *[
            "https://[::1]:8443@1.1.1.1/",
            "https://[0:0:0:0:0:0:0:1]:8443/",
            "https://[::0001]:8443/",
            "https://::1:8443/",
        ],
        *[
            "https://[::1%lo]:8443/",
            "https://[::1%25lo]:8443/",
            "https://[::ffff:127.0.0.1]:8443/",
            "https://[127.0.0.1]:8443/",
        ],
        *["https://[::1:8443/", "https://[]:8443/", "https://[v1.a]:8443/"],
    ],
    "a trick of parsers": [
        *[
            f"https://{NAME}\\@127.0.0.1:8443/",
            f"https://{NAME}:8443\\/",
            "https:\\\\127.0.0.1:8443/",
            "https:/127.0.0.1:8443/",
        ],
        *[f"https://{NAME}%00.example.com:8443/", "https://127.0.0.1%2f:8443/", "https://%31%32%37.0.0.1:8443/"],
        *[
            f"https://{NAME}:8443/ HTTP/1.1\r\nHost: x",
            f"https://{NAME}:8443/\r\nX-A: 1",
            f"https://{NAME}:8443/\t",
            " https://a.b/",
        ],
        *[f"https://{NAME};127.0.0.1:8443/", f"https://{NAME},127.0.0.1:8443/", f"https://{NAME}&@127.0.0.1:8443/"],
        *[f"https://{NAME}:8443/\x00", f"https://{NAME}:8443/ä", ""],
    ],
    "too long": [f"https://{NAME}:8443/{'a' * 2048}"],
}
# Python 3.13 writes an IPv4 address in IPv6 as the URL has it, so that it is the address that is refused.
REFUSALS = {"refused_url"} | ({"refused_address"} if "." in str(ip_address("::ffff:127.0.0.1")) else set())
HOSTILE_FORMS = [pytest.param(url, id=f"{why}-{n}") for why, urls in FORMS.items() for n, url in enumerate(urls)]
SPECIAL = [pytest.param(one, id=f"{why}-{one}") for why, addresses in NOT_PUBLIC.items() for one in addresses]


@pytest.fixture(scope="module")
def dialled() -> Dialled:
    """The connections that this process asked for."""
    return Dialled()


@pytest.fixture(scope="module")
async def within() -> AsyncIterator[Inside]:
    """The listeners of the inside."""
    async with inside() as listening:
        yield listening


@pytest.fixture(autouse=True)
def _anew(within: Inside, dialled: Dialled) -> None:
    within.heard.connections.clear()
    dialled.addresses.clear()


async def attempt(egress: Egress, url: str, *, register: bool = True) -> str | None:
    """Register a URL and send to it; the class of the failure."""
    if register:
        with pytest.raises(UrlRefused) as refused:
            await egress.check(url)
        assert "send it again. url: " in refused.value.detail
        assert not re.search(r"127\.|::|169\.254|10\.0", refused.value.detail)
    sent = await egress.post(url, b"{}", {})
    assert sent.status_code is None
    return sent.error


@pytest.mark.parametrize("url", HOSTILE_FORMS)
async def test_a_url_of_another_form_connects_to_nothing(within: Inside, dialled: Dialled, url: str) -> None:
    egress = Egress(within.pairs, tls=TLS, resolver=Names(["127.0.0.1"]))

    error = await attempt(egress, url.replace("{odd}", str(within.odd_port)))

    assert error in REFUSALS
    assert (within.heard.connections, dialled.addresses) == ([], [])


@pytest.mark.parametrize("address", SPECIAL)
async def test_a_name_that_leads_inside_connects_to_nothing(within: Inside, dialled: Dialled, address: str) -> None:
    egress = Egress(tls=TLS, resolver=Names([address]))

    error = await attempt(egress, f"https://{NAME}:{PORT}/")

    assert (error, within.heard.connections, dialled.addresses) == ("refused_address", [], [])


@pytest.mark.parametrize("address", [one for one in SPECIAL if "%" not in str(one.values[0])])
async def test_an_address_of_the_inside_connects_to_nothing(within: Inside, dialled: Dialled, address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    error = await attempt(Egress(tls=TLS), f"https://{host}:{PORT}/")

    assert error in {"refused_address", "refused_url"}
    assert (within.heard.connections, dialled.addresses) == ([], [])


async def test_no_address_of_this_machine_is_reached(within: Inside, dialled: Dialled) -> None:
    assert len(within.addresses) >= 2

    errors = {
        await attempt(Egress(tls=TLS, resolver=Names([one])), f"https://{NAME}:{PORT}/") for one in within.addresses
    }

    assert (errors, within.heard.connections, dialled.addresses) == ({"refused_address"}, [], [])


@pytest.mark.parametrize(
    "answer",
    [
        *[[ELSEWHERE, "127.0.0.1"], ["127.0.0.1", ELSEWHERE], ["2606:4700::1111", "127.0.0.1"], [ELSEWHERE, "::1"]],
        *[["2606:4700::1111", "::ffff:127.0.0.1"], [*[ELSEWHERE] * 50, "127.0.0.1"], [ELSEWHERE, "not an address"]],
    ],
    ids=str,
)
async def test_one_address_of_the_inside_refuses_all(within: Inside, dialled: Dialled, answer: Sequence[str]) -> None:
    error = await attempt(Egress(tls=TLS, resolver=Names(answer)), f"https://{NAME}:{PORT}/")

    assert (error, within.heard.connections, dialled.addresses) == ("refused_address", [], [])


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
async def test_a_name_that_leads_inside_only_after_its_registration_connects_to_nothing(
    within: Inside, dialled: Dialled, address: str
) -> None:
    egress = Egress(tls=TLS, resolver=Names([ELSEWHERE], [address]))
    await egress.check(f"https://{NAME}:{PORT}/")

    error = await attempt(egress, f"https://{NAME}:{PORT}/", register=False)

    assert (error, within.heard.connections, dialled.addresses) == ("refused_address", [], [])


async def test_an_attempt_connects_to_the_address_that_it_judged_and_asks_no_second_time(
    within: Inside, dialled: Dialled
) -> None:
    names = Names(["127.0.0.77"], ["127.0.0.1"])
    egress = Egress({f"127.0.0.77:{PORT}"}, tls=TLS, resolver=names, limits=Limits(handshake=0.3))

    async with listen(within.heard, "127.0.0.77", PORT):
        await egress.post(f"https://{NAME}:{PORT}/", b"{}", {})

    assert (names.asked, within.heard.connections, dialled.addresses) == (
        [NAME],
        [f"127.0.0.77:{PORT}"],
        ["127.0.0.77"],
    )


def test_a_public_address_that_is_the_machines_own_is_not_reached() -> None:
    with_address = f"ip address add {PUBLIC}/32 dev lo && ip link set lo up && "
    alone = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*alone, f"{with_address} true"], check=False).returncode:
        pytest.skip("this machine lets nobody have a network of their own")

    command = f"{with_address} {sys.executable} -m tests.webhooks.own_address"
    done = subprocess.run([*alone, command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "refused_address 0\n"


async def test_an_allowed_host_leads_to_loopback_and_nowhere_else(dialled: Dialled) -> None:
    egress = Egress({f"localhost:{PORT}"}, tls=TLS, resolver=Names(["10.0.0.1"]))

    error = await attempt(egress, f"http://localhost:{PORT}/")

    assert (error, dialled.addresses) == ("refused_address", [])


async def test_the_same_listeners_are_reached_where_the_operator_allows_it(within: Inside) -> None:
    egress = Egress(within.pairs, tls=TLS)
    loopback = [one for one in sorted(within.pairs) if one.startswith(("127.", "[::1]"))]

    sent = [await egress.post(f"http://{pair}/", b"{}", {}) for pair in loopback]

    assert [one.status_code for one in sent] == [204] * len(loopback)
    assert len(within.heard.connections) == len(loopback) >= 3


def test_the_tables_are_long_enough() -> None:
    assert (len(HOSTILE_FORMS) >= 60, len(SPECIAL) >= 60) == (True, True)
