"""
Two places for the tests of jobs, each with a database of its own.

Where `ann` and `bob` are, nobody works unless a test does it. On the `floor` real worker processes take what `ann` and
`bob` of the floor (`anna`, `ben`) ask for.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from fastapi import FastAPI

from nexus.config import Settings
from nexus.core.db import Database
from tests.house import Person, Servers, settings_of
from tests.jobs.floor import HASTE, Client, Floor, an_app, somebody
from tests.migrations.scratch import Scratch, scratch_database


@pytest.fixture(scope="session")
async def quiet(servers: Servers) -> AsyncIterator[Scratch]:
    """A database where no worker looks for work."""
    async with scratch_database(servers) as scratch:
        yield scratch


@pytest.fixture(scope="session")
def settings(quiet: Scratch) -> Settings:
    """The settings that lead to it."""
    return settings_of(quiet.environment | {"NEXUS_GEMINI_API_KEY": "nobody is asked"})


@pytest.fixture(scope="session")
async def db(settings: Settings) -> AsyncIterator[Database]:
    """The two doors to it."""
    database = Database(settings.database_url, settings.system_database_url, pool_size=24)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API on it, with the scripted job types."""
    async with an_app(settings) as running:
        yield running


@pytest.fixture
async def truth(quiet: Scratch) -> AsyncIterator[asyncpg.Connection]:
    """What really stands in its tables."""
    connection = await asyncpg.connect(quiet.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
def client(ann: Person, truth: asyncpg.Connection) -> Client:
    """Ann, with what tests ask again and again."""
    return Client(ann, truth)


@pytest.fixture(scope="session")
async def loud(servers: Servers) -> AsyncIterator[Scratch]:
    """A database where workers work."""
    async with scratch_database(servers) as scratch:
        yield scratch


@pytest.fixture(scope="session")
async def loud_app(loud: Scratch) -> AsyncIterator[FastAPI]:
    """The API on it."""
    async with an_app(settings_of(loud.environment | HASTE)) as running:
        yield running


@pytest.fixture
async def floor(loud: Scratch, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    """Where a test's processes run; they end with it."""
    on = Floor(loud.environment | HASTE, tmp_path_factory.mktemp("floor"))
    yield on
    await asyncio.to_thread(on.processes.close)


@pytest.fixture
async def anna(loud_app: FastAPI, servers: Servers, loud: Scratch) -> AsyncIterator[Client]:
    """The admin of an organisation whose jobs the floor does."""
    async with somebody(loud_app, servers.idp, loud.superuser_url) as found:
        yield found


@pytest.fixture
async def ben(loud_app: FastAPI, servers: Servers, loud: Scratch) -> AsyncIterator[Client]:
    """The admin of another one."""
    async with somebody(loud_app, servers.idp, loud.superuser_url) as found:
        yield found
