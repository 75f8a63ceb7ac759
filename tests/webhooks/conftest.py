"""
Where webhooks are tried: a receiver on loopback, and the places of the tests of jobs.

Where `ann` and `bob` are nobody sends unless a test does; on the `floor` real workers do, for `anna` and `ben`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from fastapi import FastAPI

from nexus.config import Settings
from nexus.core.db import Database
from tests.house import Person, Servers, settings_of
from tests.jobs.floor import HASTE, Client, Floor, an_app, somebody
from tests.migrations.scratch import Scratch, scratch_database
from tests.webhooks.hostile_process import Hostile, hostile_receivers
from tests.webhooks.receiver import Receiver, a_receiver

RETRIES = "0.3,0.6,1.2"  # the same growth as in production, in less time


@pytest.fixture(scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who listens."""
    async with a_receiver() as running:
        yield running


@pytest.fixture(scope="session")
async def quiet(servers: Servers) -> AsyncIterator[Scratch]:
    """A database where no worker looks for work."""
    async with scratch_database(servers) as scratch:
        yield scratch


@pytest.fixture(scope="session")
def settings(quiet: Scratch, receiver: Receiver) -> Settings:
    """The settings that lead to it."""
    return settings_of(quiet.environment | allowed(receiver) | {"NEXUS_GEMINI_API_KEY": "nobody is asked"})


@pytest.fixture(scope="session")
async def db(settings: Settings) -> AsyncIterator[Database]:
    """The two doors to it."""
    database = Database(settings.database_url, settings.system_database_url, pool_size=8)
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
async def loud_app(loud: Scratch, receiver: Receiver) -> AsyncIterator[FastAPI]:
    """The API on it."""
    async with an_app(settings_of(loud.environment | HASTE | allowed(receiver))) as running:
        yield running


@pytest.fixture
async def floor(loud: Scratch, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    """Where a test's processes run; they end with it."""
    on = Floor(loud.environment | HASTE | allowed(receiver), tmp_path_factory.mktemp("floor"))
    yield on
    await asyncio.to_thread(on.processes.close)


@pytest.fixture
async def anna(loud_app: FastAPI, servers: Servers, loud: Scratch) -> AsyncIterator[Client]:
    """The admin of an organisation whose events the floor sends."""
    async with somebody(loud_app, servers.idp, loud.superuser_url) as found:
        yield found


@pytest.fixture
async def ben(loud_app: FastAPI, servers: Servers, loud: Scratch) -> AsyncIterator[Client]:
    """The admin of another one."""
    async with somebody(loud_app, servers.idp, loud.superuser_url) as found:
        yield found


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """Receivers that mean harm."""
    with hostile_receivers() as running:
        yield running


def allowed(receiver: Receiver) -> dict[str, str]:
    """The settings that let events go there."""
    return {"NEXUS_WEBHOOK_ALLOWED_HOSTS": receiver.host, "NEXUS_WEBHOOK_RETRY_SECONDS": RETRIES}
