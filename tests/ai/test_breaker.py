"""When a provider is left alone, when it is asked again, and what says nothing about it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from nexus.ai.breaker import Breaker
from nexus.ai.model import MalformedAnswer, ModelRefused, ModelUnavailable
from tests.ai.scripted import MOST_FAILURES, PAUSE_SECONDS, Clock, away


async def test_a_success_between_failures_begins_the_count_again(breaker: Callable[[], Breaker]) -> None:
    guard = breaker()

    for _ in range(2 * MOST_FAILURES):
        for _ in range(MOST_FAILURES - 1):
            with pytest.raises(ModelUnavailable), guard.watch():
                raise away()
        with guard.watch():
            pass


@pytest.mark.parametrize("answer", [ModelRefused("It will not."), MalformedAnswer("It cannot.")])
async def test_a_refusal_says_that_the_provider_is_well(
    clock: Clock, breaker: Callable[[], Breaker], answer: Exception
) -> None:
    guard = breaker()
    open_it(guard)
    clock.seconds += PAUSE_SECONDS

    with pytest.raises(type(answer)), guard.watch():
        raise answer

    with guard.watch():
        pass


async def test_while_one_question_probes_the_others_wait(clock: Clock, breaker: Callable[[], Breaker]) -> None:
    guard = breaker()
    open_it(guard)
    clock.seconds += PAUSE_SECONDS

    with guard.watch(), pytest.raises(ModelUnavailable) as waits, guard.watch():
        pass

    assert waits.value.retry_after == PAUSE_SECONDS


async def test_a_probe_that_is_cancelled_says_nothing_and_another_may_go(
    clock: Clock, breaker: Callable[[], Breaker]
) -> None:
    guard = breaker()
    open_it(guard)
    clock.seconds += PAUSE_SECONDS

    with pytest.raises(asyncio.CancelledError), guard.watch():
        raise asyncio.CancelledError

    with guard.watch():
        pass


async def test_questions_that_were_under_way_do_not_make_the_pause_longer(
    clock: Clock, breaker: Callable[[], Breaker]
) -> None:
    guard = breaker()
    with suppress(ModelUnavailable), guard.watch():
        open_it(guard)
        clock.seconds += PAUSE_SECONDS - 1
        raise away()

    clock.seconds += 1
    with guard.watch():
        pass


def open_it(guard: Breaker) -> None:
    for _ in range(MOST_FAILURES):
        with pytest.raises(ModelUnavailable), guard.watch():
            raise away()
