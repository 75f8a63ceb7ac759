"""A letter goes out in the operator's name: nothing that a customer wrote stands in its head or makes a link in it."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.header import decode_header
from typing import Any

import asyncpg
import httpx
import pytest

from nexus.accounts.letters import plain
from tests.accounts.mail_server import Mailbox, mail_server
from tests.accounts.team import accept, invite, try_sign_in
from tests.house import Person, Servers, door, refusal, run_app, settings_of, sign_in, some_domain, wait_for

SENDER = "NexusAPI <nexus@platform.test>"
HEADS = {"From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
REWRITES = (
    "=?utf-8?q?hello=0D=0AFrom:_Your_Bank_=3Csecurity=40bank.example=3E=0D=0AContent-Type:_text/html"
    "=0D=0A=0D=0A=3Ch1=3EPay_now=3C/h1=3E=3C!--?="
)
NAMES = (
    REWRITES,
    "=?utf-8?b?aGVsbG8NCkJjYzogYWxsQGJhbmsuZXhhbXBsZQ==?=",
    "Your account is locked, open https://evil.example/pay",
    "www.evil.example",
    "evil\u3002example/pay \uff45\uff56\uff49\uff4c\uff0e\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45 evil\u2024example",
    "https\uff1a\uff0f\uff0fevil\uff0eexample",
    "security@bank.example",
    "one\u2028From: bank@bank.example",
    "one\u0085two\x0bthree\x1cfour\u2029five",
    "\u202elanretxe\u202c \u2066x\u2069 \u200b",
    'Zażółć & Söhne “quoted” "name"',
    "名前" * 100,
)
NAMED = "UPDATE organisations SET name = $2 WHERE id = $1"
PERSON_NAMED = "UPDATE users SET name = $2 WHERE id = $1"
READDRESSED = "UPDATE invitations SET email = $2 WHERE id = $1"
LINK = re.compile(r"https?://\S+|\bwww\.|\b[a-z0-9-]+\.example\b", re.IGNORECASE)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with mail_server() as running:
        yield running


@asynccontextmanager
async def platform(servers: Servers, mailbox: Mailbox) -> AsyncIterator[tuple[Person, httpx.AsyncClient]]:
    """The API with this mail server, and ann at its door."""
    url = f"smtp://127.0.0.1:{mailbox.port}"
    settings = settings_of(servers.environment, smtp_url=url, smtp_from=SENDER, web_url="https://web.platform.test")
    async with run_app(settings) as app, door(app) as api:
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")
        yield ann, api
        await ann.api.aclose()


async def letters(mailbox: Mailbox, number: int = 1) -> list[bytes]:
    """What came over the wire, once it is so many."""

    async def found() -> bool:
        return len(mailbox.wire) >= number

    await wait_for(found)
    return mailbox.wire


def heads(raw: bytes) -> list[tuple[str, str]]:
    """The headers as they stand on the wire, read by nobody's parser, with what an encoded word would show."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = re.sub(r"\r\n[ \t]", " ", head).split("\r\n")
    pairs = [line.partition(": ")[::2] for line in lines]
    return [(name, "".join(_text(*part) for part in decode_header(value))) for name, value in pairs]


def _text(part: str | bytes, charset: str | None) -> str:
    return part if isinstance(part, str) else part.decode(charset or "ascii")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
async def test_a_name_writes_neither_a_header_nor_a_link_of_a_letter(
    servers: Servers, mailbox: Mailbox, truth: asyncpg.Connection, name: str
) -> None:
    async with platform(servers, mailbox) as (ann, _):
        await truth.execute(NAMED, ann.organisation_id, name)  # as it may stand there from before names were judged
        await truth.execute(PERSON_NAMED, ann.user_id, name)
        made = await invite(ann, f"guest@{some_domain()}")
        (raw,) = await letters(mailbox)

    found = heads(raw)
    assert sorted(one for one, _ in found) == sorted(HEADS)
    assert dict(found)["Subject"] == "Invitation to join an organisation"
    assert (dict(found)["From"], dict(found)["To"]) == (SENDER, made["email"])
    text = mailbox.text()
    assert made["link"] in text
    assert LINK.findall(text.replace(made["link"], "")) == []
    assert "=?" not in text
    assert [one for one in text if one in "\u2028\u2029\u0085\u202e\u202c\u2066\u2069\u200b\x0b\x1c"] == []


async def test_whoever_is_invited_reads_who_invites_them_where(servers: Servers, mailbox: Mailbox) -> None:
    async with platform(servers, mailbox) as (_, api):
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}", name="Ann Archer")
        await invite(ann, f"guest@{some_domain()}", role="admin")
        await letters(mailbox)

    said = f'"Ann Archer" ({ann.email}) invites you to join the organisation "{ann.domain}" as an admin.'
    assert said in mailbox.text()


def test_a_name_in_a_letter_is_short() -> None:
    assert len(plain("x" * 200)) == 101


@pytest.mark.parametrize(
    "address", ["=?utf-8?q?victim=40bank.test=2C?=@elsewhere.test", "a=?b@elsewhere.test", "ü=?x@elsewhere.test"]
)
async def test_an_address_that_readers_show_as_another_is_refused(ann: Person, address: str) -> None:
    assert refusal(await ann.api.post("/invitations", json={"email": address})) == (422, "invalid_request")


async def test_no_letter_leaves_to_such_an_address_from_before(
    servers: Servers, mailbox: Mailbox, truth: asyncpg.Connection
) -> None:
    async with platform(servers, mailbox) as (ann, _):
        made = await invite(ann, f"guest@{some_domain()}")
        await letters(mailbox)
        await truth.execute(READDRESSED, made["id"], "=?utf-8?q?victim=40bank.test=2C?=@elsewhere.test")
        await ann.api.post(f"/invitations/{made['id']}/resend")

        assert await error_of(ann, made) == "address_not_supported"
        assert len(mailbox.wire) == 1


async def error_of(ann: Person, made: dict[str, Any]) -> str:
    """Why an invitation's mail has failed, once it has."""

    async def found() -> str | None:
        listed = (await ann.api.get("/invitations")).json()["items"]
        one = next(one for one in listed if one["id"] == made["id"])
        return one["mail_error"] if one["mail"] == "failed" else None

    return str(await wait_for(found))


@pytest.mark.parametrize("address", ["bob@bücher.test", "bob@xn--bcher-kva.test", "Bob@BÜCHER.test"])
async def test_a_letter_to_a_domain_beyond_ascii_leaves_by_any_mail_server(
    servers: Servers, mailbox: Mailbox, address: str
) -> None:
    async with platform(servers, mailbox) as (ann, _):
        made = await invite(ann, address)
        (raw,) = await letters(mailbox)

    assert dict(heads(raw))["To"].lower() == "bob@xn--bcher-kva.test"
    assert [one.lower() for one in mailbox.envelopes] == ["to:<bob@xn--bcher-kva.test>"]
    assert made["mail"] == "sending"


async def test_an_admin_is_told_why_no_letter_goes_to_a_name_beyond_ascii(servers: Servers, mailbox: Mailbox) -> None:
    async with platform(servers, mailbox) as (ann, _):
        made = await invite(ann, f"jörg@{some_domain()}")

        assert await error_of(ann, made) == "address_not_supported"
        assert mailbox.wire == []


async def test_where_the_server_can_a_letter_goes_to_a_name_beyond_ascii(servers: Servers, mailbox: Mailbox) -> None:
    mailbox.smtputf8 = True
    async with platform(servers, mailbox) as (ann, _):
        domain = some_domain()
        await invite(ann, f"jörg@{domain}")
        await letters(mailbox)

    assert mailbox.envelopes == [f"TO:<jörg@{domain}>"]


@pytest.mark.parametrize(("invited", "signed_in"), [("bücher", "xn--bcher-kva"), ("xn--bcher-kva", "bücher")])
async def test_both_spellings_of_a_domain_are_the_same_invitee(
    api: httpx.AsyncClient, servers: Servers, ann: Person, invited: str, signed_in: str
) -> None:
    name = some_domain().partition(".")[0]
    made = await invite(ann, f"{name}@{invited}.test")
    again = await ann.api.post("/invitations", json={"email": f"{name}@{signed_in}.test"})

    answer = await try_sign_in(api, servers, f"{name}@{signed_in}.test", invitation=made["token"], claims={"hd": None})

    assert refusal(again) == (409, "already_invited")
    assert (answer.status_code, answer.json()["organisation"]["id"]) == (200, str(ann.organisation_id))


async def test_somebody_signed_in_with_the_other_spelling_accepts(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    name = some_domain().partition(".")[0]
    guest = await sign_in(api, servers.idp, f"{name}@bücher.test", claims={"hd": None})
    made = await invite(ann, f"{name}@xn--bcher-kva.test")

    assert (await accept(guest, made["token"])).status_code == 200
    await guest.api.aclose()


async def test_an_endless_domain_is_refused_at_once(ann: Person) -> None:
    answer = await ann.api.post("/invitations", json={"email": "a@" + "ü" * 100_000 + ".test"})

    assert refusal(answer) == (422, "invalid_request")


async def test_admins_are_told_once_of_each_person_who_waits(
    servers: Servers, mailbox: Mailbox, truth: asyncpg.Connection
) -> None:
    async with platform(servers, mailbox) as (ann, api):
        amy = await sign_in(api, servers.idp, f"amy@{ann.domain}")
        await sign_in(api, servers.idp, f"ben@{ann.domain}")
        await ann.api.patch(f"/members/{amy.user_id}", json={"role": "admin"})
        await ann.api.patch("/organisation", json={"join_policy": "approval"})

        for _ in range(3):
            assert (await try_sign_in(api, servers, f"eva@{ann.domain}")).status_code == 403
        await letters(mailbox, 2)

        told = {dict(heads(raw))["To"] for raw in mailbox.wire}
        assert (len(mailbox.wire), told) == (2, {ann.email, amy.email})
        assert {dict(heads(raw))["Subject"] for raw in mailbox.wire} == {
            "Somebody is waiting to join your organisation"
        }
        assert f"eva@{ann.domain} has signed in" in mailbox.text()
        assert await truth.fetchval("SELECT status FROM users WHERE email = $1", f"eva@{ann.domain}") == (
            "awaiting_approval"
        )


async def test_an_admin_who_was_told_of_twenty_is_told_of_no_more(servers: Servers, mailbox: Mailbox) -> None:
    async with platform(servers, mailbox) as (ann, api):
        await ann.api.patch("/organisation", json={"join_policy": "approval"})
        for number in range(23):
            await try_sign_in(api, servers, f"eva{number}@{ann.domain}")
        await letters(mailbox, 20)

    assert len(mailbox.wire) == 20
