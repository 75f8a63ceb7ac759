"""A clock that stands still, and breakers that go by it."""

from collections.abc import Callable
from functools import partial

import pytest

from nexus.ai.breaker import Breaker
from tests.ai.scripted import MOST_FAILURES, PAUSE_SECONDS, Clock


@pytest.fixture
def clock() -> Clock:
    """The time goes on when a test says so."""
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Callable[[], Breaker]:
    """Make a breaker."""
    return partial(Breaker, MOST_FAILURES, PAUSE_SECONDS, clock)
