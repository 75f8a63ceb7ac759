"""
Connections to PostgreSQL, or to a pooler before it: opened, lent and taken back with nothing open on them.

A pooler in transaction mode gives each transaction whichever connection to the server is free. What outlives a
transaction is lost there, or found by somebody else. Statements that were prepared by name are such a thing: PgBouncer
carries them over since 1.21. For an older one the address ends with `?prepared_statements=off`: statements have no name
then, and every one of them stands in a transaction.
"""

import asyncio
import ssl
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from nexus.database_address import DatabaseAddress, read_database_address

if TYPE_CHECKING:
    Driver = asyncpg.Connection[Any]
else:
    Driver = asyncpg.Connection

CLEAN_UP_SECONDS = 5.0
POOL_WAIT_SECONDS = 5.0
ANY, STANDBY, PREFER_STANDBY = "any", "standby", "prefer-standby"

# What one server of several may be without the next being of no use either.
NEXT_SERVER = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)

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


NO_TLS = "the server takes no encrypted connections, and sslmode asks for one."
PROBLEMS: tuple[tuple[tuple[type[BaseException], ...], str, bool], ...] = (
    ((asyncpg.InvalidAuthorizationSpecificationError,), "the server refuses this role or its password.", True),
    ((asyncpg.InvalidCatalogNameError,), "the server has no database of this name.", True),
    ((ssl.SSLError,), "the server cannot be verified, or speaks another TLS. See sslmode and sslrootcert.", True),
    ((asyncpg.TargetServerAttributeNotMatched,), "no server is what target_session_attrs asks for.", False),
    ((asyncpg.ClientConfigurationError,), "the driver does not take this address.", True),
    (
        (asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError, asyncpg.CantChangeRuntimeParamError),
        "the server does not take what options asks for.",
        True,
    ),
    ((OSError, TimeoutError, asyncpg.CannotConnectNowError), "no server answers there.", False),
)


def is_away(error: BaseException) -> bool:
    """Whether this error says that PostgreSQL is gone or too busy, and not that it refused a statement."""
    if isinstance(error, DBAPIError):
        cause = getattr(error.orig, "__cause__", None)
        return error.connection_invalidated or isinstance(error, InterfaceError) or isinstance(cause, AWAY)
    return isinstance(error, AWAY)


class ConnectProblem(NamedTuple):
    """Why a server cannot be used, as a sentence; `lasting` if trying again will not help."""

    sentence: str
    lasting: bool


def connect_problem(error: BaseException) -> ConnectProblem | None:
    """Why a connection was not opened; None if this error tells something else."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = getattr(cause, "orig", None) or cause.__cause__
    found = [
        ConnectProblem(told, lasting) for kinds, told, lasting in PROBLEMS for one in causes if isinstance(one, kinds)
    ]
    refused = next((one for one in causes if isinstance(one, ConnectionError) and "SSL" in str(one)), None)
    return ConnectProblem(NO_TLS, lasting=True) if refused else next(iter(found), None)


async def connect(address: DatabaseAddress, *_: object, **options: Any) -> Driver:
    """Connect to the first server of an address that can be used; each gets the address's time, as libpq gives it."""
    wanted = address.parameters.get("target_session_attrs")
    rounds = (STANDBY, ANY) if wanted == PREFER_STANDBY else (wanted,)
    tries = [(place, one) for one in rounds for place in address.places()]
    arguments = address.for_driver() | options
    for place, attributes in tries[:-1]:
        with suppress(*NEXT_SERVER):
            return await _connect(arguments, place, attributes)
    return await _connect(arguments, *tries[-1])


async def _connect(arguments: dict[str, Any], place: dict[str, Any], attributes: str | None) -> Driver:
    wanted: Any = attributes  # the driver takes libpq's word as well as its own enumeration
    connection: Driver = await asyncpg.connect(**arguments, **place, target_session_attrs=wanted)
    return connection


def engine_of(url: str, connect_args: dict[str, Any] | None = None, **options: Any) -> AsyncEngine:
    """An engine for an address, which SQLAlchemy would read in its own way. Raises InvalidDatabaseAddress."""
    creator = partial(connect, read_database_address(url))
    return create_async_engine(
        "postgresql+asyncpg://", connect_args={"async_creator_fn": creator} | (connect_args or {}), **options
    )


def open_engine(url: str, pool_size: int) -> AsyncEngine:
    """An engine of which every statement commits itself, unless somebody began a transaction."""
    address = read_database_address(url)
    connect_args: dict[str, Any] = {}
    if not address.prepared_statements:
        connect_args = {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": str,  # the empty name: the statement is gone with the next one
            "async_creator_fn": partial(_connect_into_a_transaction, address),
        }
    engine = engine_of(
        url,
        connect_args,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # what customers sent does not belong into the text of an error
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_reset_on_return=None,  # what is given back has nothing open on it, see give_back
    )
    if not address.prepared_statements:
        event.listen(engine.sync_engine, "connect", _leave_the_transaction)
    return engine


async def _connect_into_a_transaction(address: DatabaseAddress, *_: object, **options: Any) -> Driver:
    """A connection with a transaction open: SQLAlchemy asks some things first, and each would be another server's."""
    connection = await connect(address, **options)
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
