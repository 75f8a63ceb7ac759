"""A stack of its own for a chaos run: two API processes and three workers, on free ports, with a short patience."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from nexus.local.ports import free_port, is_free
from nexus.local.processes import spawn
from tests.chaos.processes import CALLS
from tests.house import ROOT, clean_environment

UP_SECONDS = 60
TRACEBACK = '"line": "Traceback'
WORDS = re.compile(r'"line": "(.*)"')
LONGEST_TRACE = 60  # lines
LEASE_SECONDS, SWEEP_SECONDS = 3.0, 1.0
TIMING = {
    "NEXUS_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
    "NEXUS_JOB_HEARTBEAT_SECONDS": "1",
    "NEXUS_SWEEP_SECONDS": str(SWEEP_SECONDS),
    "NEXUS_JOB_RETRY_SECONDS": "0.5",
    "NEXUS_JOB_DEADLINE_SECONDS": "60",
    "NEXUS_RATE_LIMIT": "1000000000",
    "NEXUS_WEBHOOK_RETRY_SECONDS": "0.3,0.6,1.2",
}


@dataclass(frozen=True)
class Stack:
    """A running stack."""

    folder: Path

    @property
    def run(self) -> dict[str, Any]:
        """What `run.json` says now. It is rewritten when a child is replaced."""
        found: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return found

    @property
    def environment(self) -> dict[str, str]:
        """The settings that the children have."""
        found: dict[str, str] = json.loads((self.folder / "environment.json").read_text())
        return found

    def pids(self, kind: str) -> list[int]:
        """The processes of a kind, in the order of their numbers."""
        found = self.run["pids"][kind]
        return list(found) if isinstance(found, list) else [found]

    def traces(self) -> Iterator[str]:
        """What Python said, in the logs, of errors that nobody caught, or that nobody expected."""
        for path in sorted((self.folder / "logs").glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()
            for number, line in enumerate(lines):
                if '"exception":' in line:
                    yield f"{path.stem}: {line}"
                elif TRACEBACK in line:
                    words = (WORDS.search(after) for after in lines[number : number + LONGEST_TRACE])
                    yield f"{path.stem}: " + "\n".join(found[1] for found in words if found)


@contextmanager
def running(receiver: str) -> Iterator[Stack]:
    """Start a stack whose webhooks may go to this receiver, and stop it afterwards; nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="nexus-chaos-") as name:
        folder, calls = Path(name, "data"), Path(name, "calls")
        folder.mkdir(mode=0o700)
        calls.mkdir()
        environment = clean_environment() | TIMING | {"PYTHONPATH": str(ROOT), CALLS: str(calls)}
        environment["NEXUS_WEBHOOK_ALLOWED_HOSTS"] = receiver
        command = [sys.executable, "-m", "tests.chaos.processes", "stack", str(folder), *map(str, _ports())]
        with (folder / "console.txt").open("w") as console:
            out = console.fileno()
            process = spawn(command, env=environment, cwd=Path(name), stdout=out, stderr=out)  # ends when we do
        try:
            _wait_until_up(process, folder)
            yield Stack(folder)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(UP_SECONDS)
            shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)


def _ports() -> tuple[int, int]:
    """A port for the API processes, the next one free as well, and one for the identity provider."""
    first = free_port()
    while not is_free(first + 1):
        first = free_port()
    idp = free_port()
    return (first, idp) if idp not in (first, first + 1) else _ports()


def _wait_until_up(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / "run.json").exists() and _answers(folder):
            return
        time.sleep(0.05)
    raise RuntimeError((folder / "console.txt").read_text())


def _answers(folder: Path) -> bool:
    with suppress(httpx.TransportError):
        return all(httpx.get(f"{url}/health", trust_env=False).is_success for url in Stack(folder).run["api"])
    return False


def lives(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
