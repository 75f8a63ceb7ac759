"""A transaction sees the organisation that it is bound to, whatever its connection did before; unbound, nothing."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import func, insert, select, true
from sqlalchemy.exc import DBAPIError

from nexus.accounts.models import User
from nexus.audit.models import AuditEvent
from nexus.config import Settings
from nexus.core.db import SETTING, Database, Transaction
from tests.house import Person, Servers
from tests.isolation.people import TENANT_TABLES
from tests.migrations.scratch import looking

COUNT_USERS = select(func.count()).select_from(User)
MAY_SELECT = "SELECT has_table_privilege(current_user, $1, 'SELECT')"
WHO = select(func.pg_backend_pid().label("pid"), func.current_setting(SETTING, true()).label("organisation"))


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[Database]:
    """The two doors, with one connection each."""
    database = Database(settings.database_url, settings.system_database_url, pool_size=1)
    yield database
    await database.close()


async def users_seen(tx: Transaction) -> set[UUID]:
    """Whose users a transaction sees."""
    return {row.organisation_id for row in await tx.rows(select(User.organisation_id))}


def event_of(organisation_id: UUID) -> dict[str, object]:
    """A row that anybody may write for their own organisation."""
    return {"organisation_id": organisation_id, "id": uuid4(), "action": "planted", "facts": {}}


async def test_unbound_nothing_is_visible_in_any_table(
    servers: Servers, truth: asyncpg.Connection, ann: Person
) -> None:
    tables = {row["table_name"] for row in await truth.fetch(TENANT_TABLES)} | {"organisations"}
    assert await truth.fetchval("SELECT count(*) FROM users WHERE organisation_id = $1", ann.organisation_id)

    async with looking(servers.environment["NEXUS_DATABASE_URL"]) as unbound:
        readable = {table for table in tables if await unbound.fetchval(MAY_SELECT, table)}
        seen = {table: await unbound.fetchval(f"SELECT count(*) FROM {table}") for table in readable}  # noqa: S608 - names from the catalogue

    assert {"users", "jobs", "org_credits", "organisations"} <= readable
    assert set(seen.values()) == {0}


async def test_unbound_no_row_is_written(servers: Servers, ann: Person) -> None:
    async with looking(servers.environment["NEXUS_DATABASE_URL"]) as unbound:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await unbound.execute(
                "INSERT INTO audit_events (organisation_id, id, action, facts) VALUES ($1, $2, 'planted', '{}')",
                *(ann.organisation_id, uuid4()),
            )


async def test_unbound_no_row_is_changed(servers: Servers, ann: Person) -> None:
    async with looking(servers.environment["NEXUS_DATABASE_URL"]) as unbound:
        changed = await unbound.execute(
            "UPDATE org_credits SET balance = 0 WHERE organisation_id = $1", ann.organisation_id
        )

    assert changed == "UPDATE 0"


async def test_the_transaction_of_nobody_sees_nobody(narrow: Database, ann: Person) -> None:
    async with narrow.nobody() as tx:
        assert await tx.scalar(COUNT_USERS) == 0
    async with narrow.transaction(ann.organisation_id) as tx:
        assert await tx.scalar(COUNT_USERS) == 1


async def test_bound_to_one_organisation_a_row_of_another_is_refused(db: Database, ann: Person, bob: Person) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with db.transaction(bob.organisation_id) as tx:
            await tx.execute(insert(AuditEvent).values(event_of(ann.organisation_id)))


async def test_the_binding_is_gone_after_the_commit(narrow: Database, ann: Person) -> None:
    async with narrow.transaction(ann.organisation_id) as tx:
        bound = await tx.first(WHO)
    async with narrow.nobody() as tx:
        unbound = await tx.first(WHO)

    assert bound.organisation == str(ann.organisation_id)
    assert (unbound.pid, unbound.organisation) == (bound.pid, "")


async def write_and_break_off(db: Database, organisation_id: UUID, why: BaseException) -> None:
    """Begin something in an organisation's name, and do not finish it."""
    async with db.transaction(organisation_id) as tx:
        await tx.execute(insert(AuditEvent).values(event_of(organisation_id)))
        raise why


@pytest.mark.parametrize("why", [RuntimeError("planted"), asyncio.CancelledError()], ids=["an error", "a cancel"])
async def test_after_another_broke_off_a_transaction_sees_only_its_own(
    narrow: Database, ann: Person, bob: Person, why: BaseException
) -> None:
    with pytest.raises(type(why)):
        await write_and_break_off(narrow, ann.organisation_id, why)

    async with narrow.nobody() as tx:
        assert await users_seen(tx) == set()
    async with narrow.transaction(bob.organisation_id) as tx:
        assert await users_seen(tx) == {bob.organisation_id}


async def test_after_a_cancel_inside_a_statement_a_transaction_sees_only_its_own(
    narrow: Database, ann: Person, bob: Person
) -> None:
    async def sleep_in_the_database() -> None:
        async with narrow.transaction(ann.organisation_id) as tx:
            await tx.scalar(select(func.pg_sleep(30)))

    sleeping = asyncio.create_task(sleep_in_the_database())
    await asyncio.sleep(0.2)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping

    async with asyncio.timeout(10), narrow.transaction(bob.organisation_id) as tx:
        assert await users_seen(tx) == {bob.organisation_id}


async def test_after_a_statement_that_failed_a_transaction_sees_only_its_own(
    narrow: Database, ann: Person, bob: Person
) -> None:
    with pytest.raises(DBAPIError):
        async with narrow.transaction(ann.organisation_id) as tx:
            await tx.scalar(select(func.no_such_function()))

    async with narrow.transaction(bob.organisation_id) as tx:
        assert await users_seen(tx) == {bob.organisation_id}
