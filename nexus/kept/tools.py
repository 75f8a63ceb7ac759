"""
PostgreSQL's own programs: those of the embedded server's wheel, else those on the PATH.

`pg_dump` reads servers of its own major version and older, never newer ones. A password goes to them in their
environment and never on a command line, where everybody on the machine could read it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nexus.database_address import DatabaseAddress
from nexus.kept.errors import CannotKeep
from nexus.local.postgres_binaries import folder_of_the_wheel

PROGRAMS = ("pg_dump", "pg_restore", "psql")
VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
NOWHERE = "/nonexistent"
BARE = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
VERSION_SECONDS = 20


@dataclass(frozen=True)
class Tools:
    """Programs that fit together, and their major version."""

    folder: Path
    major: int

    def path(self, program: str) -> str:
        """Where a program lies."""
        return str(self.folder / program)


def find_tools(server_major: int, *, encrypted: bool = False) -> Tools:
    """Programs that a server of this major version can be kept with, over TLS if `encrypted`. Raises CannotKeep."""
    found = list(_found())
    new_enough = [tools for tools in found if tools.major >= server_major]
    for tools in new_enough:
        if not encrypted or can_encrypt(tools):
            return tools
    there = f"those found are of {' and '.join(str(one.major) for one in found)}" if found else "none were found"
    if new_enough:
        there = "those found cannot encrypt a connection, as sslmode asks"
    raise CannotKeep(
        f"{', '.join(PROGRAMS)} of PostgreSQL {server_major} or later are needed, and {there}. Install"
        f"{'' if new_enough else ' the `local` extra, which brings them, or'} your system's package (on Debian"
        f" postgresql-client-{server_major})."
    )


def environment_for(address: DatabaseAddress) -> dict[str, str]:
    """What the programs need to know, and nothing of ours besides: libpq's own variables, as the driver reads them."""
    of_libpq = {name: value for name, value in os.environ.items() if name.startswith("PG") or name == "HOME"}
    seconds = str(address.connect_seconds)
    bare = {**of_libpq, **BARE, "PGAPPNAME": "nexus", "PGCONNECT_TIMEOUT": seconds}
    return bare | ({"PGPASSWORD": address.password} if address.password else {})


def last_words(said: bytes) -> str:
    """What a program said at last."""
    return " / ".join(said.decode(errors="replace").strip().splitlines()[-3:]) or "it said nothing"


def _found() -> Iterator[Tools]:
    on_path = shutil.which(PROGRAMS[0])
    folders = [folder_of_the_wheel(), None if on_path is None else Path(on_path).parent]
    for folder in folders:
        major = None if folder is None else _major_of(folder)
        if folder is not None and major is not None:
            yield Tools(folder, major)


def can_encrypt(tools: Tools) -> bool:
    """Whether these programs were built with TLS: libpq says so before it looks for a server."""
    nowhere = f"--dbname=postgresql://?sslmode=require&host={NOWHERE}"
    asked = [tools.path("psql"), "--no-psqlrc", "--no-password", nowhere, "--command=SELECT 1"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=VERSION_SECONDS, env=BARE)
    except (OSError, subprocess.SubprocessError):
        return False
    return "SSL support is not compiled in" not in told.stderr


def _major_of(folder: Path) -> int | None:
    """The version of the programs in a folder; None unless all are there and run."""
    if not all((folder / program).exists() for program in PROGRAMS):
        return None
    try:
        told = subprocess.run(
            [folder / PROGRAMS[0], "--version"], capture_output=True, text=True, check=False, timeout=VERSION_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = VERSION.search(told.stdout)
    return None if found is None else int(found[1])
