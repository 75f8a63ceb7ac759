"""
Looking up the addresses of a name.

Each look-up has a thread of its own. A name whose servers are silent keeps its thread until the system gives up, long
after we have; on the loop's own few threads a handful of such names would stop everybody's look-ups.
"""

import asyncio
import socket
from collections.abc import Sequence
from threading import Thread
from typing import Protocol

MOST_LOOKUPS = 200


class Resolver(Protocol):
    """Knows the addresses of names."""

    async def resolve(self, host: str) -> Sequence[str]:
        """All addresses of a host name, of both families, or OSError."""
        ...


class SystemResolver:
    """Asks as every program of this machine does."""

    def __init__(self, most_lookups: int = MOST_LOOKUPS) -> None:
        self._most_lookups = most_lookups
        self._under_way = 0

    async def resolve(self, host: str) -> Sequence[str]:
        """All addresses of a host name. OSError too while too many look-ups are under way."""
        if self._under_way >= self._most_lookups:
            raise OSError("too many look-ups are under way")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def settle(found: Sequence[str] | Exception) -> None:
            self._under_way -= 1
            if answer.done():
                return  # nobody waits any more
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def look_up() -> None:
            found = _addresses_of(host)
            try:
                loop.call_soon_threadsafe(settle, found)
            except RuntimeError:
                return  # the loop has ended meanwhile

        Thread(target=look_up, name="look-up", daemon=True).start()
        self._under_way += 1
        return await answer


def _addresses_of(host: str) -> Sequence[str] | Exception:
    """The addresses, or why there are none: an exception of a thread would reach nobody."""
    # The dot at the end keeps the system from trying the machine's own domains as well.
    absolute = f"{host}." if "." in host else host
    try:
        found = socket.getaddrinfo(absolute, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return OSError(str(error))
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
