"""
The only way out to a customer's server: to the public internet, and to nothing else.

An attempt looks a name up once, judges every address, and connects to those that it has judged, by number. How, and
what it does not protect from, is in docs/specs/0012-no-door-into-the-inside.md.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from time import monotonic
from typing import NamedTuple

from nexus.webhooks.addresses import Address, is_own, is_public
from nexus.webhooks.conversation import PIECE_BYTES, AttemptFailed, Conversation
from nexus.webhooks.resolving import Resolver, SystemResolver
from nexus.webhooks.urls import Target, UrlRefused, pair_of, read_url, refused

__all__ = ["Egress", "Limits", "Sent", "UrlRefused"]

KERNEL_BUFFER_BYTES = 32 * 1024
MOST_ADDRESSES_TRIED = 4

NOT_FOUND = "This host name was not found. Check it, or wait until it is known everywhere."
NOT_PUBLIC = "This host is not on the public internet. Give one that everybody can reach."


class Sent(NamedTuple):
    """How one attempt ended; nothing of the answer but its status is kept."""

    status_code: int | None
    error: str | None
    latency_ms: int


@dataclass(frozen=True)
class Limits:
    """How long what may take, in seconds."""

    resolve: float = 5
    connect: float = 5
    handshake: float = 5
    body: float = 2
    total: float = 15


class Egress:
    """Judges URLs of customers and sends to them. May be used by many tasks at once."""

    def __init__(
        self,
        allowed_hosts: Collection[str] = (),
        *,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        """`allowed_hosts` are `host:port` pairs on loopback, for tests; `tls` says whose certificates are trusted."""
        self._allowed_hosts = frozenset(allowed_hosts)
        self._resolver = resolver or SystemResolver()
        self._tls = tls or ssl.create_default_context()
        self._limits = limits or Limits()

    async def check(self, url: str) -> None:
        """Judge the form of a URL and every address that it leads to, or raise UrlRefused."""
        target = read_url(url, self._allowed_hosts)
        try:
            await self._find_addresses(target)
        except AttemptFailed as error:
            raise refused(NOT_FOUND if error.kind == "dns" else NOT_PUBLIC) from error

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        """Send a body, after judging the URL again. Never raises for what a receiver does."""
        begun = monotonic()
        status, failure, ended = None, None, None
        try:
            async with asyncio.timeout(self._limits.total), self._reach(url) as conversation:
                await conversation.send(body, headers)
                status = await conversation.read_status()
                ended = monotonic()
                await conversation.hear_out(self._limits.body)
        except UrlRefused:
            failure = "refused_url"
        except AttemptFailed as error:
            failure = error.kind
        except TimeoutError:
            failure = None if status else "timeout"  # whoever has answered may be slow to end
        return Sent(status, failure, round(((ended or monotonic()) - begun) * 1000))

    async def aclose(self) -> None:
        """Nothing is kept open between two attempts."""

    @asynccontextmanager
    async def _reach(self, url: str) -> AsyncIterator[Conversation]:
        """A connection to where a URL leads, for as long as it is needed."""
        target = read_url(url, self._allowed_hosts)
        addresses = await self._find_addresses(target)
        with _failing_as("connect"):
            connected = await self._connect(addresses, target.port)
        name = target.host if target.scheme == "https" else None
        async with _step("tls", self._limits.handshake):
            reader, writer = await asyncio.open_connection(
                sock=connected, ssl=self._tls if name else None, server_hostname=name, limit=PIECE_BYTES
            )
        conversation = Conversation(target, reader, writer)
        try:
            yield conversation
        finally:
            conversation.end()

    async def _find_addresses(self, target: Target) -> Sequence[Address]:
        """Every address of a target, if we may connect to every one of them."""
        literal = target.literal
        if literal is None:
            async with _step("dns", self._limits.resolve):
                found = await self._resolver.resolve(target.host)
        else:
            found = [str(literal)]
        if not found:
            raise AttemptFailed("dns")
        with _failing_as("refused_address"):
            addresses = [ip_address(one) for one in found]
        if not all(self._may_reach(target, address) for address in addresses):
            raise AttemptFailed("refused_address")
        return addresses

    def _may_reach(self, target: Target, address: Address) -> bool:
        if target.is_allowed:
            return address.is_loopback
        if pair_of(str(address), target.port) in self._allowed_hosts:
            return True
        return is_public(address) and not is_own(address)

    async def _connect(self, addresses: Sequence[Address], port: int) -> socket.socket:
        """A connection to the first address that takes one; each has its share of the time."""
        tried = addresses[:MOST_ADDRESSES_TRIED]
        for address in tried[:-1]:
            with suppress(OSError):
                return await _connect_to(address, port, self._limits.connect / len(tried))
        return await _connect_to(tried[-1], port, self._limits.connect / len(tried))


async def _connect_to(address: Address, port: int, seconds: float) -> socket.socket:
    """A connection to this address, by number; OSError if there is none in time."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)  # noqa: FBT003 - the socket's own way
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER_BYTES)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(connecting, (str(address), port))
    except BaseException:
        connecting.close()
        raise
    return connecting


@contextmanager
def _failing_as(kind: str) -> Iterator[None]:
    """Say of what kind a failure is."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise AttemptFailed(kind) from error


@asynccontextmanager
async def _step(kind: str, seconds: float) -> AsyncIterator[None]:
    """A part of an attempt that has a time of its own."""
    with _failing_as(kind):
        async with asyncio.timeout(seconds):
            yield
