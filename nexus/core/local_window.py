"""
Windows of one process, for while Redis is away: coarse, bounded in memory, and never wider than they should be.

A window slides in slices. It holds what this process let in on its own account, which may be its share of the limit,
and what it let in all told, Redis's decisions included, which may be the limit: so that the death of Redis is neither a
second allowance nor the end of everybody's first.
"""

from collections import OrderedDict
from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

SLICES = 15
MOST_WINDOWS = 5_000  # the one that was used longest ago goes first


class _Slice(NamedTuple):
    number: int
    all_told: int
    alone: int


class LocalWindows:
    """A window for each key. `replicas` processes share a limit."""

    def __init__(self, replicas: int) -> None:
        self._replicas = replicas
        self._windows: OrderedDict[str, list[_Slice]] = OrderedDict()

    def note(self, key: str, seconds: float) -> None:
        """Remember a call that Redis let in."""
        self._add(self._window(key, seconds), seconds, alone=0)

    def count(self, key: str, limit: int, seconds: float) -> tuple[bool, int, float]:
        """Let a call in or not; whether that was done, how many more are left, and in how many seconds one more is."""
        window = self._window(key, seconds)
        share = max(1, limit // self._replicas)
        left = _left(window, limit, share)
        if left > 0:
            self._add(window, seconds, alone=1)
        return left > 0, max(0, left - 1), self._until_one_leaves(window, limit, share, seconds)

    def _window(self, key: str, seconds: float) -> list[_Slice]:
        """The window of this key, without what has left it."""
        window = self._windows.setdefault(key, [])
        self._windows.move_to_end(key)
        if len(self._windows) > MOST_WINDOWS:
            self._windows.popitem(last=False)
        while window and _leaves_at(window[0], seconds) <= monotonic():
            window.pop(0)
        return window

    @staticmethod
    def _add(window: list[_Slice], seconds: float, alone: int) -> None:
        number = int(monotonic() / seconds * SLICES)
        last = window.pop() if window and window[-1].number == number else _Slice(number, 0, 0)
        window.append(_Slice(number, last.all_told + 1, last.alone + alone))

    @staticmethod
    def _until_one_leaves(window: Sequence[_Slice], limit: int, share: int, seconds: float) -> float:
        """How long it takes until there is room for one more than now."""
        left = max(0, _left(window, limit, share))
        for place, one in enumerate(window, 1):
            if _left(window[place:], limit, share) > left:
                return _leaves_at(one, seconds) - monotonic()
        return 0.0


def _left(window: Sequence[_Slice], limit: int, share: int) -> int:
    """For how many more there is room."""
    return min(limit - sum(one.all_told for one in window), share - sum(one.alone for one in window))


def _leaves_at(one: _Slice, seconds: float) -> float:
    """When the youngest call of a slice is as old as the window is wide."""
    return (one.number + SLICES + 1) * seconds / SLICES
