"""Fifty receivers that mean harm beside a healthy one: each attempt ends in time and in bounds, and delays nobody."""

import asyncio
import sys
import time
from dataclasses import dataclass

import psutil

from nexus.webhooks.egress import Egress, Limits, Sent
from tests.webhooks.hostile_process import Hostile
from tests.webhooks.listeners import Heard, listen

LIMITS = Limits(connect=1, handshake=1, body=0.5, total=3)
SLACK = 5  # seconds; the machine may be busy
MOST_GROWTH = 64 * 1024 * 1024
MOST_TAKEN = 16 * 1024 * 1024  # what is read, and what the kernel's buffers of both sides hold

# What becomes of an attempt: a status, or a class of failure.
ENDS = {
    "drip head": "timeout",
    "drip body": 200,
    "endless headers": "protocol",
    "endless line": "protocol",
    "huge body": 200,
    "endless chunks": 200,
    "gzip bomb": 200,
    "interim flood": "protocol",
    "hang after accept": "timeout",
    "half headers": "protocol",
    "redirect loop": 302,
    "not HTTP": "protocol",
    "two lengths": "protocol",
    "another protocol": "protocol",
    "TLS in plain words": "tls",
    "TLS that hangs": "tls",
    "hang before accept": "connect",
}


@dataclass
class Attempt:
    """An attempt at a receiver that means harm."""

    kind: str
    sent: Sent
    seconds: float


async def suffer(egress: Egress, kind: str, port: int) -> Attempt:
    """One attempt at a receiver that means harm."""
    begun = time.monotonic()
    scheme = "https" if kind.startswith("TLS") else "http"
    sent = await egress.post(f"{scheme}://127.0.0.1:{port}/", b"{}", {})
    return Attempt(kind, sent, time.monotonic() - begun)


async def send_meanwhile(egress: Egress, port: int, until: asyncio.Future[list[Attempt]]) -> list[Sent]:
    """Attempts at the healthy receiver for as long as the others take."""
    sent = []
    while not until.done():
        sent.append(await egress.post(f"http://127.0.0.1:{port}/", b"{}", {}))
        await asyncio.sleep(0.02)
    return sent


async def test_fifty_hostile_receivers_delay_nobody_and_end_in_time_and_in_bounds(hostile: Hostile) -> None:
    heard = Heard()
    pairs = [(kind, port) for kind, ports in hostile.ports.items() for port in ports]
    async with listen(heard, "127.0.0.1") as healthy:
        egress = Egress({f"127.0.0.1:{port}" for port in (healthy, *(port for _, port in pairs))}, limits=LIMITS)
        await egress.post(f"http://127.0.0.1:{healthy}/", b"{}", {})
        before = psutil.Process().memory_info().rss
        attempts = asyncio.gather(*(suffer(egress, kind, port) for kind, port in pairs))
        meanwhile = await send_meanwhile(egress, healthy, attempts)
        growth = psutil.Process().memory_info().rss - before
    taken = hostile.end()

    ended = {(one.kind, one.sent.status_code or one.sent.error) for one in attempts.result()}
    resets = {one for one in ended if one[0] == "reset"}
    longest = max(one.seconds for one in attempts.result())
    latencies = sorted(sent.latency_ms for sent in meanwhile)
    p95 = latencies[int(len(latencies) * 0.95)]
    assert len(pairs) >= 50
    assert ended - resets == set(ENDS.items())
    assert resets <= {("reset", "connect"), ("reset", "protocol")}  # whichever the reset overtakes
    assert longest < LIMITS.total + SLACK
    assert {sent.status_code for sent in meanwhile} == {204}
    assert p95 < 2000
    assert growth < MOST_GROWTH
    assert {kind: count for kind, count in taken.items() if count > MOST_TAKEN} == {}
    figures = {"longest": longest, "healthy": len(latencies), "p95_ms": p95, "growth_bytes": growth, "taken": taken}
    sys.stdout.write(f"{figures}\n")
