"""The signals that reach the supervisor: Ctrl-C, SIGTERM, the end of a child. None of them interrupts a step."""

import os
import select
import signal
from types import FrameType

ASKING_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HURRY = 2  # times asked


class Interrupted(Exception):
    """Somebody asked the stack to stop while it was starting."""


class Interrupts:
    """Counts the times somebody asked to stop, and wakes a sleeper at any signal."""

    def __init__(self) -> None:
        """Take the signals over; only the main thread may."""
        self.times_asked = 0
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in ASKING_TO_STOP:
            signal.signal(number, self._ask)
        signal.signal(signal.SIGCHLD, _take_note)

    @property
    def hurry(self) -> bool:
        """Whether somebody asked a second time."""
        return self.times_asked >= HURRY

    def sleep(self, seconds: float | None) -> None:
        """Sleep until a signal comes, at most these seconds."""
        ready, _, _ = select.select([self._read], [], [], seconds)
        if ready:
            os.read(self._read, 4096)

    def check(self) -> None:
        """Raise Interrupted if somebody asked to stop."""
        if self.times_asked:
            raise Interrupted

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.times_asked += 1


def _take_note(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: a handler must be there for the signal to wake the sleeper."""


def _pipe() -> tuple[int, int]:
    """A pipe that does not block, where the system has no pipe2."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends
