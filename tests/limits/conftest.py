"""A Redis that these tests may maltreat, and a limiter that stands on it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from nexus.core.ratelimit import Limiter
from nexus.core.redis import QuickRedis
from nexus.local.redis import EmbeddedRedis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis that a test may kill or freeze."""
    redis = EmbeddedRedis(tmp_path, tmp_path / "logs")
    redis.start()
    yield redis
    redis.process.kill()
    redis.stop()


@pytest.fixture
async def quick(own_redis: EmbeddedRedis) -> AsyncIterator[QuickRedis]:
    """A door to it."""
    door = QuickRedis(own_redis.url)
    await door.get_in_touch()
    yield door
    await door.close()


@pytest.fixture
def limiter(quick: QuickRedis) -> Limiter:
    """A limiter, of the only API process."""
    return Limiter(quick, 1)


@pytest.fixture
async def inside(own_redis: EmbeddedRedis) -> AsyncIterator[Redis]:
    """What really lies in that Redis."""
    async with Redis.from_url(own_redis.url, decode_responses=True) as redis:
        yield redis
