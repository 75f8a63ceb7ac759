"""A small HTTP/1.1 client for load: many connections, one request at a time on each, bounded in count and time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from urllib.parse import urlsplit

Request = Callable[[int], bytes]

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True)
class Load:
    """What came of a load: how many answers of each status, how fast, and how long each took in seconds."""

    statuses: dict[int, int]
    seconds: float
    latencies: Sequence[float]

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """The latency, in milliseconds, that this part of the answers stayed within."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000


def post(path: str, body: bytes, token: str | None = None) -> bytes:
    """The bytes of a POST with a JSON body."""
    authorization = f"authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{authorization}"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, token: str) -> bytes:
    """The bytes of a GET of somebody who is signed in."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n".encode()


async def run(url: str, request: Request, *, connections: int, seconds: float, most: int = 1_000_000) -> Load:
    """Ask for so many seconds, or until `most` answers have come. `request` gives the bytes of the nth request."""
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    numbers = count()
    statuses: dict[int, int] = {}
    latencies: list[float] = []
    begun = perf_counter()

    async def ask(host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while (number := next(numbers)) < most and perf_counter() - begun < seconds:
            started = perf_counter()
            writer.write(request(number))
            status = await _read(reader)
            latencies.append(perf_counter() - started)
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(ask(address.hostname, address.port) for _ in range(connections)))
    return Load(statuses, perf_counter() - begun, latencies)


async def _read(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(END_OF_HEAD)).lower()
    at = head.index(LENGTH) + len(LENGTH)
    await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
    return int(head[9:12])
