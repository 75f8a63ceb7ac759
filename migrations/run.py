"""Running the migrations: one migrator at a time, quick to give up each single try, patient on the whole."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.roles import ensure_roles
from migrations.turn import Blocked, Turn, take_turn
from nexus.core.connections import engine_of

PATIENCE_SECONDS = 120.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 5.0
HEAD = "head"

FOLDER = Path(__file__).parent

log = structlog.get_logger()


def move(revision: str = HEAD, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Bring the schema to a revision, up or down. Raises Blocked, or NotOurTurn."""
    asyncio.run(_move(os.environ["NEXUS_MIGRATION_DATABASE_URL"], revision, patience_seconds))


async def make_roles(url: str, environment: Mapping[str, str]) -> None:
    """Make the roles that are missing, with the passwords of these addresses, and nothing else."""
    async with connected(url) as connection:
        await connection.run_sync(ensure_roles, environment)


def configuration() -> Config:
    """Alembic's configuration, wherever the caller stands."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def _move(url: str, revision: str, patience_seconds: float) -> None:
    """Try, and while a lock is not to be had in time, roll back, let the traffic flow, and try again."""
    begun, pause, tries = time.monotonic(), FIRST_PAUSE_SECONDS, 1
    async with take_turn(url, patience_seconds) as turn:
        while not await _try(url, revision, turn):
            waited = time.monotonic() - begun
            if waited + pause > patience_seconds:
                raise Blocked(waited, tries, turn.blockers)
            log.info("migration.waits", tries=tries, blockers=[str(one) for one in turn.blockers])
            await asyncio.sleep(pause)
            pause, tries = min(pause * 2, LONGEST_PAUSE_SECONDS), tries + 1


async def _try(url: str, revision: str, turn: Turn) -> bool:
    """Go there once; False when somebody was in the way."""
    try:
        async with connected(url) as connection, turn.looking(await _pid_of(connection)):
            await connection.run_sync(_run(revision))
    except DBAPIError as error:
        if not _is_passing(error):
            raise
        return False
    return True


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection of SQLAlchemy's, for what Alembic and the models want to be handed."""
    engine = engine_of(url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _pid_of(connection: AsyncConnection) -> int:
    """Which process of the server does this connection's work."""
    raw = await connection.get_raw_connection()
    driver: asyncpg.Connection[Any] = raw.driver_connection  # type: ignore[assignment]  # typed as Any | None
    return int(driver.get_server_pid())


def _run(revision: str) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        go = command.downgrade if _is_older(revision, connection) else command.upgrade
        go(config, revision)

    return run


def _is_older(revision: str, connection: Connection) -> bool:
    """Whether a revision lies before the one that the schema is at."""
    there = connection.dialect.has_table(connection, "alembic_version")
    now = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if there else None
    connection.commit()
    if revision == HEAD or now is None:
        return False
    scripts = ScriptDirectory.from_config(configuration())
    return revision == "base" or revision in {one.revision for one in scripts.iterate_revisions(now, "base")} - {now}


def _is_passing(error: DBAPIError) -> bool:
    """Whether somebody else was in the way, and may not be the next time."""
    cause = getattr(error.orig, "__cause__", None)
    return isinstance(cause, asyncpg.LockNotAvailableError | asyncpg.DeadlockDetectedError)
