"""A migration that cannot have its lock gives up soon, lets others read meanwhile, and is tried again."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from migrations.run import TRIES
from tests.house import ROOT, Servers, clean_environment
from tests.migrations.scratch import Scratch, looking, migrate_to, scratch_database

LOCK_SECONDS = 2.0  # how long one try waits
SLACK_SECONDS = 1.5

READ = "SELECT count(*) FROM users"
BEFORE_IT = "0001"  # the revision after this one changes users


@asynccontextmanager
async def open_reader(scratch: Scratch) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who has read users, and leaves their transaction open."""
    async with looking(scratch.superuser_url) as reader:
        await reader.execute(f"BEGIN; {READ}")
        yield reader


async def longest_read(scratch: Scratch, until: asyncio.Event) -> float:
    """How long others waited at most to read users, while this went on."""
    longest = 0.0
    async with looking(scratch.superuser_url) as other:
        while not until.is_set():
            started = perf_counter()
            await other.execute(READ)
            longest = max(longest, perf_counter() - started)
            await asyncio.sleep(0.01)
    return longest


async def has_new_column(scratch: Scratch) -> bool:
    """Whether the migration behind the lock has been done."""
    async with looking(scratch.superuser_url) as connection:
        found = await connection.fetch("SELECT FROM pg_attribute WHERE attname = 'last_signed_in_at' AND attnum > 0")
        return bool(found)


async def test_one_try_waits_no_longer_than_its_lock_timeout(servers: Servers) -> None:
    async with scratch_database(servers, BEFORE_IT) as scratch, open_reader(scratch):
        done = asyncio.Event()
        reading = asyncio.create_task(longest_read(scratch, done))
        started = perf_counter()

        with pytest.raises(DBAPIError, match="lock timeout"):
            await migrate_to(scratch.superuser_url, "head")

        waited = perf_counter() - started
        done.set()
        assert LOCK_SECONDS <= waited < LOCK_SECONDS + SLACK_SECONDS
        assert await reading < LOCK_SECONDS + SLACK_SECONDS
        assert not await has_new_column(scratch)


async def test_migrating_tries_again_until_the_lock_is_free(servers: Servers) -> None:
    async with scratch_database(servers, BEFORE_IT) as scratch, open_reader(scratch) as reader:
        done = asyncio.Event()
        reading = asyncio.create_task(longest_read(scratch, done))
        migrating = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nexus.cli", "migrate"),
            env=clean_environment() | scratch.environment,
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(migrating.wait(), LOCK_SECONDS + SLACK_SECONDS)
        still_trying = migrating.returncode is None
        await reader.execute("COMMIT")

        async with asyncio.timeout(TRIES * LOCK_SECONDS):
            status = await migrating.wait()

        done.set()
        assert (still_trying, status) == (True, 0)
        assert await reading < LOCK_SECONDS + SLACK_SECONDS
        assert await has_new_column(scratch)
