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

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log_dir: Path) -> None:
        self.name = name
        self.log = log_dir / f"{name}.log"
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._output: OutputReader | None = None
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
        try:
            self._process = spawn(
                self._command, env=self._environment, stdout=log, stderr=subprocess.PIPE, death_signal=self.stop_signal
            )
        finally:
            os.close(log)
        if self._process.stderr is not None:
            self._output = OutputReader(self.name, self._process.stderr, self.log)

    def is_ready(self) -> bool:
        """Whether it lives: it has no address to ask."""
        return self.process.poll() is None

    def last_words(self) -> list[str]:
        """What it said last, since it was launched."""
        return self._tail.lines()

    def close(self) -> None:
        """Finish its log, when it has ended."""
        if self._output is not None:
            self._output.close()


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
