"""
The doors that tests go through.

People are `ann` and `bob`, of two organisations that no other test knows: what ann has, bob must not see. `amy` is a
member of ann's.
"""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest
import structlog
from fastapi import FastAPI

from nexus.config import Settings
from nexus.core.db import Database
from tests.house import Person, Servers, door, run_app, run_servers, sign_in, some_domain

# Whatever is logged in this process is printed when a test fails. The default prints every local variable of every
# frame of a traceback as well, which takes seconds for each.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL, Redis and the identity provider, for the whole run."""
    with run_servers(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture(scope="session")
def settings(servers: Servers) -> Settings:
    """The settings that lead to the servers of this run."""
    return servers.settings


@pytest.fixture(scope="session")
async def db(settings: Settings) -> AsyncIterator[Database]:
    """The two doors to PostgreSQL, as the product opens them."""
    database = Database(settings.database_url, settings.system_database_url, pool_size=8)
    yield database
    await database.close()


@pytest.fixture
async def truth(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    """What really stands in the tables: the superuser's view, past every policy."""
    connection = await asyncpg.connect(servers.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API."""
    async with run_app(settings) as running:
        yield running


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The API's door, for somebody who is not signed in."""
    async with door(app) as client:
        yield client


@pytest.fixture
async def ann(api: httpx.AsyncClient, servers: Servers) -> AsyncIterator[Person]:
    """The admin of an organisation."""
    person = await sign_in(api, servers.idp, f"ann@{some_domain()}")
    yield person
    await person.api.aclose()


@pytest.fixture
async def amy(api: httpx.AsyncClient, servers: Servers, ann: Person) -> AsyncIterator[Person]:
    """A member of ann's organisation."""
    person = await sign_in(api, servers.idp, f"amy@{ann.domain}")
    yield person
    await person.api.aclose()


@pytest.fixture
async def bob(api: httpx.AsyncClient, servers: Servers) -> AsyncIterator[Person]:
    """The admin of another organisation."""
    person = await sign_in(api, servers.idp, f"bob@{some_domain()}")
    yield person
    await person.api.aclose()
