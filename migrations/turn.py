"""
Whose turn it is to change the schema, and who is in the way.

A migrator holds an advisory lock, on a connection of its own that has no transaction open: building an index
concurrently waits for every older transaction. The same connection looks, while a statement waits, whom it waits for.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from nexus.core.connections import connect
from nexus.database_address import read_database_address

MIGRATING = 7_245_118_300  # the advisory lock of whoever migrates this database
LOOK_SECONDS = 0.1
PAUSE_SECONDS = 0.5

HOLDER = """
SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32) + l.objid::bigint = $1
"""
BLOCKERS = """
SELECT a.pid, coalesce(a.usename, '') AS role, coalesce(a.application_name, '') AS application, a.state,
       round(extract(epoch FROM clock_timestamp() - a.xact_start))::int AS transaction_seconds
FROM pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids($1)) ORDER BY a.xact_start NULLS LAST, a.pid
"""


@dataclass(frozen=True)
class Blocker:
    """Somebody whose open transaction a migration waits for. A role that is no superuser may not see every fact."""

    pid: int
    role: str
    application: str
    state: str | None
    transaction_seconds: int | None

    def __str__(self) -> str:
        known = [f"role {self.role}"]
        if self.application:
            known.append(f"application {self.application}")
        if self.state is not None:
            known.append(self.state)
        if self.transaction_seconds is not None:
            known.append(f"in a transaction for {self.transaction_seconds} s")
        return f"process {self.pid} ({', '.join(known)})"


class Blocked(Exception):
    """A lock was not to be had for as long as the migration was told to be patient."""

    def __init__(self, seconds: float, tries: int, blockers: list[Blocker]) -> None:
        who = " and ".join(map(str, blockers)) or "somebody who was gone when we looked"
        super().__init__(
            f"The migration was given up after {tries} tries in {seconds:.0f} s: {who} holds what it needs. Nothing of"
            " the revision was applied. End that transaction (SELECT pg_terminate_backend(pid)), or wait, and run"
            " `nexus migrate` again."
        )
        self.facts: dict[str, Any] = {
            "waited_seconds": round(seconds, 1),
            "tries": tries,
            "blockers": [asdict(one) for one in blockers],
        }


class NotOurTurn(Exception):
    """Another migrator has been at work for as long as this one was told to be patient."""

    def __init__(self, seconds: float, pid: int | None) -> None:
        super().__init__(
            f"Another migrator (process {pid or 'unknown'} of the server) was still at work after {seconds:.0f} s."
            " Let it finish, and run `nexus migrate` again."
        )
        self.facts: dict[str, Any] = {"waited_seconds": round(seconds, 1), "migrator": pid}


class Turn:
    """The turn of one migrator, from when it has the advisory lock."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection
        self.blockers: list[Blocker] = []

    @asynccontextmanager
    async def looking(self, pid: int) -> AsyncIterator[None]:
        """Meanwhile, see whom this process of the server waits for; who was seen last is remembered."""
        task = asyncio.create_task(self._look(pid))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _look(self, pid: int) -> None:
        while True:
            rows = await self._connection.fetch(BLOCKERS, pid)
            if rows:
                self.blockers = [Blocker(**dict(row)) for row in rows]
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def take_turn(url: str, patience_seconds: float) -> AsyncIterator[Turn]:
    """Wait until nobody else migrates this database. Raises NotOurTurn."""
    connection = await connect(read_database_address(url))
    begun = asyncio.get_running_loop().time()
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", MIGRATING):
            waited = asyncio.get_running_loop().time() - begun
            if waited > patience_seconds:
                raise NotOurTurn(waited, await connection.fetchval(HOLDER, MIGRATING))
            await asyncio.sleep(PAUSE_SECONDS)
        yield Turn(connection)
    finally:
        await connection.close()
