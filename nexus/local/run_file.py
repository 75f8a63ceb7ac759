"""
`<data-dir>/run.json`: what runs, where, and under which process ids. `environment.json` beside it holds the settings
that the children were given. Both hold secrets, have mode 0600, and exist only while the stack runs.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nexus.local.errors import DataDirTaken, StackNotRunning
from nexus.local.private_files import make_private_folder, write_private

RUN, ENVIRONMENT, LOCK = "run.json", "environment.json", "lock"
LOCK_ATTEMPTS, LOCK_PAUSE_SECONDS = 10, 0.05  # a command that looks at the lock holds it for an instant

Pids = dict[str, int | list[int] | None]


@dataclass(frozen=True)
class Run:
    """The contents of `run.json`, as the contract has them."""

    api: list[str]
    web: str | None
    idp: str | None
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    pids: Pids
    log_dir: str


@dataclass(frozen=True)
class RunningStack:
    """A stack that runs now. `environment` holds the NEXUS_* settings that its children have."""

    run: Run
    environment: dict[str, str] = field(repr=False)

    @property
    def api(self) -> str:
        """The address of the first API process."""
        return self.run.api[0]

    @property
    def idp(self) -> str | None:
        """The address of the development identity provider, if the stack runs one."""
        return self.run.idp


def find_stack(data_dir: Path) -> RunningStack:
    """Find the stack that runs on a data directory. Raise StackNotRunning if there is none."""
    try:
        run = json.loads((data_dir / RUN).read_text(encoding="utf-8"))
        environment = json.loads((data_dir / ENVIRONMENT).read_text(encoding="utf-8"))
        lives = _is_locked(data_dir / LOCK)
    except (OSError, ValueError):
        lives = False
    if not lives:
        raise StackNotRunning(
            f"No stack runs on {data_dir}.",
            "Start one with `nexus up`, name its folder in NEXUS_DATA_DIR, or set the database settings.",
        )
    return RunningStack(Run(**run), environment)


def write_run(data_dir: Path, run: Run, environment: Mapping[str, str]) -> None:
    """Tell others what runs now."""
    write_private(data_dir / ENVIRONMENT, json.dumps(dict(environment), indent=2))
    write_private(data_dir / RUN, json.dumps(asdict(run), indent=2))


def remove_run(data_dir: Path) -> None:
    """Nothing runs any more."""
    for name in (RUN, ENVIRONMENT):
        (data_dir / name).unlink(missing_ok=True)


@contextmanager
def only_stack_on(data_dir: Path) -> Iterator[None]:
    """Be the only stack on a data directory, which is made if need be. Raise DataDirTaken if another one lives."""
    make_private_folder(data_dir)
    handle = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, data_dir)
        remove_run(data_dir)  # a killed one's, before anybody can take it for ours
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def _lock(handle: int, data_dir: Path) -> None:
    for _ in range(LOCK_ATTEMPTS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return
    holder = os.pread(handle, 20, 0).decode() or "unknown"
    raise DataDirTaken(
        f"Another stack (pid {holder}) lives on {data_dir}.",
        f"Stop it with `kill {holder}`, or choose another folder with --data-dir.",
    )


def _is_locked(path: Path) -> bool:
    """Whether a stack holds the lock."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
