"""Databases for a moment, on the server of the test run: empty, or brought to any revision."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from migrations.run import configuration, connected
from nexus.config import Settings
from nexus.core.connections import connect
from nexus.database_address import read_database_address
from tests.house import Servers, settings_of

URLS = ("NEXUS_MIGRATION_DATABASE_URL", "NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL")


@dataclass(frozen=True)
class Scratch:
    """A database that nobody else uses, and the settings of processes that are to work with it."""

    environment: dict[str, str]

    @property
    def superuser_url(self) -> str:
        """The superuser's door to it."""
        return self.environment["NEXUS_MIGRATION_DATABASE_URL"]

    @property
    def settings(self) -> Settings:
        """Settings that lead to it."""
        return settings_of(self.environment)


@asynccontextmanager
async def scratch_database(servers: Servers, revision: str | None = "head") -> AsyncIterator[Scratch]:
    """A database at this revision, or an empty one; dropped at the end, whoever is still connected."""
    name = f"scratch_{uuid4().hex}"
    moved = {setting: urlsplit(servers.environment[setting])._replace(path=f"/{name}").geturl() for setting in URLS}
    scratch = Scratch(servers.environment | moved)
    server = await asyncpg.connect(servers.superuser_url)
    try:
        await server.execute(f"CREATE DATABASE {name}")
        if revision is not None:
            await migrate_to(scratch.superuser_url, revision)
        yield scratch
    finally:
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.close()


@asynccontextmanager
async def looking(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection."""
    connection = await connect(read_database_address(url))
    try:
        yield connection
    finally:
        await connection.close()


async def migrate_to(url: str, revision: str) -> None:
    """Bring a database up to a revision, through the same environment as `nexus migrate`."""
    await _run(url, lambda config: command.upgrade(config, revision))


async def take_back_to(url: str, revision: str) -> None:
    """Bring a database down to a revision."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def _run(url: str, act: Callable[[Config], None]) -> None:
    def migrate(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        act(config)

    async with connected(url) as connection:
        await connection.run_sync(migrate)
