"""
Computing beside the worker's loop, a few at a time.

In threads of our own: Python waits for those of its pools when a process ends, so that one long computation would keep
a worker from stopping. These are left behind; their job was handed back, and is done again elsewhere.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")
Outcome = tuple[Any, BaseException | None]


class Thinkers:
    """At most so many computations that somebody still waits for. Those who wait take turns by owner."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def think(self, work: Callable[[Any], Result], about: object, owner: str = "") -> Result:
        """Compute, and raise whatever the computation raises. `owner` says whose turn it takes."""
        await self._take_turn(owner)
        try:
            loop = asyncio.get_running_loop()
            waiting: asyncio.Future[Outcome] = loop.create_future()
            threading.Thread(target=_compute, args=(work, about, loop, waiting), name="thinker", daemon=True).start()
            result: Result
            result, error = await waiting
        finally:
            self._end_turn()
        if error is not None:
            raise error
        return result

    async def _take_turn(self, owner: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._end_turn()
            raise

    def _end_turn(self) -> None:
        """Give the turn to the first that waits of the owner who has waited longest for one."""
        while self._waiting:
            owner = next(iter(self._waiting))
            turns = self._waiting.pop(owner)
            turn = turns.popleft()
            if turns:
                self._waiting[owner] = turns  # at the end: the other owners come first
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


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
