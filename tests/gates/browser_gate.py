"""A gate that is a Playwright spec of web/e2e/gates: run in Chromium on a whole stack, read from its JSON report."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nexus.local.stack import WEB
from nexus.local.web import node
from tests.gates.whole_stack import WholeStack
from tests.house import clean_environment

PLAYWRIGHT = WEB / "node_modules" / "@playwright" / "test" / "cli.js"
SECONDS = 400


@dataclass(frozen=True)
class Ran:
    """A test of a spec, and how it ended: `passed`, `failed`, `timedOut`, `skipped`, `interrupted`."""

    title: str
    ended: str
    said: str


def run_spec(name: str, stack: WholeStack) -> list[Ran]:
    """Run one spec on a stack, which it has for itself; each of its tests."""
    assert PLAYWRIGHT.is_file(), (
        "The web application's packages are not there. `make web-browser` sets up what it needs."
    )
    given = json.dumps({"dataDir": str(stack.folder), "supervisor": stack.supervisor})
    report = stack.folder / f"{name}.json"
    finished = subprocess.run(
        [node(), str(PLAYWRIGHT), "test", "--project=gates", "--reporter=json", f"gates/{name}.spec.ts"],
        cwd=WEB,
        env=environment() | {"E2E_GIVEN": given, "PLAYWRIGHT_JSON_OUTPUT_FILE": str(report)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert report.is_file(), finished.stdout + finished.stderr
    return _tests_of(json.loads(report.read_text()))


def environment() -> dict[str, str]:
    """
    What a script of the web application is run with: our Python, and what stands beside it first on the PATH. The npm
    that lies beside Node itself in its package does not run.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return clean_environment() | {"NEXUS_PYTHON": sys.executable, "PATH": path, "NEXT_TELEMETRY_DISABLED": "1"}


def _tests_of(report: dict[str, Any]) -> list[Ran]:
    assert report["errors"] == [], report["errors"]
    return [_ran(spec, test) for suite in report["suites"] for spec in suite["specs"] for test in spec["tests"]]


def _ran(spec: dict[str, Any], test: dict[str, Any]) -> Ran:
    """The last result counts; a test that was never begun has none."""
    results = test["results"] or [{"status": "skipped", "errors": []}]
    said = "\n".join(error.get("message", "") for error in results[-1]["errors"])
    return Ran(spec["title"], results[-1]["status"], said)


def prove(name: str, stack: WholeStack, *titles: str) -> None:
    """Run a spec; exactly these tests must have run, and each of them passed."""
    ran = run_spec(name, stack)

    fallen = [one for one in ran if one.ended != "passed"]
    assert not fallen, "\n".join(f"{one.title}: {one.ended}\n{one.said}" for one in fallen)
    assert sorted(one.title for one in ran) == sorted(titles)
