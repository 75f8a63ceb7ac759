"""A database address works as libpq would have it, for every command, or one sentence says what to write."""

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from sqlalchemy import text

from nexus.core.connections import connect, connect_problem
from nexus.core.db import Database
from nexus.database_address import InvalidDatabaseAddress, read_database_address
from nexus.kept.tools import can_encrypt, find_tools
from nexus.local.ports import free_port
from tests.core.postgres_front import make_certificate, open_front
from tests.house import Servers, nexus, run_servers

URLS = ("NEXUS_MIGRATION_DATABASE_URL", "NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL")
ODD_PASSWORD = "p@ss:w/rd?#%& +ü"
MANAGED = "sslmode=prefer&channel_binding=prefer&gssencmode=disable&connect_timeout=10&application_name=a%20name"

READ: list[tuple[str, dict[str, str], str | None]] = [
    (
        "postgresql://nexus_app:secret@db.example.test/nexus?sslmode=require",
        {"user": "nexus_app", "host": "db.example.test", "dbname": "nexus", "sslmode": "require"},
        "secret",
    ),
    ("postgres://a@db", {"user": "a", "host": "db"}, None),
    ("postgresql+asyncpg://a:b@db:5433/n", {"user": "a", "host": "db", "port": "5433", "dbname": "n"}, "b"),
    ("postgresql://a:p%40s%2Fs%3A%25@db/n", {"user": "a", "host": "db", "dbname": "n"}, "p@s/s:%"),
    ("postgresql://a:b?c@db/n", {"user": "a", "host": "db", "dbname": "n"}, "b?c"),
    ("postgresql://a:b+c@db/n", {"user": "a", "host": "db", "dbname": "n"}, "b+c"),
    ("postgresql://%61:b@db/a%20b", {"user": "a", "host": "db", "dbname": "a b"}, "b"),
    (
        "postgresql:///n?host=/run/postgresql&user=a&password=b",
        {"host": "/run/postgresql", "user": "a", "dbname": "n"},
        "b",
    ),
    ("postgresql://a:b@%2Frun%2Fpostgresql/n", {"user": "a", "host": "/run/postgresql", "dbname": "n"}, "b"),
    ("postgresql://a@[2001:db8::1]:5433/n", {"user": "a", "host": "2001:db8::1", "port": "5433", "dbname": "n"}, None),
    ("postgresql://a@h1:1,h2,[::1]:3/n", {"user": "a", "host": "h1,h2,::1", "port": "1,,3", "dbname": "n"}, None),
    (
        "postgresql://a@db/n?application_name=a+b",
        {"user": "a", "host": "db", "dbname": "n", "application_name": "a+b"},
        None,
    ),
    (
        "postgresql://a@db/n?sslmode=disable&sslmode=require",
        {"user": "a", "host": "db", "dbname": "n", "sslmode": "require"},
        None,
    ),
    ("postgresql://a@db/n?ssl=true", {"user": "a", "host": "db", "dbname": "n", "sslmode": "require"}, None),
    (
        f"postgresql://a@db/n?{MANAGED}",
        {"user": "a", "host": "db", "dbname": "n", "sslmode": "prefer", "application_name": "a name"},
        None,
    ),
    (
        "postgresql://a@db/n?sslrootcert=system",
        {"user": "a", "host": "db", "dbname": "n", "sslmode": "verify-full", "sslrootcert": "system"},
        None,
    ),
]
COMMANDS = [("migrate",), ("check",), ("backup", "--output", "never.dump"), ("api",), ("worker",)]
REFUSED = {
    "postgresql://": "begins with postgresql://",
    "mysql://a@db/n": "begins with postgresql://",
    "postgresql://a:50%@db/n": "%25",
    "postgresql://a@db:0/n": "port",
    "postgresql://a@db:70000/n": "port",
    "postgresql://a@db:x/n": "hosts",
    "postgresql://a@[::1/n": "hosts",
    "postgresql://a@h1,h2/n?port=1,2,3": "ports",
    "postgresql://a@db/n?sslmode": "name=value",
    "postgresql://a@db/n?sslmode=on": "sslmode is one of",
    "postgresql://a@db/n?channel_binding=require": "channel_binding=prefer",
    "postgresql://a@db/n?gssencmode=require": "gssencmode=disable",
    "postgresql://a@db/n?require_auth=scram-sha-256": "require_auth",
    "postgresql://a@db/n?hostaddr=10.0.0.1": "as the host",
    "postgresql://a@db/n?keepalives_idle=30": "keepalives_idle",
    "postgresql://a@db/n?load_balance_hosts=random": "load_balance_hosts=disable",
    "postgresql://a@db/n?client_encoding=latin1": "client_encoding",
    "postgresql://a@db/n?target_session_attrs=leader": "target_session_attrs is one of",
    "postgresql://a@db/n?connect_timeout=soon": "connect_timeout",
    "postgresql://a@db/n?connect_timeout=99999": "connect_timeout",
    "postgresql://a@db/n?sslmode=verify-full&sslrootcert=/nowhere/ca.pem": "sslrootcert names a file",
    "postgresql://a@db/n?sslmode=require&sslrootcert=system": "sslmode=verify-full",
    "postgresql://a@db/n?sslcert=/nowhere.pem": "sslcert names a file",
    "postgresql://a@db/n?sslnegotiation=direct": "sslnegotiation=direct",
    "postgresql://a@db/n?statement_timeout=5s": "options=-c%20statement_timeout",
    "postgresql://a@db/n?pgbouncer=true": "pgbouncer is not supported",
    "postgresql://a@db/n?prepared_statement_cache_size=0": "prepared_statements=off",
    "postgresql://a@db/n?prepared_statements=maybe": "on or off",
}


@dataclass(frozen=True)
class Stand:
    """A server of this module's own, whose roles have odd passwords."""

    servers: Servers
    folder: Path

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self.servers.postgres.port

    def url(self, place: str, query: str = "", role: str = "nexus_system", scheme: str = "postgresql") -> str:
        """An address of a role at this place."""
        return f"{scheme}://{role}:{quote(ODD_PASSWORD, safe='')}@{place}/nexus{'?' if query else ''}{query}"

    def environment(self, place: str, query: str, scheme: str = "postgresql") -> dict[str, str]:
        """The settings of a process, with addresses of this form."""
        superuser = f"{scheme}://postgres:{self.servers.postgres.passwords.postgres}@{place}/nexus?{query}"
        ours = (self.url(place, query, role, scheme) for role in ("nexus_app", "nexus_system"))
        return self.servers.environment | dict(zip(URLS, (superuser, *ours), strict=True))


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """The server, with the roles as they are made for these addresses."""
    folder = tmp_path_factory.mktemp("addresses")
    with run_servers(folder) as servers:
        stand = Stand(servers, folder)
        nexus("migrate", environment=stand.environment(f"127.0.0.1:{stand.port}", "sslmode=disable"))
        yield stand


async def ask(url: str, sql: str = "SELECT current_user") -> Any:
    """What the server answers over a connection to this address."""
    connection = await connect(read_database_address(url))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.mark.parametrize(("url", "parameters", "password"), READ)
def test_an_address_is_read_as_libpq_reads_it(url: str, parameters: dict[str, str], password: str | None) -> None:
    address = read_database_address(url)

    assert (dict(address.parameters), address.password) == (parameters, password)


@pytest.mark.parametrize(("url", "told"), REFUSED.items())
def test_what_cannot_be_done_is_refused_by_a_sentence_that_says_what_to_write(url: str, told: str) -> None:
    with pytest.raises(InvalidDatabaseAddress) as refused:
        read_database_address(url)

    assert told in str(refused.value)


def test_no_part_of_a_password_is_told() -> None:
    for url in ("postgresql://a:hunter2/x?y=1@db/n", "postgresql://a:b@db:hunter2/n", "postgresql://a:hunter2%@db/n"):
        with pytest.raises(InvalidDatabaseAddress) as refused:
            read_database_address(url)
        assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(read_database_address("postgresql://a:hunter2@db/n?sslpassword=hunter2"))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_every_command_takes_the_address_of_a_managed_database(stand: Stand, scheme: str) -> None:
    environment = stand.environment(f"127.0.0.1:{stand.port}", f"{MANAGED}&options=-c%20work_mem%3D8MB", scheme)

    nexus("migrate", environment=environment)
    nexus("check", environment=environment)
    nexus("backup", "--output", str(stand.folder / f"{scheme}.dump"), environment=environment)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_names_the_setting_that_it_cannot_use(stand: Stand, command: tuple[str, ...]) -> None:
    environment = stand.environment(f"127.0.0.1:{stand.port}", "channel_binding=require")

    done = nexus(*command, environment=environment, status=2 if command == ("check",) else 1)

    said = done.stdout + done.stderr
    assert ("DATABASE_URL: channel_binding" in said, "Traceback" in said) == (True, False)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("sslmode=require", "takes no encrypted connections"),
        ("dbname=nobody", "no database of this name"),
        ("password=wrong", "refuses this role or its password"),
        ("options=-c%20no_such_setting%3D1", "options asks for"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_in_a_sentence(
    stand: Stand, command: tuple[str, ...], query: str, told: str
) -> None:
    environment = stand.environment(f"127.0.0.1:{stand.port}", query)

    done = nexus(*command, environment=environment, status=2 if command == ("check",) else 1)

    said = done.stdout + done.stderr
    assert (told in said, "Traceback" in said) == (True, False)


async def test_the_server_is_told_the_name_and_the_options(stand: Stand) -> None:
    url = stand.url(f"127.0.0.1:{stand.port}", "application_name=a%20name&options=-c%20work_mem%3D7MB")

    told = await ask(url, "SELECT current_setting('application_name') || ', ' || current_setting('work_mem')")

    assert told == "a name, 7MB"


async def test_the_engines_of_the_platform_connect_with_all_of_it(stand: Stand) -> None:
    urls = [stand.url(f"localhost:{stand.port}", MANAGED, role) for role in ("nexus_app", "nexus_system")]
    db = Database(*urls, pool_size=1)

    async with db.system() as tx:
        name = await tx.scalar(text("SELECT current_setting('application_name')"))
    await db.close()

    assert name == "a name"


async def test_a_socket_file_is_connected_to(stand: Stand, tmp_path: Path) -> None:
    with open_front(stand.port, at=tmp_path / ".s.PGSQL.5432"):
        by_host = await ask(stand.url(quote(str(tmp_path), safe="")))
        by_query = await ask(stand.url("", f"host={tmp_path}"))

    assert (by_host, by_query) == ("nexus_system", "nexus_system")


@pytest.mark.parametrize("mode", ["require", "prefer", "verify-ca", "verify-full"])
async def test_a_connection_is_encrypted_as_sslmode_asks(stand: Stand, tmp_path: Path, mode: str) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    with open_front(stand.port, certificate) as front:
        root = f"&sslrootcert={certificate}" if mode.startswith("verify") else ""

        who = await ask(stand.url(f"localhost:{front.port}", f"sslmode={mode}{root}"))

    assert (who, front.encrypted) == ("nexus_system", 1)


async def test_sslmode_disable_encrypts_nothing(stand: Stand, tmp_path: Path) -> None:
    with open_front(stand.port, make_certificate(tmp_path, "localhost")) as front:
        await ask(stand.url(f"localhost:{front.port}", "sslmode=disable"))

    assert front.encrypted == 0


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("elsewhere.test", "sslmode=verify-full&sslrootcert={own}"),
        ("localhost", "sslmode=verify-full&sslrootcert={other}"),
        ("localhost", "sslmode=verify-ca&sslrootcert={other}"),
        ("localhost", "sslmode=require&sslrootcert={other}"),
        ("localhost", "sslmode=verify-full&sslrootcert=system"),
        ("localhost", "sslrootcert=system"),
    ],
)
async def test_a_server_that_cannot_be_verified_gets_no_password(
    stand: Stand, tmp_path: Path, name: str, query: str
) -> None:
    own, other = make_certificate(tmp_path, name), make_certificate(tmp_path, "other.test")
    with open_front(stand.port, own) as front, pytest.raises(ssl.SSLCertVerificationError) as refused:
        await ask(stand.url(f"localhost:{front.port}", query.format(own=own, other=other)))

    problem = connect_problem(refused.value)
    assert problem is not None
    assert problem.lasting


def test_a_backup_never_leaves_encryption_out(stand: Stand, tmp_path: Path) -> None:
    with open_front(stand.port, make_certificate(tmp_path, "localhost")) as front:
        environment = stand.environment(f"localhost:{front.port}", "sslmode=require")
        able = can_encrypt(find_tools(15))

        done = nexus("backup", "--output", str(tmp_path / "a.dump"), environment=environment, status=0 if able else 1)

    assert front.encrypted > 0
    assert (tmp_path / "a.dump").exists() == able
    assert able or "cannot encrypt a connection, as sslmode asks" in done.stderr


@pytest.mark.parametrize("attributes", ["", "&target_session_attrs=read-write", "&target_session_attrs=prefer-standby"])
async def test_the_next_host_is_tried_where_one_is_closed_or_silent(stand: Stand, attributes: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        places = f"127.0.0.1:{free_port()},127.0.0.1:{silent.getsockname()[1]},127.0.0.1:{stand.port}"

        who = await ask(stand.url(places, f"connect_timeout=2{attributes}"))

    assert who == "nexus_system"


async def test_no_server_that_is_not_what_was_asked_for_is_used(stand: Stand) -> None:
    with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
        await ask(stand.url(f"127.0.0.1:{stand.port}", "target_session_attrs=standby"))


async def test_a_silent_server_is_given_up_after_connect_timeout(stand: Stand) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begun = time.monotonic()

        with pytest.raises(TimeoutError):
            await ask(stand.url(f"127.0.0.1:{silent.getsockname()[1]}", "connect_timeout=2"))

    assert 1.5 < time.monotonic() - begun < 4.5
