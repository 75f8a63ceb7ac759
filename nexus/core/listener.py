"""
The ear of the API: uvicorn's HTTP protocol, held to bounds that it does not have by itself.

uvicorn counts neither the bytes of a request's head nor the time that somebody takes over it, so one connection could
fill the memory, and a thousand idle ones every file descriptor. Here whatever is not body is counted, and every
request has to be whole in time. What the door (core/door.py) judges comes after.

An offer to upgrade is ignored (RFC 9110 section 7.8). The parser stops behind the head of such a request, so a new
parser reads the head again without the offer, and then the rest.
"""

from asyncio import BaseTransport, TimerHandle
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from nexus.core.errors import NexusError
from nexus.core.http import problem
from nexus.core.models import new_id
from nexus.core.request_head import is_host

OFFERS = frozenset({b"upgrade", b"http2-settings", b"connection"})
SCHEMES = frozenset({b"http", b"https"})


class HeadTooLarge(NexusError):
    """The request's first line and headers are larger than we take."""

    status = 431
    code = "head_too_large"
    title = "Headers too large"
    example = (65_536,)

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"First line and headers may have {limit_bytes} bytes together.", limit_bytes=limit_bytes)


class NotHTTP(NexusError):
    """What came is no HTTP."""

    status = 400
    code = "not_http"
    title = "Not HTTP"
    example = ()

    def __init__(self) -> None:
        super().__init__("This is not a request that can be read as HTTP/1.1.")


class Listener(HttpToolsProtocol):
    """
    One connection. Of a request, whatever is not body may have `head_bytes`, and as much again as one read brings;
    the head has to be whole within `head_seconds` and the request within `whole_seconds`.
    """

    head_bytes: ClassVar[int] = 65_536
    head_seconds: ClassVar[float] = 10.0
    whole_seconds: ClassVar[float] = 60.0
    look_seconds: ClassVar[float] = 2.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._since: float | None = None  # when the request began that is not whole yet
        self._has_head = False
        self._not_body = 0
        self._offers_upgrade = False  # the parser stands behind the head of a request with such an offer
        self._look: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # what listens for TCP makes no other
        self._since = self.loop.time()
        self._look = self.loop.call_later(self.look_seconds, self._cut_off_if_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what came, unless too much of it is not body."""
        if self._since is None:
            self._since, self._has_head = self.loop.time(), False
        self._not_body += len(data)
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(NotHTTP())
        if self._since is not None and self._not_body > self.head_bytes:
            self._refuse(HeadTooLarge(self.head_bytes))

    def _feed(self, data: bytes) -> None:
        """Parse what came, past every offer to upgrade in it."""
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._head_without_offer() + data[offer.args[0] :]
                self._offers_upgrade = False
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            else:
                return

    def _head_without_offer(self) -> bytes:
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        lines += [b"%s: %s" % header for header in self.headers if header[0] not in OFFERS]
        connection = b",".join(value for name, value in self.headers if name == b"connection").lower()
        options = {option.strip() for option in connection.split(b",")} & {b"close", b"keep-alive"}
        lines += [b"connection: " + option for option in sorted(options)]
        return b"\r\n".join((*lines, b"", b""))

    def on_message_begin(self) -> None:
        """Begin to count the time of this request, also where it came in one piece with the one before."""
        if self._since is None:
            self._since = self.loop.time()
        self._has_head = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. What comes behind the body is none (RFC 9110 section 6.5.1): a proxy has not looked at it."""
        if not self._has_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Give it the longer time. Raises NotHTTP for what we do not serve."""
        if self.parser.get_method() == b"CONNECT" or not self._has_plain_coding() or not self._has_usable_target():
            raise NotHTTP
        self._offers_upgrade = self.parser.should_upgrade()
        if self._offers_upgrade:
            return
        self._has_head = True
        super().on_headers_complete()

    def _has_plain_coding(self) -> bool:
        """Whether the body has no coding but chunks: we decode no other."""
        return all(value.strip().lower() == b"chunked" for name, value in self.headers if name == b"transfer-encoding")

    def _has_usable_target(self) -> bool:
        """Whether the target is a path. Of a whole URL the path is taken, and its host is that of the request."""
        if self.url.startswith(b"/"):
            return b"#" not in self.url
        target = httptools.parse_url(self.url)
        host = target.host or b""
        authority = (b"[%s]" % host if b":" in host else host) + (b":%d" % target.port if target.port else b"")
        if target.schema not in SCHEMES or target.userinfo is not None or not is_host(authority):
            return False
        self.url = (target.path or b"/") + (b"" if target.query is None else b"?" + target.query)
        self.headers[:] = [
            (name, authority if name == b"host" and is_host(value) else value) for name, value in self.headers
        ]
        return True

    def on_body(self, body: bytes) -> None:
        """The door counts these."""
        self._not_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop counting: the request is whole."""
        if self._offers_upgrade:
            return
        self._since, self._not_body = None, 0
        super().on_message_complete()

    def _refuse(self, error: NexusError) -> None:
        """Answer, unless an answer is under way, and hang up."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            answer = problem(new_id().hex, error)
            lines = [b"%s: %s\r\n" % header for header in answer.raw_headers]
            body = bytes(answer.body)
            self.transport.write(b"".join((STATUS_LINE[error.status], *lines, b"connection: close\r\n\r\n", body)))
        self.transport.close()

    def _cut_off_if_late(self) -> None:
        seconds = self.whole_seconds if self._has_head else self.head_seconds
        if self._since is not None and self.loop.time() - self._since > seconds:
            self.transport.abort()
        else:
            self._look = self.loop.call_later(self.look_seconds, self._cut_off_if_late)
