"""
The ear of the API: uvicorn's HTTP protocol, held to bounds that it does not have by itself.

uvicorn counts neither the bytes of a request's head nor the time that somebody takes over it, so one connection could
fill the memory, and a thousand idle ones every file descriptor. Here whatever is not body is counted, and every
request has to be whole in time. What the door (core/door.py) judges comes after.
"""

from asyncio import BaseTransport, TimerHandle
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from nexus.core.errors import NexusError
from nexus.core.http import problem
from nexus.core.models import new_id


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
        super().data_received(data)
        if self._since is not None and self._not_body > self.head_bytes:
            self._refuse(HeadTooLarge(self.head_bytes))

    def on_headers_complete(self) -> None:
        """Give it the longer time."""
        self._has_head = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The door counts these."""
        self._not_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop counting: the request is whole."""
        self._since, self._not_body = None, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words; ours are those of every refusal
        """Refuse what is no HTTP at all."""
        self._refuse(NotHTTP())

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
