"""
Whether the API as it is now keeps what its released versions promised. `python -m tests.architecture.released` says it.

Each document in docs/openapi/ is compared with every one that was ever committed under its name: a break that crept in
three commits ago is as much of a break as one of today. What was decided with open eyes stands in accepted-breaks.json,
with its reason.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.architecture.breaking_changes import find
from tests.house import ROOT

DOCUMENTS = Path("docs/openapi")
ACCEPTED = "accepted-breaks.json"


class CannotCompare(Exception):
    """Git does not say what was committed."""


def breaks(folder: Path = ROOT) -> list[str]:
    """Every break of a released version that nobody accepted, once."""
    accepted = _accepted(folder)
    found = {
        f"{name}: {one}"
        for name, before in committed(folder)
        for one in find(before, _present(folder, name))
        if (name, one) not in accepted
    }
    return sorted(found)


def committed(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every document that was ever committed, with its version."""
    if _git(folder, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise CannotCompare("The history is cut off here. Fetch all of it: git fetch --unshallow")
    paths = {path for path in _git(folder, "log", "--format=", "--name-only", "--", str(DOCUMENTS)).split() if path}
    for path in sorted(path for path in paths if Path(path).stem[1:].isdigit()):
        for commit in _git(folder, "log", "--format=%H", "--diff-filter=AM", "--", path).split():
            yield Path(path).stem, json.loads(_git(folder, "show", f"{commit}:{path}"))


def _present(folder: Path, name: str) -> dict[str, Any]:
    file = folder / DOCUMENTS / f"{name}.json"
    present: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"paths": {}}
    return present


def _accepted(folder: Path) -> set[tuple[str, str]]:
    file = folder / DOCUMENTS / ACCEPTED
    entries = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return {(entry["version"], entry["break"]) for entry in entries if entry["why"].strip()}


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S607 - the git on the PATH
    if done.returncode:
        raise CannotCompare(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def main() -> int:
    """Print each break; status 1 if there is one, or if nobody can say."""
    try:
        found = breaks()
    except CannotCompare as why:
        found = [str(why)]
    sys.stdout.writelines(f"{one}\n" for one in found)
    if found:
        sys.stdout.write("A released version promises more than this. docs/api-versioning.md says what can be done.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
