"""A place for the tests of the cache, on a database where nobody else works; and one whose Redis may be maltreated."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nexus.local.redis import EmbeddedRedis
from tests.house import Person, Servers
from tests.jobs.cache.place import Place, Scripted, open_place
from tests.migrations.scratch import Scratch, scratch_database


@pytest.fixture(scope="package")
async def apart(servers: Servers) -> AsyncIterator[Scratch]:
    """A database where no worker looks for work."""
    async with scratch_database(servers) as scratch:
        yield scratch


@pytest.fixture(scope="package")
async def long_lived(apart: Scratch, servers: Servers) -> AsyncIterator[Place]:
    """The place of this package."""
    async with open_place(apart.environment, servers.idp) as opened:
        yield opened


@pytest.fixture
def place(long_lived: Place) -> Place:
    """The place, with a model that was never asked."""
    long_lived.model = Scripted()
    return long_lived


@pytest.fixture
async def ann(place: Place) -> AsyncIterator[Person]:
    """The admin of an organisation."""
    person = await place.somebody()
    yield person
    await person.api.aclose()


@pytest.fixture
async def bob(place: Place) -> AsyncIterator[Person]:
    """The admin of another one."""
    person = await place.somebody()
    yield person
    await person.api.aclose()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis that a test may kill, freeze or fill."""
    redis = EmbeddedRedis(tmp_path, tmp_path / "logs")
    redis.start()
    yield redis
    redis.process.kill()
    redis.stop()


@pytest.fixture
async def frail(apart: Scratch, servers: Servers, own_redis: EmbeddedRedis) -> AsyncIterator[Place]:
    """A place that stands on that Redis."""
    async with open_place(apart.environment, servers.idp, NEXUS_REDIS_URL=own_redis.url) as opened:
        yield opened
