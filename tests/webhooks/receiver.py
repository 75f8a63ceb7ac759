"""A receiver of webhooks: a real HTTP server on loopback that keeps what it gets, and answers as its script says."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.ai.http_server import Reply, Script, serving
from tests.jobs.floor import until


@dataclass(frozen=True)
class Received:
    """One request: its path, headers and exact bytes, and when it came (Unix seconds)."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time)

    @property
    def event(self) -> dict[str, Any]:
        """The body, parsed."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Receiver:
    """Where a test's webhooks go. Each path has a script; one that is used up answers `otherwise`."""

    def __init__(self, host: str, otherwise: Callable[[], Reply] = Reply) -> None:
        self.host = host
        self._otherwise = otherwise
        self._received: list[Received] = []
        self._scripts: dict[str, Script] = {}
        self._lock = Lock()
        self._open: dict[str, int] = {}
        self.most_open: dict[str, int] = {}
        self.most_at_once = 0  # on all paths together

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://{self.host}/{path}"

    def script(self, path: str, *replies: Reply) -> str:
        """Say what the next requests to a path get; its address."""
        with self._lock:
            self._scripts.setdefault(path, Script()).extend(replies)
        return self.url(path)

    def got(self, path: str) -> list[Received]:
        """What came to a path so far."""
        with self._lock:
            return [one for one in self._received if one.path == path]

    async def when(self, path: str, number: int = 1, seconds: float = 20) -> list[Received]:
        """What came to a path, once so much has."""
        await until(lambda: len(self.got(path)) >= number, seconds)
        return self.got(path)

    async def when_any(self, number: int, seconds: float = 20) -> None:
        """Wait until so much has come, to whatever paths."""
        await until(lambda: len(self._received) >= number, seconds)

    async def answer(self, request: Request) -> Response:
        """Take one request."""
        path = request.url.path.lstrip("/")
        body = await request.body()
        with self._lock:
            self._received.append(Received(path, dict(request.headers), body))
            reply = self._scripts.setdefault(path, Script()).next(self._otherwise)
            self._open[path] = self._open.get(path, 0) + 1
            self.most_open[path] = max(self.most_open.get(path, 0), self._open[path])
            self.most_at_once = max(self.most_at_once, sum(self._open.values()))
        await asyncio.sleep(reply.after_seconds)
        with self._lock:
            self._open[path] -= 1
        return reply.response()


@asynccontextmanager
async def a_receiver(otherwise: Callable[[], Reply] = Reply) -> AsyncIterator[Receiver]:
    """Listen until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(512)
        receiver = Receiver(f"127.0.0.1:{listening.getsockname()[1]}", otherwise)
        async with serving(listening, receiver.answer):
            yield receiver
