"""
Every proof can fail: a copy of the product without one of its guards makes it red, and for the right reason.

The product itself has no switch. Each edit says how often it must find what it replaces, so that a guard which moved
is noticed here.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house import ROOT, clean_environment

pytestmark = pytest.mark.alone

COPIED = ("nexus", "migrations", "tests")
RED = 1
LONGEST_SECONDS = 150


@dataclass(frozen=True)
class Edit:
    """A text of a file, and what stands there instead."""

    path: str
    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Guard:
    """What is taken away, the proof that must notice, and the words in which it does."""

    edits: tuple[Edit, ...]
    proof: str
    reason: str


STATEMENTS, LEDGER, FOUNDATION = "nexus/jobs/statements.py", "nexus/credits/services.py", "migrations/foundation"
MONEY = f"{FOUNDATION}/money_and_work.py"
# A worker that looks whether its claims still stand would drop the work before it tries to settle it.
NO_LOOK_AT_CLAIMS = Edit("nexus/jobs/shift.py", "for claim in set(held) - still:", "for claim in ():")
OLD_CLAIMS_COUNT = Edit(STATEMENTS, "Job.claim_number == CLAIM,", "Job.claim_number >= CLAIM,", 3)

GUARDS = {
    "the claim number that fences completion and failure": Guard(
        (OLD_CLAIMS_COUNT, NO_LOOK_AT_CLAIMS),
        "test_zombies.py::test_a_worker_that_comes_back_while_another_works_leaves_it_alone",
        "a worker that came back settled the job of another",
    ),
    "the same, before the model": Guard(
        (OLD_CLAIMS_COUNT,),
        "test_ledger_model.py",
        r"machine\.py:\d+: AssertionError",
    ),
    "the one refund of a job": Guard(
        (
            NO_LOOK_AT_CLAIMS,
            Edit(MONEY, 'for kind in ("deduction", "refund"):', 'for kind in ("deduction",):'),
            Edit(
                "nexus/jobs/services.py",
                "    if row is None:\n        return None\n    failed =",
                "    if row is None:\n"
                "        await credits.refund(tx, seen.key.organisation_id, seen.key.id, 'again')\n"
                "        return None\n"
                "    failed =",
            ),
        ),
        "test_zombies.py::test_a_worker_that_comes_back_after_its_job_was_refunded_refunds_nothing_more"
        "[in the middle of it-hangs-first]",
        "a job was refunded twice",
    ),
    "the sweep": Guard(
        (Edit("nexus/jobs/sweep.py", "range(0, len(stranded), AT_ONCE)", "range(0, 0, AT_ONCE)"),),
        "test_zombies.py::test_the_job_of_a_killed_worker_goes_on_within_its_lease_a_sweep_and_five_seconds",
        "the job of a killed worker was left lying",
    ),
    "the balance that a charge asks for": Guard(
        (
            Edit(LEDGER, "            OrgCredits.balance >= COST,\n", ""),
            Edit(MONEY, '"balance >= 0"', '"balance >= -1000000"'),
            Edit(MONEY, '"balance_after >= 0"', '"balance_after >= -1000000"'),
        ),
        "test_last_credits.py",
        r"\d won where \d could",
    ),
    "the heartbeat": Guard(
        (Edit("nexus/jobs/heartbeat.py", "        if not held:\n", "        if held:\n"),),
        "test_zombies.py::test_a_worker_that_lives_keeps_its_job_for_longer_than_a_lease",
        r"assert \(2, 2\) == \(1, 1\)",
    ),
}


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_a_proof_is_red_without_its_guard(guard: Guard, tmp_path: Path) -> None:
    copy(tmp_path)
    for edit in guard.edits:
        apply(edit, tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"tests/chaos/{guard.proof}"],
        cwd=tmp_path,
        env=clean_environment() | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )

    assert done.returncode == RED, done.stdout[-4000:] + done.stderr
    assert re.search(guard.reason, done.stdout), done.stdout[-4000:]


def copy(folder: Path) -> None:
    """Put the product and its tests there."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "alembic.ini"):
        shutil.copy(ROOT / name, folder / name)


def apply(edit: Edit, folder: Path) -> None:
    """Make the edit, if everything that it replaces is there."""
    path = folder / edit.path
    found = path.read_text(encoding="utf-8")
    assert found.count(edit.old) == edit.times, f"{edit.path} no longer reads {edit.old!r}"
    path.write_text(found.replace(edit.old, edit.new), encoding="utf-8")
