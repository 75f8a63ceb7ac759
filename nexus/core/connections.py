"""Connections to PostgreSQL: opened, lent, cleaned and given back. Only core/db.py uses them."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

if TYPE_CHECKING:
    Driver = asyncpg.Connection[Any]
else:
    Driver = asyncpg.Connection

CLEAN_UP_SECONDS = 5.0
CONNECT_SECONDS = 5.0

AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    PoolTimeout,
)


class NotCommitted(Exception):
    """A transaction that was to be committed was rolled back: nothing of it was written."""


def is_away(error: BaseException) -> bool:
    """Whether this error says that PostgreSQL is gone or too busy, and not that it refused a statement."""
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None)
        return error.connection_invalidated or isinstance(error, InterfaceError) or isinstance(cause, AWAY)
    return isinstance(error, AWAY)


def engine_for(url: str, pool_size: int) -> AsyncEngine:
    """An engine that never begins by itself, and opens at most so many connections."""
    _, _, address = url.partition("://")
    return create_async_engine(
        f"postgresql+asyncpg://{address}",
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # what customers sent does not belong into the text of an error
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_reset_on_return=None,  # what is given back has nothing open on it, see give_back
        connect_args={"timeout": CONNECT_SECONDS},
    )


async def take(engine: AsyncEngine) -> tuple[AsyncConnection, Driver]:
    """A live connection: one that PostgreSQL closed meanwhile, or that was left mid-way, is replaced."""
    connection = await engine.connect()
    driver = driver_of(connection)
    while driver.is_closed() or driver.is_in_transaction():
        await connection.invalidate()
        await connection.close()
        connection = await engine.connect()
        driver = driver_of(connection)
    return connection, driver


async def commit(driver: Driver) -> None:
    """Commit. PostgreSQL answers ROLLBACK, and no error, where a statement failed and nobody said so."""
    if await driver.execute("COMMIT") != "COMMIT":
        raise NotCommitted("a statement of this transaction failed, and its error was swallowed")


def driver_of(connection: AsyncConnection) -> Driver:
    """The driver's connection behind SQLAlchemy's, which is open: its own way there switches greenlets to say so."""
    opened = connection.sync_connection
    if opened is None:
        raise TypeError("the connection is not open")
    return opened.connection.driver_connection  # type: ignore[return-value]  # typed as Any | None


async def give_back(connection: AsyncConnection, driver: Driver) -> None:
    """Give a connection back with nothing open on it, whatever happened and whoever was cancelled."""
    if not driver.is_closed() and not driver.is_in_transaction():
        await connection.close()
        return
    cleaning = asyncio.ensure_future(_clean(connection, driver))
    try:
        await asyncio.shield(cleaning)
    except asyncio.CancelledError:
        await asyncio.wait([cleaning], timeout=CLEAN_UP_SECONDS)
        raise


async def _clean(connection: AsyncConnection, driver: Driver) -> None:
    if not driver.is_closed():
        with suppress(Exception):
            await driver.execute("ROLLBACK", timeout=CLEAN_UP_SECONDS)
    with suppress(Exception):  # a connection that is broken may break on its way out too
        if driver.is_closed() or driver.is_in_transaction():
            driver.terminate()
            await connection.invalidate()
        await connection.close()
