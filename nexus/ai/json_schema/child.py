"""One child process that judges schemas, started when it is needed, and again after it ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import nexus

START_SECONDS = 60.0  # a busy machine may take long to load a few libraries
WALL_SECONDS = 15.0  # the child bounds the time that it computes; this is for one that does not get to compute
MAX_REQUESTS = 500  # then a new one begins with fresh memory
INHERITED = ("PATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")


class ChildEnded(Exception):
    """The child ended before it answered: it was not able to do so within its bounds."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Child:
    """Used by one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0

    def ask(self, line: bytes) -> bytes:
        """Send a request, and return the line that answers it. Raises ChildEnded."""
        if self._answered >= MAX_REQUESTS:
            self.close()
        process = self._process or self._start()
        answer = _exchange(process, line, WALL_SECONDS)
        if not answer.endswith(b"\n"):
            raise ChildEnded(self.close())
        self._answered += 1
        return answer

    def close(self) -> str:
        """End the process, and return how it ended."""
        process, self._process, self._answered = self._process, None, 0
        if process is None:
            return "not started"
        if process.stdin is not None:
            process.stdin.close()
        process.kill()
        code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        return signal.Signals(-code).name if code < 0 else str(code)

    def _start(self) -> "subprocess.Popen[bytes]":
        """Start it without the secrets of this process's environment."""
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment["PYTHONPATH"] = str(Path(nexus.__file__).parent.parent)
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-m", f"{__package__}.process"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if not _exchange(self._process, b"", START_SECONDS):
            raise ChildEnded(self.close())
        return self._process


def _exchange(process: "subprocess.Popen[bytes]", line: bytes, seconds: float) -> bytes:
    """Write a line and read one; nothing comes from a process that ended, or is killed after so many seconds."""
    if process.stdin is None or process.stdout is None:
        return b""
    killer = Timer(seconds, process.kill)
    killer.daemon = True
    killer.start()
    try:
        process.stdin.write(line)
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return b""
    finally:
        killer.cancel()
