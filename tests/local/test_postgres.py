"""Embedded PostgreSQL: what it keeps, whom it lets in, what it survives."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from nexus.local.errors import LocalError, ServerTooOld
from nexus.local.live_processes import working_in
from nexus.local.postgres import EmbeddedPostgres
from nexus.local.postgres_account import server_account
from nexus.local.postgres_binaries import (
    INSTALLATION,
    NOT_NEEDED_TO_RUN,
    PACKAGE,
    checked_version,
    find_binaries,
    reachable_binaries,
)
from nexus.local.postgres_home import SHARED
from nexus.local.processes import BARE_ENVIRONMENT, run
from tests.local.running import eventually, lives, read_or_nothing


async def ask(server: EmbeddedPostgres, query: str) -> list[str]:
    """The first column of an answer, as text."""
    connection = await asyncpg.connect(server.superuser_url)
    try:
        return [str(row[0]) for row in await connection.fetch(query)]
    finally:
        await connection.close()


def mode(path: Path) -> int:
    """A file's permissions."""
    return path.stat().st_mode & 0o777


async def test_a_second_start_keeps_the_data(postgres: EmbeddedPostgres) -> None:
    await ask(postgres, "CREATE TABLE kept AS SELECT 'written' AS word")

    postgres.stop()
    postgres.start()

    assert await ask(postgres, "SELECT word FROM kept") == ["written"]


async def test_an_acknowledged_commit_survives_kill_9(postgres: EmbeddedPostgres) -> None:
    await ask(postgres, "CREATE TABLE kept AS SELECT 'written' AS word")

    os.kill(postgres.pid, signal.SIGKILL)
    postgres.process.wait()
    postgres.start()

    assert await ask(postgres, "SELECT word FROM kept") == ["written"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("server_encoding", "UTF8"),
        ("max_connections", "200"),
    ],
)
async def test_the_server_is_set_up_for_safety(setting: str, value: str, running: EmbeddedPostgres) -> None:
    assert await ask(running, f"SHOW {setting}") == [value]


async def test_text_is_ordered_by_its_bytes_on_every_machine(running: EmbeddedPostgres) -> None:
    assert await ask(running, "SELECT datcollate FROM pg_database WHERE datname = 'nexus'") == ["C"]


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedPostgres]:
    """One server for the tests that only look."""
    with tempfile.TemporaryDirectory(prefix="nexus-test-") as folder:
        server = EmbeddedPostgres(Path(folder), Path(folder, "logs"))
        server.start()
        yield server
        server.destroy()


async def test_a_wrong_password_is_refused(running: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(running.url("postgres", "guessed"))


async def test_every_door_asks_for_a_scram_password(running: EmbeddedPostgres) -> None:
    assert set(await ask(running, "SELECT auth_method FROM pg_hba_file_rules")) == {"scram-sha-256"}


def test_only_the_owner_may_look_into_the_cluster_and_the_secrets(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    modes = [mode(data_dir / "postgres"), mode(data_dir / "postgres" / "data"), mode(data_dir / "secrets.json")]

    assert modes == [0o700, 0o700, 0o600]
    assert postgres.passwords.postgres not in str(postgres.process.args)


def test_its_log_is_json_lines_in_the_log_folder(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.stop()

    logs = [path.read_text().splitlines() for path in (data_dir / "logs").iterdir()]

    messages = [json.loads(line).get("message", "") for lines in logs for line in lines]
    assert "database system is shut down" in messages


def test_below_a_folder_that_others_may_not_enter_it_runs_and_widens_nothing(data_dir: Path) -> None:
    inner = data_dir / "private" / "stack"
    inner.mkdir(parents=True, mode=0o700)
    server = EmbeddedPostgres(inner, inner / "logs")

    server.start()

    assert [mode(folder) for folder in (data_dir, inner)] == [0o700, 0o700]
    assert (inner / "postgres" / "data" / "PG_VERSION").read_text().strip() == "18"
    server.destroy()


def test_a_cluster_whose_data_directory_was_deleted_is_removed(data_dir: Path) -> None:
    first = EmbeddedPostgres(data_dir / "first", data_dir / "logs")
    first.start()
    first.stop()
    home = (data_dir / "first" / "postgres").resolve()
    shutil.rmtree(data_dir / "first")

    second = EmbeddedPostgres(data_dir / "second", data_dir / "logs")
    second.start()

    second.destroy()
    assert not home.exists()


def test_a_server_that_a_killed_supervisor_left_behind_makes_way(postgres: EmbeddedPostgres, data_dir: Path) -> None:
    postgres.stop()
    left = start_without_a_supervisor(data_dir)
    again = EmbeddedPostgres(data_dir, data_dir / "logs")

    again.start()

    assert left.wait(10) == 0
    assert working_in((data_dir / "postgres" / "data").resolve(), "postgres")[0] == again.pid
    again.stop()


def start_without_a_supervisor(data_dir: Path) -> "subprocess.Popen[bytes]":
    """A server on the cluster of a data directory that nobody looks after."""
    data = (data_dir / "postgres" / "data").resolve()
    account = server_account()
    binaries = find_binaries(account, SHARED)
    options = ["-c", "port=32123", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    server = subprocess.Popen(
        [binaries.path("postgres"), "-D", str(data), *options],
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        stderr=subprocess.DEVNULL,
        env=BARE_ENVIRONMENT,
        cwd="/",
    )
    assert eventually(lambda: "ready" in read_or_nothing(data / "postmaster.pid"))
    return server


def test_it_ends_when_the_process_that_started_it_is_killed(data_dir: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from nexus.local.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]), Path(sys.argv[1], 'logs')); server.start()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        pid = int(starter.stdout.readline()) if starter.stdout else 0
        starter.kill()

    assert sys.platform != "linux" or eventually(lambda: not lives(pid))
    again = EmbeddedPostgres(data_dir, data_dir / "logs")
    again.start()
    again.destroy()


def test_a_cluster_without_its_secrets_is_an_error_that_says_what_to_do(
    postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    postgres.stop()
    (data_dir / "secrets.json").rename(data_dir / "away.json")

    with pytest.raises(LocalError, match="Put the file back") as refused:
        EmbeddedPostgres(data_dir, data_dir / "logs")

    assert "secrets.json is missing" in refused.value.problem


@pytest.mark.parametrize("told", ["postgres (PostgreSQL) 18.3", "postgres (PostgreSQL) 17.10", "something else"])
def test_a_server_below_the_version_floor_is_refused(told: str) -> None:
    with pytest.raises(ServerTooOld) as refused:
        checked_version(told)

    assert refused.value.floor == "18.4"


@pytest.mark.parametrize(
    ("told", "version"), [("postgres (PostgreSQL) 18.4", "18.4"), ("postgres (PostgreSQL) 19.0 (Debian)", "19.0")]
)
def test_a_server_at_the_version_floor_is_accepted(told: str, version: str) -> None:
    assert checked_version(told) == version


def test_programs_that_the_server_user_cannot_reach_are_copied_to_where_it_can(
    data_dir: Path, world_readable: Path
) -> None:
    package = copied_package(data_dir)
    account = server_account()

    binaries = reachable_binaries(package, account, world_readable)

    assert (binaries.folder.is_relative_to(data_dir), mode(data_dir)) == (account is None, 0o700)
    made = world_readable / "cluster"
    made.mkdir()
    if account:
        os.chown(made, account.uid, account.gid)
    done = run([binaries.path("initdb"), "--no-sync", "-D", str(made)], account)
    assert (done.returncode, "Success" in done.stdout) == (0, True)
    assert reachable_binaries(package, account, world_readable) == binaries


def copied_package(folder: Path) -> Path:
    """The wheel's files once more, in another folder."""
    installed = find_binaries(None, SHARED).folder.parents[1]
    shutil.copytree(installed / INSTALLATION, folder / PACKAGE / INSTALLATION, ignore=NOT_NEEDED_TO_RUN)
    if (libraries := installed.parent / f"{PACKAGE}.libs").is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / PACKAGE


@pytest.fixture
def world_readable() -> Iterator[Path]:
    """A folder that everybody may enter, as `/var/lib/nexus` is."""
    with tempfile.TemporaryDirectory(prefix="nexus-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
