"""
Gate A4.4: each of the three bugs of the debugging exercise is caught by the tests that are meant for it.

`web/debugging/exercise.mjs` puts one bug after the other into a copy of the web application and runs those tests there;
docs/debugging.md tells what was to be seen. `web/e2e/gates/a4_4.spec.ts` shows the right behaviour in a browser.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from nexus.local.stack import WEB
from nexus.local.web import node
from tests.gates.browser_gate import environment, prove
from tests.gates.whole_stack import WholeStack

pytestmark = pytest.mark.alone

DEBUGGING = WEB / "debugging"
BUGS = {
    1: "the token is sent in the wrong header format: 401, and a blank page instead of sign-in",
    2: "the balance comes as a string: the chart is wrong, and nothing says so",
    3: "polling goes on after the job has ended",
}
TESTS = (
    "A4.4 bug 1: the API takes the token as it is sent, and whom it refuses is led to sign-in, never to a blank page",
    "A4.4 bug 2: a balance that is a string is said to make no sense, no chart is drawn of it, and the rest stays",
    "A4.4 bug 3: when a job has ended, the API hears of it no more",
)


@pytest.mark.parametrize("bug", BUGS)
def test_the_patch_of_a_bug_applies_to_the_source_as_it_is(bug: int, tmp_path: Path) -> None:
    shutil.copytree(WEB / "src", tmp_path / "src", ignore=shutil.ignore_patterns("generated"))
    shutil.copy(WEB / "openapi-ts.config.ts", tmp_path)

    checked = subprocess.run(
        ["git", "apply", "--check", DEBUGGING / f"bug-{bug}.patch"],  # noqa: S607 - the git of whoever has this clone
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr


@pytest.mark.timeout(420)
def test_gate_a4_4_each_of_the_three_bugs_turns_its_tests_red() -> None:
    ran = subprocess.run(
        [node(), str(DEBUGGING / "exercise.mjs")],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )

    told = ran.stdout
    assert (ran.returncode, "✗" in told) == (0, False), told + ran.stderr
    without, *with_bug = told.split("Bug ")
    assert "✓ passed" in without
    assert "✓ failed" not in without
    assert [one.splitlines()[0] for one in with_bug] == [f"{bug}: {symptom}" for bug, symptom in BUGS.items()]
    assert all("✓ failed" in one and "✓ passed" not in one for one in with_bug)


@pytest.mark.timeout(420)
def test_gate_a4_4_without_the_bugs_a_browser_sees_the_right_thing(web_stack: WholeStack) -> None:
    prove("a4_4", web_stack, *TESTS)
