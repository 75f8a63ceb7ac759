"""The heartbeat goes on whatever happens to PostgreSQL or the worker's loop, and says what was lost."""

import asyncio
import time
from collections.abc import Callable

import asyncpg

from nexus.config import Settings
from nexus.core.db import Database
from nexus.jobs.heartbeat import Heartbeat
from nexus.jobs.lookout import Held
from tests.jobs.attempts import fail, held, key_of
from tests.jobs.floor import Client, until
from tests.jobs.test_claiming import BUSY

BEAT, LEASE = 0.1, 5.0
LEFT = "SELECT lease_expires_at - now() > interval '4 seconds' FROM jobs WHERE id = $1"


def beating(settings: Settings, lost: Callable[[Held], None]) -> Heartbeat:
    """A heartbeat that has begun."""

    def connect() -> Database:
        return Database(settings.database_url, settings.system_database_url, pool_size=1)

    heartbeat = Heartbeat(connect, BEAT, LEASE, lost)
    heartbeat.start()
    return heartbeat


async def test_leases_are_renewed_while_the_loop_is_blocked(
    client: Client, db: Database, settings: Settings, truth: asyncpg.Connection
) -> None:
    claimed = await held(db, key_of(client, await client.submit()), lease=0.5)
    heartbeat = beating(settings, lambda _: None)
    heartbeat.hold(Held(claimed.key, claimed.number))

    time.sleep(0.7)  # noqa: ASYNC251 - blocking the loop is what this is about

    assert await truth.fetchval(LEFT, claimed.key.id)
    await asyncio.to_thread(heartbeat.stop)


async def test_a_claim_that_holds_no_more_is_lost_and_one_that_was_dropped_is_not(
    client: Client, db: Database, settings: Settings
) -> None:
    lost: list[Held] = []
    claims = [await held(db, key_of(client, await client.submit())) for _ in range(2)]
    heartbeat = beating(settings, lost.append)
    for claimed in claims:
        heartbeat.hold(Held(claimed.key, claimed.number))
    heartbeat.drop(Held(claims[1].key, claims[1].number))

    for claimed in claims:
        await fail(db, claimed, BUSY)
    await until(lambda: bool(lost))

    await asyncio.to_thread(heartbeat.stop)
    assert set(lost) == {Held(claims[0].key, claims[0].number)}


async def test_a_beat_that_postgresql_refuses_is_followed_by_the_next(
    client: Client, db: Database, settings: Settings, truth: asyncpg.Connection
) -> None:
    claimed = await held(db, key_of(client, await client.submit()), lease=60)
    await truth.execute("REVOKE UPDATE (lease_expires_at) ON jobs FROM nexus_system")
    heartbeat = beating(settings, lambda _: None)
    heartbeat.hold(Held(claimed.key, claimed.number))
    await asyncio.sleep(BEAT * 3)
    await truth.execute("GRANT UPDATE (lease_expires_at) ON jobs TO nexus_system")

    async def is_renewed() -> bool:
        ends = "SELECT lease_expires_at < now() + interval '10 seconds' FROM jobs WHERE id = $1"
        return bool(await truth.fetchval(ends, claimed.key.id))

    async with asyncio.timeout(5):
        while not await is_renewed():
            await asyncio.sleep(0.05)
    await asyncio.to_thread(heartbeat.stop)
