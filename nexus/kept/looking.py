"""Looking at a database that is to be kept, or to be put back into: past every policy, or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from nexus.core.connections import connect, connect_problem
from nexus.database_address import read_database_address
from nexus.kept.errors import CannotKeep

if TYPE_CHECKING:
    Looking = asyncpg.Connection[Any]
else:
    Looking = asyncpg.Connection

TABLES = (
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    " ORDER BY 1"
)
SEES_EVERYTHING = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
PROCESSES = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename IN ('nexus_app',"
    " 'nexus_system')"
)


@asynccontextmanager
async def looking_at(url: str) -> AsyncIterator[Looking]:
    """A connection of a role that sees every row. Raises CannotKeep."""
    try:
        connection = await connect(read_database_address(url))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        problem = connect_problem(error)
        told = type(error).__name__ if problem is None else problem.sentence.rstrip(".")
        raise CannotKeep(f"The database cannot be reached: {told}. Check its address.") from None
    try:
        if not await connection.fetchval(SEES_EVERYTHING):
            raise CannotKeep(
                "The role of NEXUS_MIGRATION_DATABASE_URL does not see every organisation's rows: row-level security is"
                " forced on owners too. Use a superuser or a role with BYPASSRLS for backup and restore, or what your"
                " provider offers."
            )
        yield connection
    finally:
        await connection.close()


async def major_of(connection: Looking) -> int:
    """The server's major version."""
    return int(await connection.fetchval("SELECT current_setting('server_version_num')::int / 10000"))


async def revision_of(connection: Looking) -> str | None:
    """The schema's revision, or None where there is none."""
    if not await connection.fetchval("SELECT to_regclass('public.alembic_version') IS NOT NULL"):
        return None
    found: str | None = await connection.fetchval("SELECT version_num FROM public.alembic_version")
    return found


async def count_rows(connection: Looking) -> dict[str, int]:
    """How many rows each table has."""
    names = [row["relname"] for row in await connection.fetch(TABLES)]
    return {name: await connection.fetchval(_counting(name)) for name in names}


def _counting(table: str) -> str:
    return f'SELECT count(*) FROM public."{table}"'  # noqa: S608 - a name from the catalogue  # nosec B608


async def count_processes(connection: Looking) -> int:
    """How many connections processes of the platform have."""
    return int(await connection.fetchval(PROCESSES))
