"""A database of their own: what is forgotten here is everybody's."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from fastapi import FastAPI

from nexus.config import Settings
from nexus.core.db import Database
from tests.house import Servers, run_app
from tests.migrations.scratch import Scratch, scratch_database


@pytest.fixture(scope="session")
async def quiet(servers: Servers) -> AsyncIterator[Scratch]:
    """A database where nobody works."""
    async with scratch_database(servers) as scratch:
        yield scratch


@pytest.fixture(scope="session")
def settings(quiet: Scratch) -> Settings:
    """The settings that lead to it."""
    return quiet.settings


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API on it; the one of all other tests may run already."""
    async with run_app(settings) as running:
        yield running


@pytest.fixture(scope="session")
async def db(settings: Settings) -> AsyncIterator[Database]:
    """The two doors to it."""
    database = Database(settings.database_url, settings.system_database_url, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def truth(quiet: Scratch) -> AsyncIterator[asyncpg.Connection]:
    """What really stands in its tables."""
    connection = await asyncpg.connect(quiet.superuser_url)
    yield connection
    await connection.close()
