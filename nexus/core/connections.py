"""
Connections to PostgreSQL, or to a pooler before it: opened, lent and taken back with nothing open on them.

A pooler in transaction mode gives each transaction whichever connection to the server is free. What outlives a
transaction is lost there, or found by somebody else. Statements that were prepared by name are such a thing: PgBouncer
carries them over since 1.21. For an older one the address ends with `?prepared_statements=off`: statements have no name
then, and every one of them stands in a transaction.
"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

if TYPE_CHECKING:
    Driver = asyncpg.Connection[Any]
else:
    Driver = asyncpg.Connection

CLEAN_UP_SECONDS = 5.0
CONNECT_SECONDS = 5.0
UNPREPARED = "prepared_statements=off"

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


def is_away(error: BaseException) -> bool:
    """Whether this error says that PostgreSQL is gone or too busy, and not that it refused a statement."""
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None)
        return error.connection_invalidated or isinstance(error, InterfaceError) or isinstance(cause, AWAY)
    return isinstance(error, AWAY)


def read_address(url: str) -> tuple[str, bool]:
    """An address without what is meant for us, and whether statements may be prepared by name there."""
    address = urlsplit(url)
    said = address.query.split("&") if address.query else []
    query = "&".join(one for one in said if one != UNPREPARED)
    return urlunsplit(address._replace(query=query)), UNPREPARED not in said


def open_engine(url: str, pool_size: int) -> AsyncEngine:
    """An engine of which every statement commits itself, unless somebody began a transaction."""
    plain, prepared = read_address(url)
    _, _, address = plain.partition("://")
    connect_args: dict[str, Any] = {"timeout": CONNECT_SECONDS}
    if not prepared:
        connect_args |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": str,  # the empty name: the statement is gone with the next one
            "async_creator_fn": _connect_into_a_transaction,
        }
    engine = create_async_engine(
        f"postgresql+asyncpg://{address}",
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # what customers sent does not belong into the text of an error
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_reset_on_return=None,  # what is given back has nothing open on it, see give_back
        connect_args=connect_args,
    )
    if not prepared:
        event.listen(engine.sync_engine, "connect", _leave_the_transaction)
    return engine


async def _connect_into_a_transaction(*args: Any, **options: Any) -> Driver:
    """A connection with a transaction open: SQLAlchemy asks some things first, and each would be another server's."""
    connection: Driver = await asyncpg.connect(*args, **options)
    await connection.execute("BEGIN")
    return connection


def _leave_the_transaction(connection: Any, _record: object) -> None:
    """What SQLAlchemy wanted to know is known."""
    connection.run_async(lambda driver: driver.execute("COMMIT"))


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
