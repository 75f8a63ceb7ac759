"""Watching over the children of a stack: launching, waiting, launching again, stopping."""

import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from nexus.local.children import Child
from nexus.local.console import Console
from nexus.local.errors import LocalError
from nexus.local.interrupts import Interrupts
from nexus.local.processes import stop

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
SETTLED_SECONDS = 5  # a child that lived this long had started well, and begins anew with the first pause
POLL_SECONDS = 0.02
READY_WITHIN_SECONDS = 60
KILL_SECONDS = 3

Log = Callable[..., None]


@dataclass
class Pauses:
    """How long to wait before a launch: longer each time, until a child has settled."""

    _next: float = FIRST_PAUSE_SECONDS

    def after(self, lived_seconds: float) -> float:
        """The seconds to wait after a child has lived so long."""
        pause = FIRST_PAUSE_SECONDS if lived_seconds >= SETTLED_SECONDS else self._next
        self._next = min(pause * 2, LONGEST_PAUSE_SECONDS)
        return pause


@dataclass
class _Watched:
    """A child, when it was launched, and when it is to be launched again. Seconds of the monotonic clock."""

    child: Child
    launched: float
    due: float | None = None
    pauses: Pauses = field(default_factory=Pauses)

    def book_launch(self, now: float) -> None:
        """Book the next launch of a child that has ended or could not be launched."""
        self.due = now + self.pauses.after(now - self.launched)


class Watch:
    """The living children. `log` takes a level, an event and facts; `changed` is called when a process is new."""

    def __init__(self, interrupts: Interrupts, console: Console, log: Log, changed: Callable[[], None]) -> None:
        self._interrupts = interrupts
        self._console = console
        self._log = log
        self._changed = changed
        self._watched: list[_Watched] = []

    @property
    def children(self) -> list[Child]:
        """Every child, in the order of their launch."""
        return [one.child for one in self._watched]

    def launch(self, child: Child) -> None:
        """Start a child and watch over it from now on."""
        self._interrupts.check()
        began = time.monotonic()
        child.launch()
        self._watched.append(_Watched(child, began))
        self._log("info", "child.started", child=child.name, pid=child.process.pid)
        self._changed()

    def wait_until_ready(self, child: Child) -> float:
        """Wait for a child; the seconds since its launch. Raise LocalError if it ends or takes too long."""
        launched = next(one.launched for one in self._watched if one.child is child)
        while time.monotonic() - launched < READY_WITHIN_SECONDS:
            self._interrupts.check()
            _require_alive(child)
            if child.is_ready():
                return time.monotonic() - launched
            time.sleep(POLL_SECONDS)
        raise LocalError(
            f"{child.name} was not ready after {READY_WITHIN_SECONDS} s.",
            "Read its log, then start again.",
            child.last_words(),
            child.log,
        )

    def run_to_end(self, child: Child) -> float:
        """Run a child that has an end; the seconds it took. Raise LocalError if it fails."""
        began = time.monotonic()
        child.launch()
        try:
            while child.process.poll() is None:
                self._interrupts.check()
                self._interrupts.sleep(None)
        finally:
            stop(child.process, (child.stop_signal, KILL_SECONDS))
            child.close()
        if child.process.returncode:
            raise _ended(child)
        return time.monotonic() - began

    def tend(self) -> None:
        """Launch again what dies, until somebody asks to stop."""
        while not self._interrupts.times_asked:
            launched = [self._look_after(one) for one in self._watched]
            if any(launched):
                self._changed()
            self._interrupts.sleep(self._seconds_to_next_launch())

    def stop(self, children: Iterable[Child], seconds: float) -> None:
        """Ask children to end, together; after these seconds, or if somebody is in a hurry, make them."""
        living = [child for child in children if child.process.poll() is None]
        for child in living:
            child.process.send_signal(child.stop_signal)
        deadline = time.monotonic() + seconds
        while _alive(living) and not self._interrupts.hurry and (left := deadline - time.monotonic()) > 0:
            self._interrupts.sleep(left)
        for child in living:
            if child.process.poll() is None:
                self._log("warning", "child.killed", child=child.name, pid=child.process.pid)
            stop(child.process, (child.kill_signal, KILL_SECONDS))
            child.close()

    def _look_after(self, one: _Watched) -> bool:
        """Take note of a child's death, or launch it again when that is due; whether it was launched."""
        now = time.monotonic()
        if one.due is None:
            if one.child.process.poll() is not None:
                self._mourn(one, now)
            return False
        return now >= one.due and self._relaunch(one, now)

    def _mourn(self, one: _Watched, now: float) -> None:
        one.child.close()
        one.book_launch(now)
        how = _how(one.child.process.returncode)
        self._console.warn(f"{one.child.name} {how}; it is started again. Log: {one.child.log}")
        self._log("error", "child.ended", child=one.child.name, pid=one.child.process.pid, how=how)

    def _relaunch(self, one: _Watched, now: float) -> bool:
        one.launched = now
        try:
            one.child.launch()
        except (LocalError, OSError) as error:
            one.book_launch(now)
            self._console.warn(f"{one.child.name} could not be started again: {error}")
            self._log("error", "child.not_started", child=one.child.name, error=str(error))
            return False
        one.due = None
        self._log("info", "child.restarted", child=one.child.name, pid=one.child.process.pid)
        self._console.warn(f"{one.child.name} runs again (pid {one.child.process.pid}).")
        return True

    def _seconds_to_next_launch(self) -> float | None:
        due = [one.due for one in self._watched if one.due is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None


def _alive(children: Sequence[Child]) -> bool:
    return any(child.process.poll() is None for child in children)


def _require_alive(child: Child) -> None:
    """Raise LocalError, with its last words, if a child has ended while it was starting."""
    if child.process.poll() is not None:
        raise _ended(child)


def _ended(child: Child) -> LocalError:
    child.close()
    how = _how(child.process.returncode)
    return LocalError(f"{child.name} {how}.", "Correct what it says, then start again.", child.last_words(), child.log)


def _how(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
