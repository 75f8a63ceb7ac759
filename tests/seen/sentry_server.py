"""
A stand-in for Sentry on a free loopback port: takes envelopes as its protocol writes them, and keeps every byte.

The envelope: a line with its header, then for each item a line with its header and the payload
(https://develop.sentry.dev/sdk/envelopes/).
"""

import asyncio
import gzip
import json
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.ai.http_server import serving
from tests.house import wait_for

PROJECT = "7"
PUBLIC_KEY = "public"
Event = dict[str, Any]
Wanted = Callable[[Event], bool]


@dataclass
class SentryServer:
    """What came in. `after_seconds` says how long it thinks before it answers."""

    host: str
    after_seconds: float = 0
    raw: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def dsn(self) -> str:
        """What leads here."""
        return f"http://{PUBLIC_KEY}@{self.host}/{PROJECT}"

    def of(self, name: str) -> list[Event]:
        """The events of this name."""
        with self.lock:
            return [one for one in self.events if one["tags"]["event"] == name]

    async def when(self, wanted: Wanted, seconds: float = 15) -> Event:
        """The first event that is so, once it came."""

        async def found() -> Event | None:
            with self.lock:
                return next((one for one in self.events if wanted(one)), None)

        event: Event = await wait_for(found, seconds)
        return event

    async def answer(self, request: Request) -> Response:
        """Take an envelope."""
        body = unpacked(await request.body(), request.headers.get("content-encoding", ""))
        with self.lock:
            self.raw.append(body)
            if request.url.path != f"/api/{PROJECT}/envelope/":
                self.wrong.append(request.url.path)
            if f"sentry_key={PUBLIC_KEY}" not in request.headers.get("x-sentry-auth", ""):
                self.wrong.append("x-sentry-auth")
            self.events += [json.loads(item) for kind, item in items_of(body) if kind == "event"]
        await asyncio.sleep(self.after_seconds)
        return Response(json.dumps({"id": "0" * 32}), media_type="application/json")


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed."""
    if encoding == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding == "deflate" else body


def items_of(envelope: bytes) -> list[tuple[str, bytes]]:
    """The items of an envelope: type and payload."""
    _, _, rest = envelope.partition(b"\n")
    found = []
    while rest.strip():
        head, _, rest = rest.partition(b"\n")
        header = json.loads(head)
        length = header.get("length", rest.find(b"\n") if b"\n" in rest else len(rest))
        found.append((header["type"], rest[:length]))
        rest = rest[length:].lstrip(b"\n")
    return found


@asynccontextmanager
async def sentry_server() -> AsyncIterator[SentryServer]:
    """Listen until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        server = SentryServer(f"127.0.0.1:{listening.getsockname()[1]}")
        async with serving(listening, server.answer):
            yield server
