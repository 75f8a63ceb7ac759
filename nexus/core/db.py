"""
The database: transactions in somebody's name. The only begin and commit of the house.

A `Tx` sees one organisation: its first statement binds the transaction, and nothing but the transaction, to that
organisation, and PostgreSQL's row-level security holds it there. A `SystemTx` goes through another role, with narrow
grants, for the few paths that must look before an organisation is known.

SQLAlchemy's engine is told that every statement commits itself, so that it never begins on its own: BEGIN and the
binding leave here together, in one round trip, and COMMIT or ROLLBACK leave here too (docs/decisions/0003).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import ClauseElement, ColumnElement, Executable, literal_column
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nexus.core.connections import Driver, give_back, is_away, open_engine, read_address, take
from nexus.core.errors import Unavailable

log = structlog.get_logger()

SETTING = "nexus.organisation_id"

Rung = Callable[[Iterable[str]], None]


def fixed(value: str | int) -> ColumnElement[Any]:
    """A constant of ours, written into the statement itself: only so do partial indexes serve a prepared one."""
    if not str(value).isidentifier() and not isinstance(value, int):
        raise ValueError(f"{value!r} is not a plain word")
    return literal_column(f"'{value}'" if isinstance(value, str) else str(value))


class NotCommitted(Exception):
    """A transaction that was to be committed was rolled back: nothing of it was written."""


class Hot:
    """
    A statement of a hot path: built from the models, compiled once, sent straight to the driver.

    Values go by the names of the statement's bind parameters; JSON goes in and comes out as text.
    """

    def __init__(self, statement: ClauseElement) -> None:
        dialect = asyncpg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives its dialects no hints
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = compiled.string
        self._names: Sequence[str] = compiled.positiontup or ()
        self._constants = dict(compiled.params)

    def arguments(self, values: dict[str, object]) -> list[object]:
        """The values in the order of the placeholders."""
        unknown = values.keys() - self._constants.keys()
        if unknown:
            raise TypeError(f"the statement has no parameter {', '.join(sorted(unknown))}")
        known = self._constants | values
        return [known[name] for name in self._names]


class Transaction:
    """An open transaction. What it asks to be rung is rung after its commit, and dies with a rollback."""

    def __init__(self, connection: AsyncConnection, driver: Driver) -> None:
        self._connection = connection
        self._driver = driver
        self.rings: set[str] = set()
        self.later: list[Callable[[], object]] = []

    async def execute(self, statement: Executable) -> int:
        """Run a statement and say how many rows it touched."""
        return (await self._connection.execute(statement)).rowcount

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return await self._connection.scalar(statement)

    async def first(self, statement: Executable) -> Any:
        """The first row, or None."""
        return (await self._connection.execute(statement)).first()

    async def rows(self, statement: Executable) -> Sequence[Any]:
        """Every row."""
        return (await self._connection.execute(statement)).all()

    async def fetch(self, statement: Hot, **values: object) -> asyncpg.Record | None:
        """The first row of a hot statement, or None."""
        return await self._driver.fetchrow(statement.sql, *statement.arguments(values))

    async def fetch_all(self, statement: Hot, **values: object) -> list[asyncpg.Record]:
        """Every row of a hot statement."""
        return await self._driver.fetch(statement.sql, *statement.arguments(values))

    @asynccontextmanager
    async def patience(self, seconds: int) -> AsyncIterator[None]:
        """Wait for locks that others hold for no longer than this, for what stands inside."""
        await self._driver.execute(f"SET LOCAL lock_timeout = '{int(seconds)}s'")
        yield
        await self._driver.execute("SET LOCAL lock_timeout TO DEFAULT")

    def ring(self, bell: str) -> None:
        """Wake whoever listens to this bell, once this transaction has committed."""
        self.rings.add(bell)

    def afterwards(self, begin: Callable[[], object]) -> None:
        """Begin something that nobody waits for, once this transaction has committed."""
        self.later.append(begin)


class Tx(Transaction):
    """A transaction in one organisation's name."""

    def __init__(self, connection: AsyncConnection, driver: Driver, organisation_id: UUID) -> None:
        super().__init__(connection, driver)
        self.organisation_id = organisation_id


class SystemTx(Transaction):
    """A transaction in nobody's name, for the paths that look across organisations."""


class Database:
    """
    The two doors to PostgreSQL. Opens connections as they are needed, at most `pool_size` for each door.

    Raises Unavailable when PostgreSQL cannot be reached, or loses the connection on the way.
    """

    def __init__(self, url: str, system_url: str, *, pool_size: int = 16, ring: Rung | None = None) -> None:
        self._engine = open_engine(url, pool_size)
        self._system_engine = open_engine(system_url, pool_size)
        self._ring = ring
        # Between a statement's preparation and its run, a pooler may give its connection to somebody else.
        self._glance_begins = None if read_address(system_url)[1] else "BEGIN"

    @asynccontextmanager
    async def transaction(self, organisation_id: UUID) -> AsyncIterator[Tx]:
        """Open a transaction in an organisation's name; commit at the end, roll back on an error."""
        begin = f"BEGIN; SELECT set_config('{SETTING}', '{UUID(int=organisation_id.int)}', true)"
        async with self._open(self._engine, begin) as (connection, driver):
            tx = Tx(connection, driver, organisation_id)
            yield tx
            await _commit(driver)
        self._after_commit(tx)

    @asynccontextmanager
    async def system(self) -> AsyncIterator[SystemTx]:
        """Open a transaction that looks across organisations, as the role `nexus_system`."""
        async with self._open(self._system_engine, "BEGIN") as (connection, driver):
            tx = SystemTx(connection, driver)
            yield tx
            await _commit(driver)
        self._after_commit(tx)

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[SystemTx]:
        """Look across organisations, each statement a transaction: nothing stays locked if this process freezes."""
        async with self._open(self._system_engine, self._glance_begins) as (connection, driver):
            yield SystemTx(connection, driver)
            if self._glance_begins is not None:
                await _commit(driver)

    @asynccontextmanager
    async def nobody(self) -> AsyncIterator[Transaction]:
        """Open a transaction as `nexus_app` that is bound to no organisation, and so sees no row of any."""
        async with self._open(self._engine, "BEGIN READ ONLY") as (connection, driver):
            yield Transaction(connection, driver)
            await _commit(driver)

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()
        await self._system_engine.dispose()

    def _after_commit(self, tx: Transaction) -> None:
        if tx.rings and self._ring is not None:
            self._ring(tx.rings)
        for begin in tx.later:
            begin()

    @asynccontextmanager
    async def _open(self, engine: AsyncEngine, begin: str | None) -> AsyncIterator[tuple[AsyncConnection, Driver]]:
        try:
            connection, driver = await take(engine)
            try:
                if begin is not None:
                    await driver.execute(begin)
                yield connection, driver
            except asyncio.CancelledError:
                driver.terminate()  # PostgreSQL is told to cancel a statement, and may hit the next one instead
                raise
            finally:
                await give_back(connection, driver)
        except Exception as error:
            if is_away(error):
                log.warning("database.unavailable", error=type(error).__name__)
                raise Unavailable("The database cannot be reached for the moment. Send the request again.") from error
            raise


async def _commit(driver: Driver) -> None:
    """Commit. PostgreSQL answers ROLLBACK, and no error, where a statement failed and nobody said so."""
    if await driver.execute("COMMIT") != "COMMIT":
        raise NotCommitted("a statement of this transaction failed, and its error was swallowed")
