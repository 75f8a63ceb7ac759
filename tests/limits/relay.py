"""A way to Redis that a test may slow down, cut, or let break: for one process, while the others have theirs."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"


class Relay:
    """Carries bytes between whoever connects and a Redis, in threads: it goes on while an event loop is held."""

    def __init__(self, redis_url: str) -> None:
        there = urlsplit(redis_url)
        self._there = (LOOPBACK, there.port or 6379)
        self._door = socket.create_server((LOOPBACK, 0))
        self.url = redis_url.replace(f":{there.port}/", f":{self._door.getsockname()[1]}/")
        self.delay_seconds = 0.0
        self.is_cut = False
        self._ends: set[socket.socket] = set()
        threading.Thread(target=self._serve, daemon=True).start()

    def break_connections(self) -> None:
        """Hang up on everybody; who calls again gets through."""
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Hang up on everybody, and on whoever calls again."""
        self.is_cut = True
        self.break_connections()

    def mend(self) -> None:
        """Let everybody through again."""
        self.is_cut = False

    def close(self) -> None:
        """Be gone."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                try:
                    far = None if self.is_cut else socket.create_connection(self._there)
                except OSError:
                    far = None
                if far is None:
                    near.close()
                else:
                    self._connect(near, far)

    def _connect(self, near: socket.socket, far: socket.socket) -> None:
        self._ends |= {near, far}
        there = threading.Thread(target=self._carry, args=(near, far), daemon=True)
        there.start()
        threading.Thread(target=self._carry_back, args=(near, far, there), daemon=True).start()

    def _carry_back(self, near: socket.socket, far: socket.socket, there: threading.Thread) -> None:
        self._carry(far, near)
        there.join()
        for end in (near, far):
            self._ends.discard(end)
            end.close()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while part := one.recv(65536):
                time.sleep(self.delay_seconds / 2)
                other.sendall(part)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay_to(redis_url: str) -> Iterator[Relay]:
    """A relay to this Redis."""
    relay = Relay(redis_url)
    try:
        yield relay
    finally:
        relay.close()
