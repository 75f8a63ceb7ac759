"""Gate A1.2: Alembic's history has two versions, the second adds a column to users, and no row is lost on the way."""

import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from tests.house import ROOT, Servers, clean_environment, nexus

ROWS = (
    "INSERT INTO organisations (id, name, domain) VALUES ($1, 'Acme', 'acme.test')",
    (
        "INSERT INTO users (organisation_id, id, email, role) SELECT $1, gen_random_uuid(), n || '@acme.test', 'member'"
        " FROM generate_series(1, 50) n"
    ),
    "INSERT INTO org_credits (organisation_id, id, balance, last_seq) VALUES ($1, gen_random_uuid(), 100, 1)",
    (
        "INSERT INTO credit_transactions (organisation_id, id, seq, type, amount, balance_after, description)"
        " VALUES ($1, gen_random_uuid(), 1, 'grant', 100, 100, 'Welcome')"
    ),
)
TABLES = ("organisations", "users", "org_credits", "credit_transactions")
NEW_COLUMN = (
    "SELECT data_type FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'last_signed_in_at'"
)


def alembic(*arguments: str, environment: dict[str, str]) -> str:
    """Run Alembic's own command; what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        env=clean_environment() | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
async def scratch(servers: Servers, truth: asyncpg.Connection) -> AsyncIterator[dict[str, str]]:
    """The settings of a database of its own, with nothing in it."""
    name = f"scratch_{uuid4().hex}"
    await truth.execute(f"CREATE DATABASE {name}")
    urls = {key: value for key, value in servers.environment.items() if key.endswith("DATABASE_URL")}
    yield servers.environment | {key: _at(url, name) for key, url in urls.items()}
    await truth.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _rows(connection: asyncpg.Connection, columns: dict[str, Sequence[str]]) -> dict[str, list[Any]]:
    """Every row of the tables, in the columns that they had at first."""
    queries = {table: f"SELECT {', '.join(columns[table])} FROM {table} ORDER BY id" for table in TABLES}  # noqa: S608 - the names are constants above
    return {table: [tuple(row) for row in await connection.fetch(query)] for table, query in queries.items()}


async def _columns(connection: asyncpg.Connection) -> dict[str, Sequence[str]]:
    names = "SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position"
    return {table: [row[0] for row in await connection.fetch(names, table)] for table in TABLES}


def test_gate_a1_2_alembic_history_shows_two_versions(servers: Servers) -> None:
    history = alembic("history", environment=servers.environment).splitlines()

    begins = [line.split(",")[0].replace(" (head)", "") for line in history]
    assert begins[-2:] == ["0001 -> 0002", "<base> -> 0001"]


async def test_gate_a1_2_the_new_column_is_there_and_every_row_is_still_there_unchanged(
    scratch: dict[str, str],
) -> None:
    alembic("upgrade", "0001", environment=scratch)
    connection = await asyncpg.connect(scratch["NEXUS_MIGRATION_DATABASE_URL"])
    organisation_id = uuid4()
    for row in ROWS:
        await connection.execute(row, organisation_id)
    columns = await _columns(connection)
    before, column_before = await _rows(connection, columns), await connection.fetchval(NEW_COLUMN)

    nexus("migrate", environment=scratch)

    after, column_after = await _rows(connection, columns), await connection.fetchval(NEW_COLUMN)
    await connection.close()
    assert (column_before, column_after) == (None, "timestamp with time zone")
    assert after == before
    assert {table: len(rows) for table, rows in after.items()} == {**dict.fromkeys(TABLES, 1), "users": 50}
