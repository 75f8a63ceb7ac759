"""
A real HTTP server on a free loopback port that does what its script says: what the providers' stand-ins have in common.

One entry of the script is used for each request; when it is used up, the stand-in makes up an answer. The server runs
in a thread of its own, so other processes may ask it, too.
"""

import asyncio
import json
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

DRIP_SECONDS = 0.05


@dataclass(frozen=True)
class Reply:
    """
    What the server sends: a status, a body (text as it is, anything else as JSON), after so many seconds.

    One that drips sends its body byte by byte, with a pause of DRIP_SECONDS after each.
    """

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_seconds: float = 0
    drips: bool = False

    def response(self) -> Response:
        """As it goes over the wire."""
        body = self.body if isinstance(self.body, str) else json.dumps(self.body)
        if self.drips:
            return StreamingResponse(_drip(body), self.status, dict(self.headers), media_type="application/json")
        return Response(body, self.status, dict(self.headers), media_type="application/json")


async def _drip(body: str) -> AsyncIterator[bytes]:
    for byte in body.encode():
        yield bytes([byte])
        await asyncio.sleep(DRIP_SECONDS)


class Script:
    """What comes next."""

    def __init__(self) -> None:
        self._replies: deque[Reply] = deque()

    def extend(self, replies: tuple[Reply, ...]) -> None:
        """Say what the next requests get."""
        self._replies.extend(replies)

    def clear(self) -> None:
        """Begin anew."""
        self._replies.clear()

    def next(self, otherwise: Callable[[], Reply]) -> Reply:
        """What this request gets."""
        return self._replies.popleft() if self._replies else otherwise()


def smallest(schema: dict[str, Any], named: dict[str, Any]) -> object:
    """Make up the smallest value that has this JSON schema."""
    if "$ref" in schema:
        return smallest(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return smallest(schema["anyOf"][0], named)
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: smallest(properties[name], named) for name in schema.get("required", properties)}
    if kind == "array":
        return [smallest(schema["items"], named)] * int(schema.get("minItems", 0))
    plain = {"string": "Said by the stand-in.", "boolean": True}
    return plain.get(str(kind), schema.get("minimum", 1))


@asynccontextmanager
async def serving(listening: socket.socket, answer: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[None]:
    """Serve on this socket until the block ends."""
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()  # the socket listens already: whoever connects early waits for the thread
    try:
        yield
    finally:
        running.should_exit = True
        await asyncio.to_thread(thread.join, 5)
