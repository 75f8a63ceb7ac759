"""The verdict of a chaos run finds what it looks for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos import verdict
from tests.chaos.clients import Records
from tests.chaos.verdict import Verdict

pytestmark = pytest.mark.alone

COMPLETED = {"id": "a", "status": "completed", "attempt_count": 1, "error_code": None}
COMPLETED |= {"deductions": 1, "refunds": 0, "entries": 1}
FAILED = COMPLETED | {"id": "b", "status": "failed", "attempt_count": 3, "refunds": 1, "entries": 2}
MOVES = [(None, "pending", None, 0), ("pending", "running", 0, 1), ("running", "completed", 1, 1)]


def told(*accepted: tuple[str, str]) -> Records:
    records = Records()
    for key, job in accepted:
        records.accepted[key].add(job)
    return records


def judged(judge: Callable[[Verdict], None]) -> list[str]:
    found = Verdict()
    judge(found)
    return [wrong.partition(":")[0] for wrong in found.wrong]


def moves(*steps: tuple[object, ...]) -> list[dict[str, Any]]:
    return [
        dict(zip(("before", "after", "claim_before", "claim_after"), step, strict=True), job_id="a") for step in steps
    ]


def test_a_good_run_has_nothing_wrong() -> None:
    jobs: dict[str, Any] = {"a": COMPLETED, "b": FAILED}

    assert judged(lambda found: verdict.judge_promises(found, jobs, told(("1", "a"), ("2", "b")))) == []
    assert judged(lambda found: verdict.judge_jobs(found, list(jobs.values()))) == []
    assert judged(lambda found: verdict.judge_moves(found, moves(*MOVES))) == []


@pytest.mark.parametrize(
    ("jobs", "records", "wrong"),
    [
        ({}, told(("1", "a")), "acknowledged jobs that do not exist"),
        ({"a": COMPLETED | {"status": "running"}}, told(("1", "a")), "jobs that never ended"),
        ({"a": COMPLETED, "b": FAILED}, told(("1", "a")), "jobs that nobody was told of"),
        ({"a": COMPLETED, "b": FAILED}, told(("1", "a"), ("1", "b")), "keys with several jobs"),
    ],
)
def test_a_broken_promise_is_found(jobs: dict[str, Any], records: Records, wrong: str) -> None:
    assert judged(lambda found: verdict.judge_promises(found, jobs, records)) == [wrong]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"attempt_count": 4}, "jobs with too many attempts"),
        ({"deductions": 2, "entries": 2}, "jobs not charged exactly once"),
        ({"deductions": 0, "entries": 0}, "jobs not charged exactly once"),
        ({"refunds": 1, "entries": 2}, "jobs with the wrong number of refunds"),
        ({"status": "failed"}, "jobs with the wrong number of refunds"),
        ({"status": "failed", "refunds": 2, "entries": 3}, "jobs with the wrong number of refunds"),
    ],
)
def test_a_job_whose_books_are_wrong_is_found(changed: dict[str, Any], wrong: str) -> None:
    assert judged(lambda found: verdict.judge_jobs(found, [COMPLETED | changed])) == [wrong]


@pytest.mark.parametrize(
    "extra",
    [("completed", "failed", 1, 1), ("completed", "completed", 1, 1), ("failed", "pending", 1, 1)],
    ids=["another end", "the same end again", "a revival"],
)
def test_a_move_after_the_end_is_found(extra: tuple[object, ...]) -> None:
    assert "moves that no job may make" in judged(lambda found: verdict.judge_moves(found, moves(*MOVES, extra)))


def test_two_ends_are_counted_as_one_job_that_ended_twice() -> None:
    found = Verdict()
    verdict.judge_moves(found, moves(*MOVES, MOVES[-1]))

    assert found.doubly_finished == 1
