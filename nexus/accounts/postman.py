"""
Mail, for platforms that have a mail server. Nothing waits for it, and nothing fails with it.

A letter leaves after its transaction has committed, on a thread, with a bound on every step. It holds a link that lets
somebody in, so it never crosses a network in the clear: beyond this machine TLS is a condition, not a wish.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate, make_msgid
from functools import partial
from ipaddress import ip_address
from threading import Thread
from urllib.parse import unquote, urlsplit

import structlog

from nexus.accounts.mail_addresses import UnsafeAddress, form_for_mail
from nexus.accounts.models import MailError

log = structlog.get_logger()

STEP_SECONDS = 10.0
AT_ONCE = 2
LAST_SECONDS = 3.0
PORTS = {"smtp": 587, "smtps": 465}

Done = Callable[[MailError | None], Awaitable[None]]


@dataclass(frozen=True)
class Letter:
    """
    What is to be sent, to whom. The subject is a constant of ours: whatever somebody else wrote stands in the text.

    `done` is told once the server has taken it, or why it was not sent.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    done: Done | None = None


class Postman:
    """Carries letters to one mail server, or to none."""

    def __init__(self, url: str | None, sender: str | None) -> None:
        self._url = url
        self._sender = sender or ""
        self._few = asyncio.Semaphore(AT_ONCE)
        self._under_way = set[asyncio.Task[None]]()

    @property
    def is_there(self) -> bool:
        """Whether there is a mail server."""
        return self._url is not None

    def take(self, letter: Letter) -> None:
        """Carry a letter, in the background."""
        task = asyncio.create_task(self._carry(letter))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Give what is under way a moment, then leave it."""
        if self._under_way:
            _, left = await asyncio.wait(self._under_way, timeout=LAST_SECONDS)
            for task in left:
                task.cancel()

    async def _carry(self, letter: Letter) -> None:
        error: MailError | None = None
        try:
            async with self._few:
                await _in_a_thread(partial(self._hand_over, self._message(letter)))
            log.info("mail.sent")
        except Exception as failure:  # noqa: BLE001 - whatever a mail server does, nobody else may notice
            error = _error_of(failure)
            log.warning("mail.failed", error=type(failure).__name__, reason=error)
        if letter.done is not None:
            await _note(letter.done, error)

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=WIRE)
        to = form_for_mail(letter.to)
        message["From"], message["To"], message["Subject"] = self._sender, to, letter.subject
        message["Date"], message["Message-ID"] = (
            formatdate(),
            make_msgid(domain=self._sender.rpartition("@")[2].strip("> ")),
        )
        message.set_content(letter.text)
        return message

    def _hand_over(self, message: EmailMessage) -> None:
        server = urlsplit(self._url or "")
        host, port = server.hostname or "", server.port or PORTS[server.scheme]
        context = ssl.create_default_context()
        whole: smtplib.SMTP = (
            smtplib.SMTP_SSL(host, port, timeout=STEP_SECONDS, context=context)
            if server.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=STEP_SECONDS)
        )
        with whole as smtp:
            if server.scheme == "smtp" and not _is_this_machine(host):
                smtp.starttls(context=context)
            if server.username:
                smtp.login(unquote(server.username), unquote(server.password or ""))
            smtp.send_message(message)


def _error_of(failure: Exception) -> MailError:
    if isinstance(failure, UnsafeAddress | smtplib.SMTPNotSupportedError):
        return MailError.ADDRESS_NOT_SUPPORTED
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return MailError.RECIPIENT_REFUSED
    return MailError.SERVER_UNAVAILABLE


async def _note(done: Done, error: MailError | None) -> None:
    try:
        await done(error)
    except Exception:
        log.exception("mail.outcome_not_written")


async def _in_a_thread(work: Callable[[], None]) -> None:
    """Do it on a thread that nobody waits for: a process that ends does not wait for a mail server that hangs."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def do() -> None:
        error: Exception | None = None
        try:
            work()
        except Exception as failure:  # noqa: BLE001 - it is raised again where it is waited for
            error = failure
        with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
            loop.call_soon_threadsafe(tell, error)

    Thread(target=do, name="postman", daemon=True).start()
    await done


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
