"""The short form of `make migration-drill`: the schema moves under fire, and nobody is refused."""

from pathlib import Path

import pytest

from tests.kept.load import Answers, a_stack
from tests.migrations.drill import SLOWEST_P99, Verdict, drill

HOLD_SECONDS, PER_SECOND = 6.0, 20.0


@pytest.mark.timeout(170)
async def test_the_newest_revisions_come_go_and_come_again_while_the_platform_serves(tmp_path: Path) -> None:
    with a_stack(tmp_path / "data", {}) as stack:
        verdict = await drill(stack, HOLD_SECONDS, PER_SECOND)

    assert verdict.answers.failed == 0, verdict.lines()
    assert verdict.answers.percentile(0.99) < SLOWEST_P99, verdict.lines()
    assert verdict.left_to_do == 0
    assert len(verdict.answers.seconds) > HOLD_SECONDS * PER_SECOND


@pytest.mark.parametrize(
    "answers",
    [
        Answers({200: 99, 503: 1}, [0.01] * 100),
        Answers({200: 99, 0: 1}, [0.01] * 100),
        Answers({200: 100}, [0.01] * 97 + [2.5] * 3),
    ],
    ids=["refused", "unanswered", "slow"],
)
def test_a_drill_that_somebody_noticed_has_failed(answers: Answers) -> None:
    assert not Verdict(answers).ok
    assert Verdict(Answers({200: 100}, [0.01] * 100)).ok
