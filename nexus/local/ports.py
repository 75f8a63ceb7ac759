"""Ports on loopback: finding a free one, and saying who holds a taken one."""

import random
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nexus.local.errors import PortTaken
from nexus.local.live_processes import holder_of

LOOPBACK = "127.0.0.1"
# Below every system's range for outgoing connections: a client that retries against a server which is being
# restarted could otherwise be given the server's own port.
FIRST, LAST = 20_000, 32_000
HIGHEST = 65_535


@dataclass(frozen=True)
class Wanted:
    """A port that the stack must have, what for, and the option that changes it."""

    port: int
    purpose: str
    option: str


def free_port() -> int:
    """Find a port on loopback that nobody listens on."""
    # Not for secrecy: two stacks that start together should not try the same ones.
    chosen = random.sample(range(FIRST, LAST), 200)
    for port in chosen:
        if is_free(port):
            return port
    raise PortTaken("No free port was found on 127.0.0.1.", "Stop some of the servers that run on this machine.")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(ports: Iterable[Wanted]) -> None:
    """Raise PortTaken, naming every port that cannot be had, its holder and the option that changes it."""
    ports = list(ports)
    _require_sense(ports)
    taken = [wanted for wanted in ports if not is_free(wanted.port)]
    if not taken:
        return
    problems = [
        f"Port {one.port} ({one.purpose}) is in use by {holder_of(one.port) or 'another process'}." for one in taken
    ]
    options = sorted({one.option for one in taken})
    raise PortTaken(" ".join(problems), f"Stop that process, or choose another port with {' and '.join(options)}.")


def _require_sense(ports: Sequence[Wanted]) -> None:
    """Raise PortTaken for a number that is no port, and for one that is wanted twice."""
    purposes: dict[int, str] = {}
    for one in ports:
        if not 0 < one.port <= HIGHEST:
            raise PortTaken(f"{one.port} ({one.purpose}) is not a port.", f"Choose 1 to {HIGHEST} with {one.option}.")
        if one.port in purposes:
            raise PortTaken(
                f"Port {one.port} is wanted twice: for {purposes[one.port]} and for {one.purpose}.",
                f"Choose another port with {one.option}.",
            )
        purposes[one.port] = one.purpose
