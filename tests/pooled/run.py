"""
`make pgbouncer`: the tests that speak to the database, through PgBouncer in transaction mode.

Arguments are handed to pytest; without any, the folders of money, isolation, jobs and accounts, and what else speaks to
the database, are run.
"""

import os
import shutil
import subprocess
import sys

from tests.house import ROOT
from tests.pooled.pooler import MISSING, THROUGH, program, version_of

FOLDERS = ("core", "credits", "payments", "isolation", "jobs", "accounts", "audit", "limits", "webhooks", "pooled")
INSTALL = ("apt-get", "install", "--yes", "--quiet", "--quiet", "pgbouncer")
INSTALL_SECONDS = 300


def main(arguments: list[str]) -> int:
    """Run them; PgBouncer is installed first where that can be done."""
    if program() is None:
        _install()
    path = program()
    if path is None:
        print(MISSING, file=sys.stderr)  # noqa: T201 - it says why it does nothing
        return 1
    major, minor = version_of(path)
    print(f"PgBouncer {major}.{minor} in transaction mode: {path}", flush=True)  # noqa: T201 - it says what it does
    command = [sys.executable, "-m", "pytest", *(arguments or [f"tests/{one}" for one in FOLDERS])]
    return subprocess.run(command, env=os.environ | {THROUGH: "1"}, cwd=ROOT, check=False).returncode


def _install() -> None:
    """By the system's package, as root; anybody else is told what is missing."""
    if os.geteuid() == 0 and shutil.which(INSTALL[0]):
        subprocess.run(INSTALL, check=False, timeout=INSTALL_SECONDS, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
