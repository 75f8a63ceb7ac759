"""
The database: transactions in somebody's name. The only begin and commit of the house.

A `Tx` sees one organisation: whatever it asks first binds it, and nothing but it, to that organisation, and
PostgreSQL's row-level security holds it there. A `SystemTx` goes through another role, with narrow grants, for the few
paths that must look before an organisation is known.

SQLAlchemy's engine is told that every statement commits itself, so that it never begins on its own: BEGIN and the
binding leave here together, in one round trip, and COMMIT or ROLLBACK leave here too (docs/decisions/0003). A
transaction begins when something is asked of it; a statement that needs no other goes alone, bound and committed by
itself in its one round trip (docs/decisions/0037).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Executable,
    String,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nexus.core.connections import Driver, give_back, is_away, open_engine, take
from nexus.core.errors import Unavailable
from nexus.database_address import read_database_address

log = structlog.get_logger()

SETTING = "nexus.organisation_id"

Rung = Callable[[Iterable[str]], None]
Hook = Callable[[], Awaitable[None]]

# PostgreSQL answers ROLLBACK to a COMMIT, and no error, where a statement failed and nobody said so.
SWALLOWED = "a statement of this transaction failed, and its error was swallowed"


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


def bound() -> ColumnElement[bool]:
    """
    The condition that binds a statement, and the transaction that it is alone, to `organisation`.

    It names no column, so that PostgreSQL judges it once, before the first row is read. If it ever did not, row-level
    security would show no row.
    """
    organisation = cast(bindparam("organisation", type_=Uuid), String)
    return select(func.set_config(SETTING, organisation, true())).scalar_subquery().is_not(None)


class Alone:
    """
    A hot statement that may need no other in its transaction. `build` takes conditions for the table that comes first.

    `unless` keeps it from going alone: a condition on a row of that table, under which other statements must follow.
    """

    def __init__(self, build: Callable[..., ClauseElement], unless: ColumnElement[bool] | None = None) -> None:
        self.within = Hot(build())
        self.alone = Hot(build(bound()) if unless is None else build(bound(), ~unless))


class Loan:
    """A connection of the pool for as long as one is needed: given back, and taken again when somebody asks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._taken: tuple[AsyncConnection, Driver] | None = None

    async def take(self) -> tuple[AsyncConnection, Driver]:
        """The connection that is lent; one of the pool's when there is none."""
        if self._taken is None:
            self._taken = await take(self._engine)
        return self._taken

    async def give_back(self) -> None:
        """Give it back, if one is lent."""
        taken, self._taken = self._taken, None
        if taken is not None:
            await give_back(*taken)

    def terminate(self) -> None:
        """Close it at once, whatever it is doing."""
        if self._taken is not None:
            self._taken[1].terminate()


class Transaction:
    """
    A transaction, which begins when something is first asked of it.

    What it asks to be rung is rung after its commit, and dies with a rollback.
    """

    def __init__(self, loan: "Loan", begin: str | None) -> None:
        self._loan = loan
        self._begin = begin
        self.begun = False
        self.rings: set[str] = set()
        self.later: list[Callable[[], object]] = []

    async def execute(self, statement: Executable) -> int:
        """Run a statement and say how many rows it touched."""
        return (await (await self._open()).execute(statement)).rowcount

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return await (await self._open()).scalar(statement)

    async def first(self, statement: Executable) -> Any:
        """The first row, or None."""
        return (await (await self._open()).execute(statement)).first()

    async def rows(self, statement: Executable) -> Sequence[Any]:
        """Every row."""
        return (await (await self._open()).execute(statement)).all()

    async def fetch(self, statement: Hot, **values: object) -> asyncpg.Record | None:
        """The first row of a hot statement, or None."""
        driver = await self._open_driver()
        return await driver.fetchrow(statement.sql, *statement.arguments(values))

    async def fetch_all(self, statement: Hot, **values: object) -> list[asyncpg.Record]:
        """Every row of a hot statement."""
        driver = await self._open_driver()
        return await driver.fetch(statement.sql, *statement.arguments(values))

    def ring(self, bell: str) -> None:
        """Wake whoever listens to this bell, once this transaction has committed."""
        self.rings.add(bell)

    def afterwards(self, begin: Callable[[], object]) -> None:
        """Begin something that nobody waits for, once this transaction has committed."""
        self.later.append(begin)

    async def end(self, *, commit: bool) -> None:
        """Commit or roll back, and give the connection back. Whatever is asked next begins another transaction."""
        if self.begun:
            driver = (await self._loan.take())[1]
            self.begun = False
            if await driver.execute("COMMIT" if commit else "ROLLBACK") == "ROLLBACK" and commit:
                raise NotCommitted(SWALLOWED)
        await self._loan.give_back()

    async def _open(self) -> AsyncConnection:
        connection, driver = await self._loan.take()
        if self._begin is not None and not self.begun:
            await driver.execute(self._begin)
            self.begun = True
        return connection

    async def _open_driver(self) -> Driver:
        await self._open()
        return (await self._loan.take())[1]


class Tx(Transaction):
    """A transaction in one organisation's name."""

    def __init__(self, loan: "Loan", organisation_id: UUID, *, goes_alone: bool) -> None:
        begin = f"BEGIN; SELECT set_config('{SETTING}', '{UUID(int=organisation_id.int)}', true)"
        super().__init__(loan, begin)
        self.organisation_id = organisation_id
        self.leaving: Hook | None = None
        self.returning: Hook | None = None
        self._goes_alone = goes_alone
        self._concluded = False

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """
        Wait for somebody outside without a connection in hand.

        What was asked before is committed, so nothing may have been written but by the hook `leaving`; what comes
        after is a transaction of its own, which the hook `returning` begins.
        """
        if self.leaving is not None:
            await self.leaving()
        await self.end(commit=True)
        yield
        if self.returning is not None:
            await self.returning()

    async def look(self, statement: Alone, **values: object) -> asyncpg.Record | None:
        """The first row of a statement that only reads. Before anything has begun, it goes alone."""
        return await self._fetch_alone(statement, values) or await self.fetch(statement.within, **self._own(values))

    async def conclude(self, statement: Alone, **values: object) -> asyncpg.Record | None:
        """
        The first row of a statement that writes, and that is the last of this transaction if it is its first.

        Then it goes alone, and what gave a row is committed. Nothing more can be asked of this transaction.
        """
        row = await self._fetch_alone(statement, values)
        if row is None:
            return await self.fetch(statement.within, **self._own(values))
        self._concluded = True
        return row

    async def _fetch_alone(self, statement: Alone, values: dict[str, object]) -> asyncpg.Record | None:
        if self.begun or self._concluded or not self._goes_alone:
            return None
        driver = (await self._loan.take())[1]
        return await driver.fetchrow(statement.alone.sql, *statement.alone.arguments(self._own(values)))

    def _own(self, values: dict[str, object]) -> dict[str, object]:
        return values | {"organisation": self.organisation_id}

    async def _open(self) -> AsyncConnection:
        if self._concluded:
            raise RuntimeError("this transaction was concluded: what it wrote is committed")
        return await super()._open()


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
        self._goes_alone = read_database_address(url).prepared_statements
        self._glance_begins = None if read_database_address(system_url).prepared_statements else "BEGIN"
        self.pools = {"nexus_app": self._engine.pool, "nexus_system": self._system_engine.pool}

    @asynccontextmanager
    async def transaction(self, organisation_id: UUID) -> AsyncIterator[Tx]:
        """Open a transaction in an organisation's name; commit at the end, roll back on an error."""
        async with self._lent(self._engine) as loan:
            tx = Tx(loan, organisation_id, goes_alone=self._goes_alone)
            yield tx
            await tx.end(commit=True)
        self._after_commit(tx)

    @asynccontextmanager
    async def system(self) -> AsyncIterator[SystemTx]:
        """Open a transaction that looks across organisations, as the role `nexus_system`."""
        async with self._lent(self._system_engine) as loan:
            tx = SystemTx(loan, "BEGIN")
            yield tx
            await tx.end(commit=True)
        self._after_commit(tx)

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[SystemTx]:
        """Look across organisations, each statement a transaction: nothing stays locked if this process freezes."""
        async with self._lent(self._system_engine) as loan:
            tx = SystemTx(loan, self._glance_begins)
            yield tx
            await tx.end(commit=True)

    @asynccontextmanager
    async def nobody(self) -> AsyncIterator[Transaction]:
        """Open a transaction as `nexus_app` that is bound to no organisation, and so sees no row of any."""
        async with self._lent(self._engine) as loan:
            tx = Transaction(loan, "BEGIN READ ONLY")
            yield tx
            await tx.end(commit=True)

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
    async def _lent(self, engine: AsyncEngine) -> AsyncIterator[Loan]:
        try:
            loan = Loan(engine)
            await loan.take()
            try:
                yield loan
            except asyncio.CancelledError:
                loan.terminate()  # PostgreSQL is told to cancel a statement, and may hit the next one instead
                raise
            finally:
                await loan.give_back()
        except Exception as error:
            if is_away(error):
                log.warning("database.unavailable", error=type(error).__name__)
                raise Unavailable("The database cannot be reached for the moment. Send the request again.") from error
            raise
