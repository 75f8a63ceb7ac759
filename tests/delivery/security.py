"""
`make security`: bandit over our code, a scan for secrets over every file, and an audit of every locked package.

    python -m tests.delivery.security [--root FOLDER] [--quick] [--audit-wanted]

Each has its threshold: bandit is red from medium severity on (hard-coded passwords, which it takes for less, are the
scan's), the scan at anything, the audit of the packages that run at any published advisory, that of the web
application's from `high` on. `--quick` leaves the audits out, which need a network. Where nobody can be asked they are
said to be left out; with `--audit-wanted`, as in CI, that is red.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.delivery.secret_scan import scan
from tests.delivery.told import Told, green, left_out, red, tell

OUR_CODE = ("nexus", "migrations")
LOCKED = ("requirements/runtime.txt", "requirements/dev.txt")
SECONDS = 300


def check(root: Path, *, quick: bool, audit_wanted: bool) -> Iterator[Told]:
    """Everything, one after the other."""
    yield _bandit(root)
    yield _secrets(root)
    if quick:
        return
    for locked in LOCKED:
        yield _audit(root, locked, wanted=audit_wanted)
    if (root / "web" / "package-lock.json").exists():
        yield _audit_web(root / "web", wanted=audit_wanted)


def _bandit(root: Path) -> Told:
    shape = "{relpath}:{line}: {test_id} {severity} {msg}"
    folders = [name for name in OUR_CODE if (root / name).is_dir()]
    if len(folders) < len(OUR_CODE):
        return red("bandit", f"nothing to look at: {', '.join(OUR_CODE)} are not all there")
    done = _run(root, "bandit", "--quiet", "-ll", "--format=custom", f"--msg-template={shape}", "--recursive", *folders)
    if done.returncode == 0:
        return green("bandit", f"nothing of medium severity or above in {', '.join(OUR_CODE)}")
    return red("bandit", f"found something\n{done.stdout}{done.stderr}")


def _secrets(root: Path) -> Told:
    found = list(scan(root))
    return red("secrets", "\n".join(["found some", *found])) if found else green("secrets", "none in any file")


def _audit(root: Path, locked: str, *, wanted: bool) -> Told:
    name = f"advisories about {locked}"
    options = ("--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off", "--timeout=15")
    done = _run(root, "pip-audit", "--requirement", locked, *options)
    told = _json(done.stdout)
    if told is None:
        return left_out(name, f"nobody could be asked. {_last_line(done.stderr)}", wanted=wanted)
    known = [
        f"{one['name']} {one['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'none'}"
        for one in told["dependencies"]
        for found in one.get("vulns", [])
    ]
    if known:
        return red(name, "\n".join(["some are known", *known]))
    unasked = sum("skip_reason" in one for one in told["dependencies"])
    if unasked:
        why = f"of {len(told['dependencies'])} packages, {unasked} could not be asked about"
        return left_out(name, why, wanted=wanted)
    return green(name, f"none about {len(told['dependencies'])} packages")


def _audit_web(web: Path, *, wanted: bool) -> Told:
    name = "advisories about web"
    told = _json(_run(web, "npm", "audit", "--json", "--package-lock-only").stdout)
    if told is None or "metadata" not in told:
        return left_out(name, "nobody could be asked", wanted=wanted)
    counts = told["metadata"]["vulnerabilities"]
    if counts["high"] or counts["critical"]:
        return red(name, f"{counts['critical']} critical, {counts['high']} high; `npm audit` in web/ names them")
    return green(name, f"none that is high or critical; {counts['total']} below")


def _run(folder: Path, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a tool that lies beside this interpreter, or else on the PATH."""
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        return subprocess.CompletedProcess([program], 127, "", f"{program} is not installed")
    command = [found, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)


def _json(printed: str) -> Any:
    try:
        return json.loads(printed)
    except ValueError:
        return None


def _last_line(printed: str) -> str:
    return (printed.strip().splitlines() or [""])[-1][:200]


def main() -> int:
    """Read the command line, and check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--audit-wanted", action="store_true")
    asked = parser.parse_args()
    return tell(check(asked.root.resolve(), quick=asked.quick, audit_wanted=asked.audit_wanted))


if __name__ == "__main__":
    sys.exit(main())
