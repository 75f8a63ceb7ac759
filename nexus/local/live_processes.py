"""What runs on this machine, as far as the system tells: the one place that knows psutil."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

POLL_SECONDS = 0.02


def holder_of(port: int) -> str | None:
    """Name the process that listens on a TCP port, such as `redis-server (pid 7)`; None if the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return None
    for one in connections:
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
            return f"{_name_of(one.pid)} (pid {one.pid})"
    return None


def _name_of(pid: int) -> str:
    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return "a process"


def started_at(pid: int) -> float | None:
    """When a process started, in seconds since 1970; None if there is none. With it a number is never mistaken."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None


def working_in(folder: Path, name: str) -> list[int]:
    """The numbers of the processes of this name whose working directory is the folder, parents first."""
    found = [one for one in psutil.process_iter() if _works_in(one, folder, name)]
    return [one.pid for one in sorted(found, key=lambda one: one.create_time())]


def _works_in(process: psutil.Process, folder: Path, name: str) -> bool:
    try:
        return bool(process.name() == name and process.cwd() == str(folder))
    except psutil.Error:
        return False


def end(pids: Iterable[int], number: signal.Signals, seconds: float) -> list[int]:
    """Send a signal to processes and wait; the numbers of those that still live after these seconds."""
    started = {pid: at for pid in pids if (at := started_at(pid)) is not None}
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    deadline = time.monotonic() + seconds
    # A process that nobody has reaped has ended all the same, and would be waited for in vain.
    while (left := [pid for pid, at in started.items() if started_at(pid) == at]) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return left
