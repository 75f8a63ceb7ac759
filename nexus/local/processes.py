"""
Starting and stopping a child process.

A child has a session of its own, so that Ctrl-C in the terminal reaches only its parent, and is tied to the
thread that started it: on Linux it is sent `death_signal` when that thread ends.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SHORT_SECONDS = 120
# No secret of the stack, no PGDATA or PGPORT of the caller.
BARE_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
LIFELINE = Path(__file__).with_name("lifeline.py")


@dataclass(frozen=True)
class Account:
    """A system user, by number."""

    uid: int
    gid: int


def spawn(  # noqa: PLR0913 - the same named choices as subprocess.Popen
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.STDOUT,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command; the process id is the command's own."""
    user = f"{account.uid}:{account.gid}" if account else "-"
    lifeline = [sys.executable, "-I", "-S", str(LIFELINE), str(os.getpid()), str(int(death_signal)), user]
    return subprocess.Popen(
        [*lifeline, *command],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=None if env is None else dict(env),
        cwd=cwd,
        start_new_session=True,
    )


def run(command: Sequence[str], account: Account | None = None, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run a short program to its end, without our environment. Raise OSError or SubprocessError if it cannot run."""
    return subprocess.run(
        command,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=SHORT_SECONDS,
        cwd="/",
        env=BARE_ENVIRONMENT,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn and wait its seconds; SIGKILL to the whole session at last. Safe when it has ended."""
    for number, seconds in steps:
        if process.poll() is not None:
            return
        process.send_signal(number)
        if ended_within(process, seconds):
            return
    kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a child and what it started, at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a process ends in this time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
