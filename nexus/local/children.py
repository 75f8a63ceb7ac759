"""A child of the stack: something that is launched, becomes ready, is told to stop, and is launched again."""

import http.client
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from nexus.local.errors import LocalError
from nexus.local.output import OutputReader, Tail, open_log
from nexus.local.ports import LOOPBACK
from nexus.local.processes import spawn

ANSWER_SECONDS = 2


class Child(Protocol):
    """What the supervisor needs to know of a child."""

    @property
    def name(self) -> str:
        """The name of its log, such as `api-0`."""
        ...

    @property
    def stop_signal(self) -> signal.Signals:
        """What asks it to end in order."""
        ...

    @property
    def kill_signal(self) -> signal.Signals:
        """What ends it at once, with the least harm."""
        ...

    @property
    def log(self) -> Path:
        """Where it writes JSON lines."""
        ...

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The last process launched; it may have ended."""
        ...

    def launch(self) -> None:
        """Start it, without waiting. Raise LocalError or OSError if that fails."""
        ...

    def is_ready(self) -> bool:
        """Whether it does its work."""
        ...

    def last_words(self) -> list[str]:
        """What it said last, since it was launched."""
        ...

    def close(self) -> None:
        """Finish its log, when it has ended."""
        ...


class Program:
    """A child that logs JSON lines to its standard output by itself; what it says otherwise is made into such lines."""

    stop_signal = signal.SIGTERM
    kill_signal = signal.SIGKILL
    logs_json = True

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log_dir: Path) -> None:
        self.name = name
        self.log = log_dir / f"{name}.log"
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._readers: list[OutputReader] = []
        self._tail = Tail(self.log)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The last process launched; it may have ended."""
        if self._process is None:
            raise LocalError(f"{self.name} was not started.", "Call launch() first.")
        return self._process

    def launch(self) -> None:
        """Start it. Its JSON lines go to the file without passing through us."""
        log = open_log(self.log)
        self._tail = Tail(self.log)
        stdout = log if self.logs_json else subprocess.PIPE
        try:
            self._process = spawn(self._command, env=self._environment, stdout=stdout, stderr=subprocess.PIPE)
        finally:
            os.close(log)
        pipes = ((self._process.stdout, _told), (self._process.stderr, None))
        self._readers = [OutputReader(self.name, pipe, self.log, reader) for pipe, reader in pipes if pipe is not None]

    def is_ready(self) -> bool:
        """Whether it lives: it has no address to ask."""
        return self.process.poll() is None

    def last_words(self) -> list[str]:
        """What it said last, since it was launched."""
        return self._tail.lines()

    def close(self) -> None:
        """Finish its log, when it has ended."""
        for reader in self._readers:
            reader.close()


def _told(line: str) -> dict[str, object]:
    """A line for people, from a program that does not log."""
    return {"level": "info", "event": "process.output", "line": line}


class PlainProgram(Program):
    """A program that tells people what it does."""

    logs_json = False


class WebProgram(Program):
    """A program that answers 200 on a path of loopback when it is ready."""

    def __init__(  # noqa: PLR0913 - a program, and where it answers
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log_dir: Path,
        *,
        port: int,
        path: str,
    ) -> None:
        super().__init__(name, command, environment, log_dir)
        self.port = port
        self._path = path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    def is_ready(self) -> bool:
        """Whether it answers 200."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", self._path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
