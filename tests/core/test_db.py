"""Transactions in somebody's name: what they see, when they commit, and what they leave behind."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select, text

from nexus.accounts.models import User
from nexus.config import Settings
from nexus.core.db import SETTING, Database, Hot, fixed
from nexus.core.errors import Unavailable
from nexus.credits.models import OrgCredits
from nexus.database_address import read_database_address
from tests.house import Person, wait_for

IN_WHOSE_NAME = text(f"SELECT current_setting('{SETTING}', true)")
IN_A_TRANSACTION = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
NOBODY = UUID(int=1)


class HeardRings:
    """Whoever would ring."""

    def __init__(self) -> None:
        self.bells: list[set[str]] = []

    def __call__(self, bells: Iterable[str]) -> None:
        """Remember what was rung."""
        self.bells.append(set(bells))


@pytest.fixture
def heard() -> HeardRings:
    """What was rung."""
    return HeardRings()


@pytest.fixture
async def own(settings: Settings, heard: HeardRings) -> AsyncIterator[Database]:
    """Doors with one connection each, so that whoever comes next gets the one that was left."""
    database = Database(settings.database_url, settings.system_database_url, pool_size=1, ring=heard)
    yield database
    await database.close()


def only_without_a_pooler(settings: Settings) -> None:
    """Leave out what is about a connection of one's own: through a pooler that prepares nothing there is none."""
    if not read_database_address(settings.system_database_url).prepared_statements:
        pytest.skip("a pooler stands before the server")


async def test_a_transaction_sees_its_organisation_and_no_other(own: Database, ann: Person, bob: Person) -> None:
    async with own.transaction(ann.organisation_id) as tx:
        seen = await tx.rows(select(User.id).where(User.id.in_([ann.user_id, bob.user_id])))

    assert [row.id for row in seen] == [ann.user_id]


@pytest.mark.parametrize("ending", ["commit", "rollback", "cancel", "refused statement"])
async def test_whoever_gets_the_connection_next_is_not_in_the_last_ones_name(
    own: Database, ann: Person, ending: str
) -> None:
    async def go_through() -> None:
        async with own.transaction(ann.organisation_id) as tx:
            if ending == "rollback":
                raise LookupError
            await tx.scalar(text({"cancel": "SELECT pg_sleep(30)", "commit": "SELECT 1"}.get(ending, "SELECT 1/0")))

    task = asyncio.create_task(go_through())
    if ending == "cancel":
        await asyncio.sleep(0.2)
        task.cancel()
    await asyncio.wait([task], timeout=10)

    async with own.nobody() as tx:
        assert not await tx.scalar(IN_WHOSE_NAME)
        assert await tx.rows(select(User.id).where(User.id == ann.user_id)) == []
    assert task.done()


async def test_what_is_rung_is_rung_after_the_commit_and_once(own: Database, heard: HeardRings, ann: Person) -> None:
    async with own.transaction(ann.organisation_id) as tx:
        tx.ring("bell")
        tx.ring("bell")
        within = list(heard.bells)

    assert (within, heard.bells) == ([], [{"bell"}])


async def test_what_is_rolled_back_rings_nobody(own: Database, heard: HeardRings, ann: Person) -> None:
    async def ring_in_vain() -> None:
        async with own.transaction(ann.organisation_id) as tx:
            tx.ring("bell")
            raise LookupError

    with pytest.raises(LookupError):
        await ring_in_vain()

    assert heard.bells == []


async def test_an_error_undoes_everything(own: Database, ann: Person, truth: asyncpg.Connection) -> None:
    take_all = text("UPDATE org_credits SET balance = 0 WHERE organisation_id = :own")

    async def take_in_vain() -> None:
        async with own.transaction(ann.organisation_id) as tx:
            await tx.execute(take_all.bindparams(own=ann.organisation_id))
            raise LookupError

    with pytest.raises(LookupError):
        await take_in_vain()

    left = await truth.fetchval("SELECT balance FROM org_credits WHERE organisation_id = $1", ann.organisation_id)
    assert left == 100


async def test_nobodys_transaction_writes_nothing(own: Database) -> None:
    with pytest.raises(Exception, match="read-only"):
        async with own.nobody() as tx:
            await tx.execute(text("CREATE TEMPORARY TABLE something (x int)"))


async def test_a_connection_that_postgresql_closed_is_replaced(own: Database, truth: asyncpg.Connection) -> None:
    async with own.transaction(NOBODY) as tx:
        pid = await tx.scalar(text("SELECT pg_backend_pid()"))
    await truth.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.2)

    async with own.transaction(NOBODY) as tx:
        assert await tx.scalar(text("SELECT pg_backend_pid()")) != pid


async def test_a_connection_that_is_lost_on_the_way_is_unavailable(
    own: Database, truth: asyncpg.Connection, heard: HeardRings
) -> None:
    async def lose_it() -> None:
        async with own.transaction(NOBODY) as tx:
            tx.ring("bell")
            pid = await tx.scalar(text("SELECT pg_backend_pid()"))
            await truth.execute("SELECT pg_terminate_backend($1)", pid)
            await tx.scalar(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await lose_it()

    assert heard.bells == []
    async with own.transaction(NOBODY) as tx:
        assert await tx.scalar(text("SELECT 1")) == 1


async def test_what_a_glance_locks_is_free_before_it_is_over(
    own: Database, ann: Person, truth: asyncpg.Connection, settings: Settings
) -> None:
    only_without_a_pooler(settings)
    lock = Hot(select(OrgCredits.id).where(OrgCredits.organisation_id == ann.organisation_id).with_for_update())
    held = "SELECT id FROM org_credits WHERE organisation_id = $1 FOR UPDATE NOWAIT"

    async with own.glance() as tx:
        (found,) = await tx.fetch_all(lock)
        meanwhile = await truth.fetch(held, ann.organisation_id)
    async with own.system() as tx:
        await tx.fetch_all(lock)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await truth.fetch(held, ann.organisation_id)

    assert [row["id"] for row in meanwhile] == [found["id"]]


async def test_a_client_that_froze_with_a_statement_half_sent_is_cut_off(settings: Settings, own: Database) -> None:
    only_without_a_pooler(settings)
    frozen = await asyncpg.connect(settings.database_url)
    await frozen.execute("SET transaction_timeout = '500ms'; SET statement_timeout = '100ms'")
    await frozen.execute("SET idle_in_transaction_session_timeout = '100ms'")
    await frozen.execute("BEGIN; SELECT pg_advisory_xact_lock(7301)")
    await frozen.prepare("SELECT 1")  # parsed and flushed: the driver has not yet said what to do with it

    async def lock_is_free() -> bool:
        async with own.nobody() as tx:
            return bool(await tx.scalar(text("SELECT pg_try_advisory_xact_lock(7301)")))

    at_once = await lock_is_free()
    await asyncio.sleep(0.3)
    past_both_other_limits = await lock_is_free()
    await wait_for(lock_is_free, 5)

    assert (at_once, past_both_other_limits) == (False, False)

    async def cut_off() -> bool:
        return frozen.is_closed()

    await wait_for(cut_off, 5)


@pytest.mark.parametrize("url", ["postgresql://nexus_app:app@127.0.0.1:9/nexus", "postgresql://x:y@[::1]:9/nexus"])
async def test_a_postgresql_that_is_not_there_is_unavailable(url: str) -> None:
    database = Database(url, url)

    with pytest.raises(Unavailable):
        async with database.system():
            raise AssertionError("nobody should come this far")

    await database.close()


async def test_a_transaction_holds_nothing_while_it_only_waits(own: Database) -> None:
    async with own.transaction(NOBODY) as tx:
        assert not await tx.scalar(IN_A_TRANSACTION)


@pytest.mark.parametrize("value", ["pending'", "a b", "", "--"])
def test_a_constant_of_a_statement_is_a_plain_word(value: str) -> None:
    with pytest.raises(ValueError, match="plain word"):
        fixed(value)


def test_a_hot_statement_takes_no_value_that_it_does_not_name() -> None:
    statement = Hot(select(User.id).where(User.id == NOBODY))

    with pytest.raises(TypeError, match="unknown"):
        statement.arguments({"unknown": 1})
