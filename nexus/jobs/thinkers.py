"""
Computing beside the worker's loop, a few at a time.

In threads of our own: Python waits for those of its pools when a process ends, so that one long computation would keep
a worker from stopping. These are left behind; their job was handed back, and is done again elsewhere.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")
Outcome = tuple[Any, BaseException | None]


class Thinkers:
    """At most so many computations that somebody still waits for."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def think(self, work: Callable[[Any], Result], about: object) -> Result:
        """Compute, and raise whatever the computation raises."""
        async with self._free:
            loop = asyncio.get_running_loop()
            waiting: asyncio.Future[Outcome] = loop.create_future()
            threading.Thread(target=_compute, args=(work, about, loop, waiting), name="thinker", daemon=True).start()
            result: Result
            result, error = await waiting
        if error is not None:
            raise error
        return result


def _compute(
    work: Callable[[Any], Any], about: object, loop: asyncio.AbstractEventLoop, waiting: "asyncio.Future[Outcome]"
) -> None:
    outcome: Outcome
    try:
        outcome = work(about), None
    except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it was
        outcome = None, error
    with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
        loop.call_soon_threadsafe(_tell, waiting, outcome)


def _tell(waiting: "asyncio.Future[Outcome]", outcome: Outcome) -> None:
    if not waiting.done():
        waiting.set_result(outcome)
