"""Where a mail server is set, invitations are mailed; whatever it does, the request is answered as without it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import ValidationError

from tests.accounts.mail_server import Mailbox, mail_server
from tests.accounts.team import invite, try_sign_in
from tests.house import Person, Servers, door, run_app, settings_of, sign_in, some_domain, wait_for

SENDER = "NexusAPI <nexus@platform.test>"
SUBJECT = "Invitation to join an organisation"
WEB = "https://web.platform.test"
LONG_AGO = "UPDATE invitations SET mail_asked_at = now() - interval '61 seconds' WHERE id = $1"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with mail_server() as running:
        yield running


@asynccontextmanager
async def platform(servers: Servers, url: str) -> AsyncIterator[tuple[Person, httpx.AsyncClient]]:
    """The API with this mail server, and ann at its door."""
    settings = settings_of(servers.environment, smtp_url=url, smtp_from=SENDER, web_url=WEB)
    async with run_app(settings) as app, door(app) as api:
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")
        yield ann, api
        await ann.api.aclose()


async def mail_of(ann: Person, made: dict[str, Any], wanted: str) -> str:
    """What became of an invitation's mail, once it is what is wanted."""

    async def found() -> str | None:
        listed = (await ann.api.get("/invitations")).json()["items"]
        now: str = next(one["mail"] for one in listed if one["id"] == made["id"])
        return now if now == wanted else None

    return str(await wait_for(found))


async def test_an_invitation_is_mailed_and_its_link_lets_in(servers: Servers, mailbox: Mailbox) -> None:
    url = f"smtp://ann:secret%20word@127.0.0.1:{mailbox.port}"
    async with platform(servers, url) as (ann, api):
        await ann.api.patch("/organisation", json={"name": "Ann & Söhne"})
        email = f"guest@{some_domain()}"
        made = await invite(ann, email)

        assert made["mail"] == "sending"
        assert await mail_of(ann, made, "sent") == "sent"
        (letter,) = mailbox.letters
        assert (letter["To"], letter["From"], letter["Subject"]) == (email, SENDER, SUBJECT)
        assert 'the organisation "Ann & Söhne"' in mailbox.text()
        assert made["link"] in mailbox.text()
        assert made["link"].startswith(f"{WEB}/invite/nxi_")
        assert mailbox.logins == ["\0ann\0secret word"]
        answer = await try_sign_in(api, servers, email, invitation=made["link"].rpartition("/")[2])
        assert answer.status_code == 200


async def test_a_resent_invitation_is_mailed_again_with_its_new_link(servers: Servers, mailbox: Mailbox) -> None:
    async with platform(servers, f"smtp://127.0.0.1:{mailbox.port}") as (ann, _):
        made = await invite(ann, f"guest@{some_domain()}")
        await mail_of(ann, made, "sent")

        resent = (await ann.api.post(f"/invitations/{made['id']}/resend")).json()

        await wait_for(lambda: _count(mailbox, 2))
        assert (resent["mail"], resent["link"] in mailbox.text()) == ("sending", True)
        assert made["link"] not in mailbox.text()


async def _count(mailbox: Mailbox, number: int) -> bool:
    return len(mailbox.letters) == number


async def test_what_was_not_committed_is_not_mailed(servers: Servers, mailbox: Mailbox) -> None:
    async with platform(servers, f"smtp://127.0.0.1:{mailbox.port}") as (ann, _):
        email = f"guest@{some_domain()}"
        first = await invite(ann, email)
        refused = await ann.api.post("/invitations", json={"email": email})
        await mail_of(ann, first, "sent")

    assert (refused.status_code, len(mailbox.letters)) == (409, 1)


@pytest.mark.parametrize(("trouble", "why"), [("refuses", "recipient_refused"), ("is away", "server_unavailable")])
async def test_a_mail_server_in_trouble_fails_no_invitation(
    servers: Servers, mailbox: Mailbox, trouble: str, why: str
) -> None:
    mailbox.refuses = trouble == "refuses"
    port = mailbox.port if mailbox.refuses else 9
    async with platform(servers, f"smtp://127.0.0.1:{port}") as (ann, _):
        made = await invite(ann, f"guest@{some_domain()}")

        assert (made["status"], await mail_of(ann, made, "failed")) == ("open", "failed")
        listed = (await ann.api.get("/invitations")).json()["items"]
        assert [one["mail_error"] for one in listed] == [why]
    assert mailbox.letters == []


async def test_a_mail_server_that_hangs_holds_nobody_up(servers: Servers, mailbox: Mailbox) -> None:
    mailbox.hangs.set()
    async with platform(servers, f"smtp://127.0.0.1:{mailbox.port}") as (ann, _):
        async with asyncio.timeout(5):
            made = [await invite(ann, f"guest{number}@{some_domain()}") for number in range(5)]
            await wait_for(lambda: _greeted(mailbox))

        assert {one["mail"] for one in made} == {"sending"}
        assert (await ann.api.get("/me")).status_code == 200
        mailbox.hangs.clear()
        assert [await mail_of(ann, one, "sent") for one in made] == ["sent"] * 5


async def _greeted(mailbox: Mailbox) -> bool:
    return mailbox.greeted > 0


async def test_no_letter_crosses_a_network_in_the_clear(
    servers: Servers, mailbox: Mailbox, truth: asyncpg.Connection
) -> None:
    # 0.0.0.0 leads to this machine, but does not say so: to us it is any other server, and this one offers no TLS.
    async with platform(servers, f"smtp://ann:secret@0.0.0.0:{mailbox.port}") as (ann, _):
        made = await invite(ann, f"guest@{some_domain()}")
        await wait_for(lambda: _greeted(mailbox))
        await truth.execute(LONG_AGO, made["id"])
        await mail_of(ann, made, "failed")

    assert (mailbox.letters, mailbox.logins) == ([], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_url": "mail.platform.test:25", "smtp_from": SENDER},
        {"smtp_url": "smtp://", "smtp_from": SENDER},
        {"smtp_url": "smtp://mail.platform.test"},
        {"smtp_url": "smtp://mail.platform.test", "smtp_from": "nobody"},
        {"smtp_url": "smtp://mail.platform.test", "smtp_from": f"{SENDER}\nBcc: all@platform.test"},
        {"web_url": "web.platform.test"},
        {"web_url": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_settings_that_cannot_mail_are_refused(servers: Servers, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings_of(servers.environment, **wrong)
