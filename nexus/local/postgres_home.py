"""
Where a cluster lives: a folder with `data/` and `logs/`, mode 0700, owned by the user that the server runs as.

That is `<data-dir>/postgres`. Where the server's user cannot go through the data directory (it belongs to root and
to nobody else), the folder lives in `/var/lib/nexus` and `<data-dir>/postgres` is a link to it; a file there names
the data directory. Nothing there is ever removed, but for clusters of temporary folders that are gone: a folder that
was moved or restored from a backup must find its data where it left it.
"""

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nexus.local.errors import LocalError
from nexus.local.live_processes import end, working_in
from nexus.local.postgres_account import can_enter
from nexus.local.private_files import OWNER_ONLY_FOLDER
from nexus.local.processes import Account

SHARED = Path("/var/lib/nexus")
LINK = "postgres"
OWNER = "owner"
PID_FILE = "postmaster.pid"
PREFIX = "cluster-"
ANYBODY_MAY_ENTER = 0o755


@dataclass(frozen=True)
class Home:
    """One cluster's folders."""

    folder: Path

    @property
    def data(self) -> Path:
        """The cluster itself; there is none before the first start."""
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        """Where the server writes its log."""
        return self.folder / "logs"


def shared_folder() -> Path:
    """The folder of root that every user may enter, for what cannot lie in a data directory. Only root asks."""
    try:
        SHARED.mkdir(mode=ANYBODY_MAY_ENTER, parents=True, exist_ok=True)
        if SHARED.stat().st_uid != 0:
            raise LocalError(f"{SHARED} does not belong to root.", f"Remove it, or run `chown root {SHARED}`.")
        SHARED.chmod(ANYBODY_MAY_ENTER)
    except OSError as error:
        raise LocalError(
            f"{SHARED} could not be made: {error}.",
            "PostgreSQL refuses to run as root and needs a folder there; run as another user, or make it.",
        ) from error
    return SHARED


def find_home(data_dir: Path, account: Account | None) -> Home:
    """Find a data directory's cluster folder; make it at the first start."""
    link = data_dir.resolve() / LINK
    if account is None:
        return _furnish(link, None)
    with _shared_lock():
        _remove_orphans()
        if link.is_symlink() and not link.exists():
            raise LocalError(
                f"The data of {data_dir} lay in {link.readlink()}, which is gone.",
                f"Bring it back, or remove {link} to begin with an empty platform.",
            )
        if link.is_symlink():
            folder = link.resolve()
        elif link.is_dir() or can_enter(account, data_dir):
            folder = link
        else:
            folder = _allocate(link, account)
        if folder.parent == SHARED:
            _sign(folder, data_dir)
        return _furnish(folder, account)


def _furnish(folder: Path, account: Account | None) -> Home:
    """Make what is missing of a home, with the right owner and mode."""
    home = Home(folder)
    for one in (home.folder, home.logs):
        if not one.is_dir():
            one.mkdir(mode=OWNER_ONLY_FOLDER)
            if account is not None:
                os.chown(one, account.uid, account.gid)
    return home


def _allocate(link: Path, account: Account) -> Path:
    """Make a folder outside of the data directory, and link to it."""
    link.unlink(missing_ok=True)
    folder = Path(tempfile.mkdtemp(dir=SHARED, prefix=PREFIX))
    os.chown(folder, account.uid, account.gid)
    link.symlink_to(folder)
    return folder


def _sign(folder: Path, data_dir: Path) -> None:
    """Name the data directory that a shared folder belongs to; it may have been moved since the last start."""
    path = folder / OWNER
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(str(data_dir.resolve()))


@contextmanager
def _shared_lock() -> Iterator[None]:
    """Let one start at a time look at the shared folder, so that nobody removes what another is making."""
    handle = os.open(shared_folder() / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_orphans() -> None:
    """Remove the folders whose data directory was a temporary one and is gone, and that no server uses."""
    for folder in SHARED.glob(f"{PREFIX}*"):
        if _was_temporary(folder) and not servers_on(folder / "data"):
            shutil.rmtree(folder, ignore_errors=True)


def _was_temporary(folder: Path) -> bool:
    """Whether the data directory that a folder names lay among the system's temporary files, and is gone."""
    try:
        data_dir = Path((folder / OWNER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return data_dir.is_relative_to(Path(tempfile.gettempdir()).resolve()) and not data_dir.exists()


def servers_on(data: Path) -> list[int]:
    """The processes of a server that work in a cluster, the main one first, whoever started it."""
    return working_in(data, "postgres") if (data / PID_FILE).exists() else []


def take_down_servers(data: Path) -> None:
    """End a server that a killed supervisor left behind, so that a new one may start on the cluster."""
    left = servers_on(data)
    if left and left[0] == _recorded_pid(data):
        end(left[:1], signal.SIGINT, seconds=10)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if left := servers_on(data):
            end(left, number, seconds=3)
    # PostgreSQL takes any process with the old number for the old server, which nobody is now.
    (data / PID_FILE).unlink(missing_ok=True)


def _recorded_pid(data: Path) -> int | None:
    """The main process's number as the server wrote it down."""
    try:
        return int((data / PID_FILE).read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return None
