"""
The witness: the superuser's view of the tables, with a trigger of its own that writes down every move of a job.

The trigger belongs to the harness and to a database of the harness; the product knows nothing of it.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Any

import asyncpg

PATIENCE_SECONDS = 30.0
AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)

INSTALL = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.moves (
    number bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    job_id uuid NOT NULL, before text, after text NOT NULL, claim_before int, claim_after int NOT NULL
);
CREATE FUNCTION chaos.note_birth() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO chaos.moves (job_id, before, after, claim_before, claim_after)
    VALUES (NEW.id, NULL, NEW.status, NULL, NEW.claim_number);
    RETURN NULL;
END $$;
CREATE FUNCTION chaos.note_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO chaos.moves (job_id, before, after, claim_before, claim_after)
    VALUES (NEW.id, OLD.status, NEW.status, OLD.claim_number, NEW.claim_number);
    RETURN NULL;
END $$;
CREATE TRIGGER note_birth AFTER INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION chaos.note_birth();
CREATE TRIGGER note_move AFTER UPDATE ON jobs FOR EACH ROW
WHEN (OLD.status <> NEW.status OR OLD.claim_number <> NEW.claim_number OR OLD.status IN ('completed', 'failed'))
EXECUTE FUNCTION chaos.note_move();
"""


class Witness:
    """Asks PostgreSQL as the superuser, and again when PostgreSQL is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()

    async def install(self) -> None:
        """Begin to write down the moves."""
        connection = await asyncpg.connect(self._url)
        await connection.execute(INSTALL)
        await connection.close()

    async def rows(self, query: str, *values: object, patience: float = PATIENCE_SECONDS) -> Sequence[Any]:
        """What the query finds; for so long it is asked again while PostgreSQL is away."""
        deadline = monotonic() + patience
        async with self._turn:
            while (found := await self._try_to_ask(query, values, deadline)) is None:
                await asyncio.sleep(0.1)
        return found

    async def _try_to_ask(self, query: str, values: Sequence[object], deadline: float) -> Sequence[Any] | None:
        try:
            return await self._ask(query, values)
        except (*AWAY, TimeoutError):
            await self._hang_up()
            if monotonic() > deadline:
                raise
            return None

    async def close(self) -> None:
        """Look no more."""
        await self._hang_up()

    async def _ask(self, query: str, values: Sequence[object]) -> Sequence[Any]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url, timeout=3)
        found: Sequence[Any] = await self._connection.fetch(query, *values, timeout=10)
        return found

    async def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def workers_with_work(self) -> dict[str, int]:
        """How many jobs each worker has in hand, by the worker's name."""
        rows = await self.rows("SELECT worker, count(*) AS jobs FROM jobs WHERE status = 'running' GROUP BY 1")
        return {row["worker"]: row["jobs"] for row in rows}

    async def held_by(self, worker: str) -> Sequence[Any]:
        """The jobs that this worker has in hand: `id`, `claim_number`, and the time by PostgreSQL's clock."""
        query = "SELECT id, claim_number, clock_timestamp() AS at FROM jobs WHERE status = 'running' AND worker = $1"
        return await self.rows(query, worker)

    async def unfinished(self) -> int:
        """How many jobs wait or run, and how many events are still on their way."""
        rows = await self.rows(
            "SELECT (SELECT count(*) FROM jobs WHERE status IN ('pending', 'running'))"
            " + (SELECT count(*) FROM webhook_dispatches WHERE status = 'pending')"
        )
        return int(rows[0][0])
