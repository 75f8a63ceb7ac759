"""Processes under test: a stack of stand-ins, and a development identity provider."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from nexus.local.live_processes import started_at
from nexus.local.ports import free_port

CLIENT_ID, CLIENT_SECRET = "nexus-development", "a secret of tests"
SCRIPT = Path(__file__).with_name("run_stand_ins.py")
Options = dict[str, object]
SERVERS_OF_THE_CALLER = {
    "NEXUS_DATABASE_URL": "postgresql://nexus_app@db/nexus",
    "NEXUS_SYSTEM_DATABASE_URL": "postgresql://nexus_system@db/nexus",
    "NEXUS_MIGRATION_DATABASE_URL": "postgresql://owner@db/nexus",
    "NEXUS_REDIS_URL": "redis://cache/0",
}


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something becomes true in this time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return true()


def read_or_nothing(path: Path) -> str:
    """A file's text; nothing while there is none."""
    return path.read_text() if path.exists() else ""


def lives(pid: int) -> bool:
    """Whether a process lives; one that nobody has reaped does not."""
    return started_at(pid) is not None


def bare_environment(**settings: str) -> dict[str, str]:
    """This process's environment with no other settings of the product than these."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    return others | settings


class StackProcess:
    """`nexus up` with stand-ins for the API, the workers and the rest; the servers are real."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.options: Options = {
            "data_dir": str(data_dir),
            "api_port": free_port(),
            "idp_port": free_port(),
            "web": False,
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(
        self,
        options: Options | None = None,
        kinds: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[str]":
        """Start it without waiting."""
        command = [sys.executable, str(SCRIPT), json.dumps(self.options | (options or {})), json.dumps(kinds or {})]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=bare_environment(**(settings or {})),
            cwd=self.data_dir,
        )
        self._started.append(process)
        return process

    def start_and_wait(
        self,
        options: Options | None = None,
        kinds: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[str]":
        """Start it and wait until it is up."""
        process = self.start(options, kinds, settings)
        up = eventually(lambda: self._is_up(process.pid) or process.poll() is not None, 30)
        if not up or process.poll() is not None:
            process.kill()
            raise AssertionError(process.communicate()[0])
        return process

    def _is_up(self, pid: int) -> bool:
        return read_or_nothing(self.data_dir / "lock") == str(pid) and (self.data_dir / "run.json").exists()

    def run(self) -> dict[str, object]:
        """What `run.json` says now."""
        read: dict[str, object] = json.loads((self.data_dir / "run.json").read_text())
        return read

    def pids(self) -> dict[str, int]:
        """Every process that `run.json` names, such as `api-0`."""
        named: dict[str, int | list[int] | None] = json.loads((self.data_dir / "run.json").read_text())["pids"]
        flat = {name: pid for name, pid in named.items() if isinstance(pid, int)}
        listed = {name: pids for name, pids in named.items() if isinstance(pids, list)}
        return flat | {f"{name}-{number}": pid for name, pids in listed.items() for number, pid in enumerate(pids)}

    def stop(self, process: "subprocess.Popen[str]", number: signal.Signals = signal.SIGTERM) -> str:
        """Ask it to stop; what it printed."""
        process.send_signal(number)
        return process.communicate(timeout=30)[0]

    def clear_away(self) -> None:
        """End what a test left, and delete the cluster."""
        for process in self._started:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=30)
        shutil.rmtree((self.data_dir / "postgres").resolve(), ignore_errors=True)


class IdentityProvider:
    """The development identity provider, started as the stack starts it."""

    def __init__(self, data_dir: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "nexus.local.identity_provider"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--data-dir", str(data_dir)],
            env=bare_environment(NEXUS_GOOGLE_CLIENT_ID=CLIENT_ID, NEXUS_GOOGLE_CLIENT_SECRET=CLIENT_SECRET),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if not eventually(self._answers, 20):
            raise AssertionError(self.stop())

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/jwks").is_success
        except httpx.TransportError:
            return False

    def stop(self) -> str:
        """Stop it; what it printed."""
        self._process.terminate()
        return self._process.communicate(timeout=10)[0]
