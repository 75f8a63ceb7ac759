"""
The system user that PostgreSQL runs as when we are root, which it refuses to be run by.

No folder's permissions are ever widened for it: what it cannot reach is put where it can.
"""

import os
import pwd
import shutil
from pathlib import Path

from nexus.local.processes import Account, run

USER = "nexus-postgres"
LAST_RESORT = "nobody"


def server_account() -> Account | None:
    """Who the server runs as: None for the caller itself, which is not root then."""
    if os.geteuid() != 0:
        return None
    entry = _find(USER) or _create() or pwd.getpwnam(LAST_RESORT)
    return Account(entry.pw_uid, entry.pw_gid)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd | None:
    """Create the system user; None where the system has no way, or another process was first and failed."""
    useradd = shutil.which("useradd")
    if useradd is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    run([useradd, *options, "--shell", "/usr/sbin/nologin", USER])
    return _find(USER)


def can_enter(account: Account, folder: Path) -> bool:
    """Whether a user may go through a folder and everything above it."""
    folder = folder.resolve()
    return all(_may_enter(account, one) for one in (folder, *folder.parents))


def _may_enter(account: Account, folder: Path) -> bool:
    state = folder.stat()
    if state.st_uid == account.uid:
        return bool(state.st_mode & 0o100)
    if state.st_gid == account.gid:
        return bool(state.st_mode & 0o010)
    return bool(state.st_mode & 0o001)
