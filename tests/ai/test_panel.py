"""Several providers as one: who is asked, who is passed over, and who is left alone for a while."""

from collections.abc import Callable

import pytest

from nexus.ai.breaker import Breaker
from nexus.ai.model import MalformedAnswer, ModelRefused, ModelUnavailable, Tokens
from nexus.ai.panel import Panel
from tests.ai.scripted import MOST_FAILURES, PAUSE_SECONDS, Clock, Scripted, Word, away


async def say(panel: Panel) -> str:
    return (await panel.consult().ask("Say a word.", Word)).word


async def test_the_first_provider_answers_and_the_second_is_not_asked() -> None:
    first, second = Scripted("first"), Scripted("second")
    panel = Panel([first, second], then_offline=True)
    consultation = panel.consult()

    assert (await consultation.ask("Say a word.", Word)).word == "first"

    assert consultation.name == "first"
    assert second.asked == 0
    assert panel.names == ["first", "second"]


async def test_one_that_is_away_hands_the_question_to_the_next_and_both_are_counted() -> None:
    panel = Panel([Scripted("first", away()), Scripted("second")], then_offline=True)
    consultation = panel.consult()

    assert (await consultation.ask("Say a word.", Word)).word == "second"

    assert consultation.name == "second"
    assert consultation.tokens == Tokens(20, 2)


async def test_everybody_who_answered_in_an_attempt_is_named() -> None:
    panel = Panel([Scripted("first", away()), Scripted("second")], then_offline=True)
    consultation = panel.consult()

    for _ in range(3):
        await consultation.ask("Say a word.", Word)

    assert consultation.name == "second, first"


@pytest.mark.parametrize("answer", [ModelRefused("It will not."), MalformedAnswer("It cannot.")])
async def test_a_refusal_and_a_malformed_answer_do_not_wander(answer: Exception) -> None:
    second = Scripted("second")
    panel = Panel([Scripted("first", answer), second], then_offline=True)

    with pytest.raises(type(answer)):
        await say(panel)

    assert second.asked == 0


@pytest.mark.parametrize(
    ("waits", "smallest"), [([30, 7], 7), ([None, 7], 7), ([30, None], 30), ([None, None], None), ([0, 5], 0)]
)
async def test_when_all_are_away_the_smallest_wait_is_told(waits: list[float | None], smallest: float | None) -> None:
    panel = Panel([Scripted(str(at), away(wait)) for at, wait in enumerate(waits)], then_offline=True)

    with pytest.raises(ModelUnavailable) as unavailable:
        await say(panel)

    assert unavailable.value.retry_after == smallest


async def test_one_that_keeps_failing_is_left_alone_until_the_pause_is_over(
    clock: Clock, breaker: Callable[[], Breaker]
) -> None:
    first, second = Scripted("first", away(), away(), away()), Scripted("second")
    panel = Panel([first, second], then_offline=True, breaker=breaker)

    for _ in range(5):
        assert await say(panel) == "second"
    assert first.asked == MOST_FAILURES

    clock.seconds += PAUSE_SECONDS
    assert [await say(panel), await say(panel)] == ["first", "first"]


async def test_a_probe_that_fails_begins_the_pause_again(clock: Clock, breaker: Callable[[], Breaker]) -> None:
    only = Scripted("only", *[away()] * 4)
    panel = Panel([only], then_offline=False, breaker=breaker)
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            await say(panel)

    clock.seconds += PAUSE_SECONDS
    with pytest.raises(ModelUnavailable):
        await say(panel)
    clock.seconds += 4
    with pytest.raises(ModelUnavailable) as left_alone:
        await say(panel)

    assert left_alone.value.retry_after == PAUSE_SECONDS - 4
    assert only.asked == 4
