"""PgBouncer in transaction mode, in front of the server of a test run."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nexus.local.ports import LOOPBACK, free_port, is_free
from nexus.local.postgres_account import server_account
from nexus.local.processes import BARE_ENVIRONMENT, spawn, stop

THROUGH = "NEXUS_TESTS_THROUGH_PGBOUNCER"
POOLED = ("NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL")
UNPREPARED = "prepared_statements=off"
MISSING = "pgbouncer is not on the PATH. Install it (on Debian: apt-get install pgbouncer), or leave this out."
PREPARES_SINCE = (1, 21)
CONNECTIONS = 6  # to the server, for each database and role: fewer than the tests have, so that they change hands
READY_SECONDS = 20.0

CONFIGURATION = """
[databases]
* = host={host} port={server}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 1000
server_idle_timeout = 10
server_login_retry = 0.5
logfile = {folder}/pgbouncer.log
{prepared}
"""


def program() -> str | None:
    """Where PgBouncer lies; Debian puts it where a user's PATH may not lead."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


def version_of(path: str) -> tuple[int, int]:
    """Its version, such as (1, 18)."""
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"PgBouncer (\d+)\.(\d+)", told)
    assert found is not None, told
    return int(found[1]), int(found[2])


@contextmanager
def pooled(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The same settings, with both roles' doors led through a pooler; a migrator's stays as it is."""
    path = program()
    assert path is not None, MISSING
    prepares = version_of(path) >= PREPARES_SINCE
    addresses = [urlsplit(environment[name]) for name in POOLED]
    folder, port, account = Path(tempfile.mkdtemp(prefix="nexus-pooler-")), free_port(), server_account()
    users = [f'"{one.username}" "{unquote(one.password or "")}"\n' for one in addresses]
    (folder / "users").write_text("".join(users))
    (folder / "pgbouncer.ini").write_text(
        CONFIGURATION.format(
            host=LOOPBACK,
            server=addresses[0].port,
            port=port,
            folder=folder,
            connections=CONNECTIONS,
            prepared="max_prepared_statements = 200" if prepares else "",
        )
    )
    if account is not None:
        for one in (folder, *folder.iterdir()):
            os.chown(one, account.uid, account.gid)
    command = [path, "--quiet", str(folder / "pgbouncer.ini")]
    process = spawn(command, account=account, env=BARE_ENVIRONMENT, cwd=Path("/"), stdout=subprocess.DEVNULL)
    try:
        _await(process, port, folder)
        moved = {name: _moved(environment[name], port, prepares=prepares) for name in POOLED}
        yield dict(environment) | moved
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _moved(url: str, port: int, *, prepares: bool) -> str:
    address = urlsplit(url)
    place = f"{address.netloc.rpartition(':')[0]}:{port}"
    return address._replace(netloc=place, query="" if prepares else UNPREPARED).geturl()


def _await(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    last = time.monotonic() + READY_SECONDS
    while is_free(port):
        log = folder / "pgbouncer.log"
        said = log.read_text() if log.exists() else ""
        assert process.poll() is None, f"pgbouncer ended: {said}"
        assert time.monotonic() < last, f"pgbouncer does not listen: {said}"
        time.sleep(0.05)
