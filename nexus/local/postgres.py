"""
PostgreSQL 18 from a wheel, started by ourselves: loopback only, passwords only, nothing that a crash could lose.

The cluster appears whole or not at all: it is made beside its place, with the database `nexus` in it, and renamed.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from nexus.local import postgres_home
from nexus.local.errors import LocalError
from nexus.local.output import OutputReader, Tail, rotate
from nexus.local.passwords import Passwords
from nexus.local.ports import LOOPBACK, free_port
from nexus.local.postgres_account import server_account
from nexus.local.postgres_binaries import Binaries, find_binaries
from nexus.local.postgres_home import Home, find_home, shared_folder, take_down_servers
from nexus.local.processes import BARE_ENVIRONMENT, Account, run, spawn, stop

SUPERUSER = "postgres"
DATABASE = "nexus"
POLL_SECONDS = 0.02
READY_WITHIN_SECONDS = 60
READY_LINE = 7  # of postmaster.pid, counted from 0: the line that pg_ctl waits for


class EmbeddedPostgres:
    """A server for one data directory. Start it from a thread that lives as long as it shall."""

    name = "postgres"
    stop_signal = signal.SIGINT
    kill_signal = signal.SIGQUIT  # its own processes end with it, and nothing is lost

    def __init__(self, data_dir: Path, log_dir: Path) -> None:
        self._data_dir = data_dir.absolute()
        self._log_dir = log_dir.absolute()
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._output: OutputReader | None = None
        self._home: Home | None = None
        self._tails: tuple[Tail, ...] = ()
        self.version = ""
        self.passwords = Passwords.of(self._data_dir)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's process; it may have ended."""
        if self._process is None:
            raise LocalError("PostgreSQL was not started.", "Call start() first.")
        return self._process

    @property
    def port(self) -> int:
        """Where it listens on loopback; chosen at the first start and kept for this object's life."""
        if self._port is None:
            self._port = free_port()
        return self._port

    @property
    def log(self) -> Path:
        """The server's own log, JSON lines."""
        return self._log_dir / "postgres.json"

    @property
    def start_log(self) -> Path:
        """What the server prints before its own log is open, JSON lines."""
        return self._log_dir / "postgres-start.log"

    @property
    def superuser_url(self) -> str:
        """The superuser's door to the database `nexus`."""
        return self.url(SUPERUSER, self.passwords.postgres)

    def url(self, user: str, password: str, database: str = DATABASE) -> str:
        """A user's door to a database; the password must be URL-safe."""
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it accepts connections. Raise LocalError if it does not."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the server without waiting; at the first start, make the cluster."""
        account = server_account()
        binaries = find_binaries(account, postgres_home.SHARED if account is None else shared_folder())
        home = find_home(self._data_dir, account)
        take_down_servers(home.data)
        self._link_log(home)
        self._tails = (Tail(self.start_log), Tail(self.log))
        if not home.data.exists():
            _create_cluster(home, binaries, account, self.passwords.postgres)
        command = [binaries.path("postgres"), "-D", str(home.data), *self._options(home)]
        process = spawn(command, account=account, death_signal=self.stop_signal, env=BARE_ENVIRONMENT, cwd=Path("/"))
        self.version, self._home, self._process = binaries.version, home, process
        if process.stdout is not None:
            self._output = OutputReader("postgres", process.stdout, self.start_log, _startup_line)

    def wait_until_ready(self, seconds: float = READY_WITHIN_SECONDS) -> None:
        """Wait until the server accepts connections. Raise LocalError, with what it said, if it does not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.is_ready():
                return
            time.sleep(POLL_SECONDS)
        self.stop()
        raise LocalError("PostgreSQL did not start.", "Read its log.", self.last_words(), self.log)

    def last_words(self) -> list[str]:
        """What it said last, since it was started."""
        return [line for tail in self._tails for line in tail.lines(3)]

    def is_ready(self) -> bool:
        """Whether the server says that it accepts connections."""
        if self._home is None:
            return False
        try:
            lines = (self._home.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > READY_LINE and lines[0] == str(self.pid) and lines[READY_LINE].strip() == "ready"

    def stop(self, seconds: float = 10) -> None:
        """Shut the server down in order; after these seconds, at once. Safe when it was not started."""
        if self._process is not None:
            stop(self._process, (self.stop_signal, seconds), (self.kill_signal, 3))
        self.close()

    def close(self) -> None:
        """Finish its log. Call it when the process has ended."""
        if self._output is not None:
            self._output.close()

    def destroy(self) -> None:
        """Stop the server and delete the cluster with everything in it."""
        self.stop(seconds=3)
        if self._home is not None:
            shutil.rmtree(self._home.folder, ignore_errors=True)
        link = self._data_dir / postgres_home.LINK
        if link.is_symlink():
            link.unlink()

    def _link_log(self, home: Home) -> None:
        """Show the server's log in the log folder, which the server's own user may be unable to enter."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        target = home.logs / self.log.name
        rotate(target)
        if not (self.log.is_symlink() and self.log.readlink() == target):
            self.log.unlink(missing_ok=True)
            self.log.symlink_to(target)

    def _options(self, home: Home) -> list[str]:
        """Settings of every start, whatever the cluster's own file says."""
        settings = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "password_encryption": "scram-sha-256",  # pragma: allowlist secret
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "on",
            "log_destination": "jsonlog",
            "log_directory": home.logs,
            "log_filename": "postgres.log",  # the server writes JSON beside it, to postgres.json
            "log_rotation_age": 0,
            "log_rotation_size": 0,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _startup_line(text: str) -> dict[str, object]:
    """Read what the server prints before its log is open, such as `2026-01-31 10:00:00.000 UTC [7] LOG:  text`."""
    level = "error" if "FATAL:" in text or "PANIC:" in text or "ERROR:" in text else "info"
    return {"level": level, "event": "postgres.output", "line": text}


def _create_cluster(home: Home, binaries: Binaries, account: Account | None, password: str) -> None:
    """Make the cluster and its database beside their place, then put them there in one step."""
    building = home.folder / "data.new"
    shutil.rmtree(building, ignore_errors=True)
    password_file = home.folder / "password"
    _hand_over(password_file, password, account)
    initdb = [
        *(binaries.path("initdb"), "-D", str(building), "-U", SUPERUSER, f"--pwfile={password_file}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--data-checksums", "--no-instructions"),
    ]
    try:
        _run(initdb, account)
        single = [binaries.path("postgres"), "--single", "-j", "-D", str(building), "template1"]
        _run(single, account, said=f"CREATE DATABASE {DATABASE}\n")
        building.rename(home.data)
    finally:
        password_file.unlink(missing_ok=True)
        shutil.rmtree(building, ignore_errors=True)


def _hand_over(path: Path, text: str, account: Account | None) -> None:
    """Write a secret that only the server's user may read."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        if account is not None:
            os.fchown(handle, account.uid, account.gid)


def _run(command: list[str], account: Account | None, said: str = "") -> None:
    """Run one of PostgreSQL's programs to its end as the server's user. Raise LocalError with what it printed."""
    done = run(command, account, said)
    if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
        told = " / ".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-3:])
        raise LocalError(f"{Path(command[0]).name} failed: {told}", "Make room on the disk, and start again.")
