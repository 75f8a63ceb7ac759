"""
A circuit breaker: a provider that keeps failing is left alone for a while, so that nobody waits for it in vain.

    closed   --(`most_failures` in a row)-->  open
    open     --(`pause_seconds`)-->           half open: one question goes through, the others wait
    half open  --(it is answered)-->  closed
               --(it fails)-->        open

M. Nygard, "Release It!", 2nd edition, 2018, section 5.2. It belongs to one event loop, so it needs no lock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from nexus.ai.model import AWAY, MalformedAnswer, ModelRefused, ModelUnavailable

MOST_FAILURES = 10
PAUSE_SECONDS = 5.0  # as long as the pause between two attempts of a job: the next attempt may be the probe

Clock = Callable[[], float]


class Breaker:
    """Counts the failures of one provider. `clock` gives seconds that never go back."""

    def __init__(
        self, most_failures: int = MOST_FAILURES, pause_seconds: float = PAUSE_SECONDS, clock: Clock = monotonic
    ) -> None:
        self._most_failures = most_failures
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the provider is being left alone."""
        return self._opened_at is not None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """
        Let one question through and note how it ends, or raise ModelUnavailable with the seconds left to wait.

        A refusal and a malformed answer are answers: the provider is well. What ends for another reason, such as a
        job that is cancelled, says nothing.
        """
        is_probe = self._enter()
        try:
            yield
        except ModelUnavailable:
            self._note_failure(is_probe=is_probe)
            raise
        except (ModelRefused, MalformedAnswer):
            self._close()
            raise
        else:
            self._close()
        finally:
            self._probing = self._probing and not is_probe

    def _enter(self) -> bool:
        if self._opened_at is None:
            return False
        left = self._opened_at + self._pause_seconds - self._clock()
        if left > 0 or self._probing:
            raise ModelUnavailable(AWAY, retry_after=max(left, 0) or self._pause_seconds)
        self._probing = True
        return True

    def _note_failure(self, *, is_probe: bool) -> None:
        self._failures += 1
        # Questions that were under way when it opened may fail later, and do not make the pause longer.
        if is_probe or (self._opened_at is None and self._failures >= self._most_failures):
            self._opened_at = self._clock()

    def _close(self) -> None:
        self._failures = 0
        self._opened_at = None
