"""A mail server on loopback that speaks SMTP (RFC 5321) as far as a client needs it, and behaves as it is told."""

import socketserver
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

LONGEST_HANG_SECONDS = 30


@dataclass
class Mailbox:
    """
    What the server has taken, and how it is to behave: `refuses` every letter, or `hangs` before it says hello.

    `wire` is each letter as its bytes came, `envelopes` for whom they were; `smtputf8` says that it takes addresses
    beyond ASCII (RFC 6531).
    """

    port: int = 0
    refuses: bool = False
    smtputf8: bool = False
    wire: list[bytes] = field(default_factory=list)
    envelopes: list[str] = field(default_factory=list)
    hangs: threading.Event = field(default_factory=threading.Event)
    letters: list[Message] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    greeted: int = 0

    def text(self, number: int = -1) -> str:
        """What a letter says."""
        letter = self.letters[number]
        assert isinstance(letter, EmailMessage)
        return str(letter.get_content())


class _Talk(socketserver.StreamRequestHandler):
    timeout = LONGEST_HANG_SECONDS

    def handle(self) -> None:
        """Talk with one client until it says good-bye."""
        box: Mailbox = self.server.box  # type: ignore[attr-defined]  # the server of below has one
        box.greeted += 1
        until = time.monotonic() + LONGEST_HANG_SECONDS
        while box.hangs.is_set() and time.monotonic() < until:
            time.sleep(0.05)
        self._say("220 mail.test")
        while line := self.rfile.readline().decode().strip():
            word, _, rest = line.partition(" ")
            self._answer(box, word.upper(), rest)
            if word.upper() == "QUIT":
                return

    def _answer(self, box: Mailbox, word: str, rest: str) -> None:
        if word == "EHLO":
            more = "250-SMTPUTF8\r\n" if box.smtputf8 else ""
            self._say(f"250-mail.test\r\n250-AUTH PLAIN\r\n{more}250 8BITMIME")
        elif word == "AUTH":
            box.logins.append(b64decode(rest.removeprefix("PLAIN ")).decode())
            self._say("235 welcome")
        elif word == "RCPT" and box.refuses:
            self._say("550 no such person")
        elif word == "RCPT":
            box.envelopes.append(rest)
            self._say("250 well")
        elif word == "DATA":
            self._say("354 go on")
            letter = self._letter()
            box.wire.append(letter)
            box.letters.append(message_from_bytes(letter, policy=default))
            self._say("250 taken")
        else:
            self._say("221 bye" if word == "QUIT" else "250 well")

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(answer.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    box: Mailbox

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests are about."""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run a mail server in a thread."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = box = Mailbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield box
        finally:
            box.hangs.clear()
            server.shutdown()
            thread.join()
