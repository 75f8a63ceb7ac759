"""
Who listens where nobody may come, and who may be reached: real servers on addresses of this machine.

The inside is every address on which something of the machine could listen. Each connection is counted where it arrives.
"""

import asyncio
import inspect
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from ssl import SSLContext

import psutil

PORT = 8443  # the one of the two that needs no privilege
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """What arrived: the connections, and the heads of the requests."""

    connections: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)


@dataclass
class Inside:
    """The listeners of the inside."""

    heard: Heard
    pairs: frozenset[str]
    addresses: Sequence[str]
    odd_port: int


class Names:
    """A resolver that answers by a list, and by the next one when it is asked again; the last stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str) -> Sequence[str]:
        """What comes next."""
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Dialled:
    """
    Every address that webhooks connect to, as the interpreter itself reports it.

    Whatever else lives in this process, pools of other tests among it, connects to PostgreSQL and Redis when it likes.
    """

    def __init__(self) -> None:
        self.addresses: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple) and _webhooks_ask():
            self.addresses.append(str(arguments[1][0]))


def _webhooks_ask() -> bool:
    """Whether code of webhooks is what led here."""
    frame = inspect.currentframe()
    while frame is not None and "/nexus/webhooks/" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None


@asynccontextmanager
async def inside() -> AsyncIterator[Inside]:
    """Listen on loopback and on the machine's own addresses."""
    heard = Heard()
    own = [one.address for interface in psutil.net_if_addrs().values() for one in interface]
    wanted = ["127.0.0.1", "127.0.0.2", "::1", *(address for address in own if _can_be_bound(address))]
    async with AsyncExitStack() as stack:
        addresses = [address for address in dict.fromkeys(wanted) if _can_be_bound(address)]
        for address in addresses:
            await stack.enter_async_context(listen(heard, address, PORT))
        odd_port = await stack.enter_async_context(listen(heard, "127.0.0.1", 0))
        pairs = {f"[{one}]:{PORT}" if ":" in one else f"{one}:{PORT}" for one in addresses}
        yield Inside(heard, frozenset({*pairs, f"127.0.0.1:{odd_port}"}), addresses, odd_port)


@asynccontextmanager
async def listen(
    heard: Heard, address: str, port: int = 0, serve: Serve | None = None, tls: SSLContext | None = None
) -> AsyncIterator[int]:
    """Count whoever comes, and answer them; the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.connections.append(f"{address}:{port}")
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            heard.heads.append(head.decode("latin-1"))
            await serve(reader, writer) if serve else writer.write(ANSWER)
        except (OSError, EOFError):
            return
        finally:
            writer.close()

    async with await _bind(answer, address, port, tls) as server:
        yield server.sockets[0].getsockname()[1]


async def _bind(serve: Serve, address: str, port: int, tls: SSLContext | None) -> asyncio.Server:
    """A server at this address, as soon as whoever has the port gives it up."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await asyncio.start_server(serve, address, port, ssl=tls)
            except OSError:
                await asyncio.sleep(0.2)


def _can_be_bound(address: str) -> bool:
    try:
        family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
        with socket.socket(family) as probe:
            probe.bind((address, 0))
    except (OSError, ValueError):
        return False
    return True
