"""A worker's own small door, for Prometheus and a container's probe: `/metrics` and `/health/live`, nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus

import h11
import structlog
from prometheus_client import CONTENT_TYPE_LATEST

from nexus.core.health import token_holds

log = structlog.get_logger()

REQUEST_SECONDS = 5.0
ANSWER_SECONDS = 15.0
MOST_BYTES = 16_384  # of a request; it has no body
MOST_CALLERS = 16
READ_BYTES = 4096

Show = Callable[[], Awaitable[bytes]]
Answer = tuple[HTTPStatus, bytes]


async def keep_open(host: str, port: int, show: Show, token: str | None) -> None:
    """Answer here until cancelled. A port that cannot be had is logged, and the work goes on without."""
    try:
        server = await asyncio.start_server(_Callers(show, token).serve, host, port, limit=MOST_BYTES)
    except OSError as error:
        log.warning("metrics_port.refused", port=port, error=type(error).__name__)
        return
    async with server:
        await server.serve_forever()


class _Callers:
    def __init__(self, show: Show, token: str | None) -> None:
        self._show = show
        self._token = token
        self._here = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer, and the connection is closed; whoever is slow, or one too many, gets none."""
        self._here += 1
        try:
            if self._here <= MOST_CALLERS:
                await self._talk(reader, writer)
        except (OSError, TimeoutError, h11.ProtocolError):
            pass  # a caller that went away, dawdled, or spoke another language
        except Exception:
            log.exception("metrics_port.broke")
        finally:
            self._here -= 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_BYTES)
        async with asyncio.timeout(REQUEST_SECONDS):
            request = await _read(talk, reader)
        async with asyncio.timeout(ANSWER_SECONDS):
            status, body = await self._answer(request)
            headers = [
                ("Content-Type", CONTENT_TYPE_LATEST),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
                ("Connection", "close"),
            ]
            head = talk.send(h11.Response(status_code=status, reason=status.phrase, headers=headers))
            writer.write((head or b"") + body)
            await writer.drain()

    async def _answer(self, request: h11.Request) -> Answer:
        if request.method != b"GET":
            return HTTPStatus.METHOD_NOT_ALLOWED, b""
        path = request.target.partition(b"?")[0]
        if path == b"/health/live":
            return HTTPStatus.OK, b"ok\n"
        if path != b"/metrics":
            return HTTPStatus.NOT_FOUND, b""
        given = dict(request.headers).get(b"authorization", b"")
        return (
            (HTTPStatus.OK, await self._show()) if token_holds(given, self._token) else (HTTPStatus.UNAUTHORIZED, b"")
        )


async def _read(talk: h11.Connection, reader: asyncio.StreamReader) -> h11.Request:
    while True:
        event = talk.next_event()
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            raise h11.RemoteProtocolError("no request")
        talk.receive_data(await reader.read(READ_BYTES))
