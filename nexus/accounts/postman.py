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

log = structlog.get_logger()

STEP_SECONDS = 10.0
AT_ONCE = 2
LAST_SECONDS = 3.0
PORTS = {"smtp": 587, "smtps": 465}

Sent = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Letter:
    """What is to be sent, to whom; `sent` is done once the server has taken it."""

    to: str
    subject: str
    text: str = field(repr=False)
    sent: Sent


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
        try:
            async with self._few:
                await _in_a_thread(partial(self._hand_over, self._message(letter)))
            await letter.sent()
        except Exception as error:  # noqa: BLE001 - whatever a mail server does, the log is all that it may reach
            log.warning("mail.failed", error=type(error).__name__)
        else:
            log.info("mail.sent")

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=WIRE)
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, letter.subject
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
