"""
The log files of a stack: JSON lines, one file for each process.

What a process writes as JSON is kept as it is; any other line (a traceback before its logging stands, a server
with a format of its own) becomes a JSON line here. Every line is written with one append, so that a process may
append to the same file by itself.
"""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

ROTATE_AT_BYTES = 10 * 1024 * 1024
LONGEST_LINE_BYTES = 64 * 1024

Facts = dict[str, object]
Reader = Callable[[str], Facts | None]


def open_log(path: Path) -> int:
    """Open a log for appending, mode 0600; one that has grown large is put aside as `<name>.1` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rotate(path)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def rotate(path: Path) -> None:
    """Put a log of more than 10 MB aside; the one put aside before is given up."""
    if path.is_file() and path.stat().st_size > ROTATE_AT_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))


def json_line(level: str, event: str, **facts: object) -> bytes:
    """One line of a log."""
    line = {"timestamp": datetime.now(UTC).isoformat(), "level": level, "event": event, **facts}
    return json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n"


class OutputReader:
    """Reads what a process prints, in a thread, until it closes its end, and appends it to a log as JSON lines."""

    def __init__(self, name: str, pipe: IO[bytes], log: Path, read_line: Reader | None = None) -> None:
        """`read_line` understands the process's own format: it gives a line's facts, or None."""
        self._name = name
        self._pipe = pipe
        self._log = open_log(log)
        self._read_line = read_line or (lambda _: None)
        self._thread = threading.Thread(target=self._run, name=f"output-of-{name}", daemon=True)
        self._thread.start()

    def close(self, seconds: float = 2) -> None:
        """Wait until everything that was printed is in the log. Call it when the process has ended."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._pipe:
            while line := self._pipe.readline(LONGEST_LINE_BYTES):
                if text := line.decode(errors="replace").rstrip():
                    os.write(self._log, self._as_json(text))
        os.close(self._log)

    def _as_json(self, text: str) -> bytes:
        if text.startswith("{") and _is_json(text):
            return text.encode() + b"\n"
        facts = self._read_line(text) or {"level": "error", "event": "process.output", "line": text}
        level, event = str(facts.pop("level")), str(facts.pop("event"))
        return json_line(level, event, process=self._name, **facts)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class Tail:
    """What a log says from now on: so that an error shows nothing of an earlier run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = path.stat().st_size if path.exists() else 0

    def lines(self, count: int = 5) -> list[str]:
        """The last lines since then, each in a few words."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(self._start, self.path.stat().st_size - LONGEST_LINE_BYTES))
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return []
        return [words for line in lines[-count:] if (words := _in_words(line))]


def _in_words(line: str) -> str:
    """The part of a JSON line that a person wants to read."""
    try:
        facts = json.loads(line)
    except ValueError:
        return line
    if not isinstance(facts, dict):
        return line
    told = [facts.get(key) for key in ("line", "message", "event", "error", "detail", "exception")]
    return " | ".join(str(part) for part in told if part and part != "process.output")
