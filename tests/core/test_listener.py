"""
One connection cannot fill the memory, and none can be held for nothing.

Each attack runs twice: on uvicorn's own protocol, which is what served before, and on ours.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from nexus.core.listener import Listener
from nexus.local.ports import free_port
from tests.core.conftest import Process
from tests.house import serve_in_thread

HEAD = b"POST / HTTP/1.1\r\nHost: api.test\r\n"
MEGABYTE = 1_000_000
FLOODS = {
    "one endless header": HEAD + b"X-Endless: ",
    "endless trailers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Endless: ",
}
DAWDLING = {
    "nothing at all": b"",
    "a head that never ends": HEAD,
    "empty lines for ever": b"\r\n",
    "a body that never comes": HEAD + b"Content-Length: 10\r\n\r\n1234",
}


class Hasty(Listener):
    """Ours, with shorter patience than a deployed one has."""

    head_seconds = 0.4
    whole_seconds = 0.8
    look_seconds = 0.1


async def count_body(request: Request) -> PlainTextResponse:
    """How long the body was."""
    return PlainTextResponse(str(len(await request.body())))


@asynccontextmanager
async def connection(
    protocol: type[asyncio.Protocol],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a small server that speaks by this protocol."""
    app, port = Starlette(routes=[Route("/", count_body, methods=["GET", "POST"])]), free_port()
    config = uvicorn.Config(app, port=port, http=protocol, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    with serve_in_thread(config):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def swallowed(writer: asyncio.StreamWriter, piece: bytes, pieces: int) -> int:
    """How many bytes of a flood were taken before the other side hung up."""
    taken = 0
    try:
        for _ in range(pieces):
            writer.write(piece)
            async with asyncio.timeout(5):
                await writer.drain()
            taken += len(piece)
    except (ConnectionError, TimeoutError):
        pass
    return taken


async def hung_up(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Whether the other side hangs up by then."""
    try:
        async with asyncio.timeout(seconds):
            while await reader.read(65_536):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize(("protocol", "held"), [(HttpToolsProtocol, False), (Listener, True)], ids=["before", "now"])
async def test_what_is_not_body_is_bounded(protocol: type[asyncio.Protocol], *, held: bool, flood: str) -> None:
    async with connection(protocol) as (_, writer):
        writer.write(FLOODS[flood])

        taken = await swallowed(writer, b"a" * 50_000, 20 * MEGABYTE // 50_000)

    assert (taken < 10 * MEGABYTE) is held, taken  # what the sockets between the two hold is taken as well


@pytest.mark.parametrize("sent", DAWDLING)
@pytest.mark.parametrize(("protocol", "held"), [(HttpToolsProtocol, False), (Hasty, True)], ids=["before", "now"])
async def test_a_request_has_to_be_whole_in_time(protocol: type[asyncio.Protocol], *, held: bool, sent: str) -> None:
    async with connection(protocol) as (reader, writer):
        writer.write(DAWDLING[sent])

        assert await hung_up(reader, 10 if held else 3) is held


async def test_a_head_that_is_too_large_is_told_so() -> None:
    async with connection(Listener) as (reader, writer):
        writer.write(HEAD + b"X-Long: " + b"a" * 100_000)
        async with asyncio.timeout(10):
            said = await reader.read()

    head, _, body = said.partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert head.startswith(b"HTTP/1.1 431 ")
    assert (problem["code"], problem["limit_bytes"]) == ("head_too_large", 65_536)


async def test_what_is_no_http_is_told_so_in_our_words() -> None:
    async with connection(Listener) as (reader, writer):
        writer.write(b"SSH-2.0-client\r\n\r\n")
        async with asyncio.timeout(10):
            said = await reader.read()

    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "not_http"


async def test_a_large_body_in_chunks_and_the_next_request_pass() -> None:
    chunk = b"%x\r\n%s\r\n" % (1000, b"b" * 1000)
    async with connection(Listener) as (reader, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 900 + b"0\r\n\r\n")
        writer.write(b"GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(10):
            said = await reader.read()

    assert said.count(b"HTTP/1.1 200 OK") == 2
    assert b"\r\n\r\n900000" in said


AMBIGUOUS = {
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a length beside chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and then something else": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a length that is no number": b"Content-Length: +4\r\n\r\nabcd",
    "a space before the colon": b"Content-Length : 4\r\n\r\nabcd",
    "a folded header": b"X-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "bare line feeds": b"Content-Length: 4\n\nabcd",
}


@pytest.mark.parametrize("framing", AMBIGUOUS)
async def test_what_two_could_read_in_two_ways_is_refused(framing: str) -> None:
    async with connection(Listener) as (reader, writer):
        writer.write(HEAD + AMBIGUOUS[framing])
        async with asyncio.timeout(10):
            said = await reader.read()

    assert said.startswith(b"HTTP/1.1 400 "), said


async def test_no_connection_becomes_a_websocket(process: Process) -> None:
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "a2V5",
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{process.url}/v1/me", headers=asked)

    assert answer.status_code == 401


async def test_the_deployed_process_listens_so(process: Process) -> None:
    host, _, port = process.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HEAD + b"X-Long: " + b"a" * 100_000)
    async with asyncio.timeout(10):
        said = await reader.read()
    writer.close()

    assert said.startswith(b"HTTP/1.1 431 ")
