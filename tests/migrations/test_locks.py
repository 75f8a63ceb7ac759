"""A migration that cannot have its lock steps back for the others, comes again, and says at last who was in the way."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from migrations.turn import MIGRATING
from tests.house import ROOT, Servers, clean_environment, wait_for
from tests.migrations.scratch import Scratch, looking, migrate_to, scratch_database, take_back_to

LOCK_SECONDS = 1.0  # how long one try waits
SLACK_SECONDS = 1.5

READ = "SELECT count(*) FROM users"
BEFORE_IT = "0001"  # the revision after this one changes users
NEW_COLUMN = "SELECT FROM pg_attribute WHERE attname = 'last_signed_in_at' AND attnum > 0"
BEFORE_INDEXES, INDEX = "0011", "ix_audit_events_created_at"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"
WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND query LIKE 'CREATE INDEX CONCURRENTLY%'"
)
INVALIDATE = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass($1)"


@asynccontextmanager
async def open_reader(scratch: Scratch) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who has read users, and leaves their transaction open."""
    async with looking(scratch.superuser_url) as reader:
        await reader.execute(f"SET application_name = 'a long report'; BEGIN; {READ}")
        yield reader


@asynccontextmanager
async def old_snapshot(scratch: Scratch) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who goes on looking at the database as it was when they came."""
    async with looking(scratch.superuser_url) as reader:
        await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM jobs")
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


@asynccontextmanager
async def migrator(scratch: Scratch, *options: str) -> AsyncIterator[Process]:
    """`nexus migrate`, begun; ended at the end, if it has not by then."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nexus.cli", "migrate", *options),
        env=clean_environment() | scratch.environment,
        cwd=ROOT,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def end_of(process: Process, seconds: float = 60) -> tuple[int, list[dict[str, object]], str]:
    """How it ended: its status, its log, and the sentence that it said."""
    async with asyncio.timeout(seconds):
        output, said = await process.communicate()
    log = [json.loads(line) for line in output.splitlines() if line.startswith(b"{")]
    return int(process.returncode or 0), log, said.decode()


async def has_new_column(scratch: Scratch) -> bool:
    """Whether the migration behind the lock has been done."""
    async with looking(scratch.superuser_url) as connection:
        return bool(await connection.fetch(NEW_COLUMN))


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
        async with migrator(scratch) as migrating:
            with suppress(TimeoutError):
                await asyncio.wait_for(migrating.wait(), 5 * LOCK_SECONDS)
            still_trying = migrating.returncode is None
            await reader.execute("COMMIT")

            status, log, _ = await end_of(migrating)

        done.set()
        assert (still_trying, status) == (True, 0)
        assert [line["event"] for line in log][:1] == ["migration.waits"]
        assert await reading < LOCK_SECONDS + SLACK_SECONDS
        assert await has_new_column(scratch)


async def test_what_is_given_up_says_who_was_in_the_way(servers: Servers) -> None:
    async with scratch_database(servers, BEFORE_IT) as scratch, open_reader(scratch) as reader:
        async with migrator(scratch, "--patience", "2") as migrating:
            status, log, said = await end_of(migrating)

        assert status == 1
        told = log[-1]
        assert (told["event"], told["level"]) == ("migration.blocked", "critical")
        blockers = told["blockers"]
        assert isinstance(blockers, list)
        assert [(one["pid"], one["application"], one["state"]) for one in blockers] == [
            (reader.get_server_pid(), "a long report", "idle in transaction")
        ]
        assert f"process {reader.get_server_pid()} (role postgres, application a long report" in said
        assert not await has_new_column(scratch)


async def test_a_second_migrator_waits_for_the_first_and_says_so(servers: Servers) -> None:
    async with scratch_database(servers, BEFORE_IT) as scratch, looking(scratch.superuser_url) as first:
        await first.execute(f"SELECT pg_advisory_lock({MIGRATING})")

        async with migrator(scratch, "--patience", "1") as migrating:
            status, log, said = await end_of(migrating)

        assert (status, log[-1]["migrator"]) == (1, first.get_server_pid())
        assert "Another migrator" in said
        assert not await has_new_column(scratch)
        await first.execute(f"SELECT pg_advisory_unlock({MIGRATING})")
        async with migrator(scratch) as migrating:
            assert (await end_of(migrating))[0] == 0
        assert await has_new_column(scratch)


async def test_two_migrators_at_once_do_everything_once(servers: Servers) -> None:
    async with scratch_database(servers, None) as scratch:
        async with migrator(scratch) as one, migrator(scratch) as other:
            ends = await asyncio.gather(end_of(one), end_of(other))

        assert [status for status, _, _ in ends] == [0, 0], ends
        assert await has_new_column(scratch)


async def test_an_index_is_built_while_others_read_and_write(servers: Servers) -> None:
    async with scratch_database(servers, BEFORE_INDEXES) as scratch, looking(scratch.superuser_url) as writer:
        async with old_snapshot(scratch) as reader, migrator(scratch) as migrating:
            await wait_for(lambda: writer.fetchval(WAITS))
            started = perf_counter()
            await writer.execute("UPDATE jobs SET cost = cost")
            wrote_within = perf_counter() - started
            still_building = migrating.returncode is None
            await reader.execute("COMMIT")
            assert (await end_of(migrating))[0] == 0

        assert still_building
        assert wrote_within < SLACK_SECONDS
        assert await writer.fetchval(VALID, INDEX)


async def test_what_an_interrupted_build_left_is_dropped_and_built_anew(servers: Servers) -> None:
    async with scratch_database(servers, BEFORE_INDEXES) as scratch, looking(scratch.superuser_url) as connection:
        await connection.execute(f"CREATE INDEX {INDEX} ON audit_events (created_at)")
        await connection.execute(INVALIDATE, INDEX)

        await migrate_to(scratch.superuser_url, "head")

        assert await connection.fetchval(VALID, INDEX) is True


async def test_what_an_interrupted_revision_built_already_is_kept(servers: Servers) -> None:
    async with scratch_database(servers, BEFORE_INDEXES) as scratch, looking(scratch.superuser_url) as connection:
        await connection.execute(f"CREATE INDEX {INDEX} ON audit_events (created_at)")
        before = await connection.fetchval("SELECT to_regclass($1)::oid", INDEX)

        await migrate_to(scratch.superuser_url, "head")
        after = await connection.fetchval("SELECT to_regclass($1)::oid", INDEX)
        await take_back_to(scratch.superuser_url, BEFORE_INDEXES)

        assert after == before
        assert await connection.fetchval("SELECT to_regclass($1)", INDEX) is None
