"""Statements that go alone: bound and committed by themselves in one round trip, or like any other."""

from collections.abc import AsyncIterator, Iterable
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import ClauseElement, ColumnElement, Uuid, bindparam, select, text, update

from nexus.accounts.models import Organisation, User
from nexus.config import Settings
from nexus.core.db import SETTING, Alone, Database
from nexus.credits.models import OrgCredits
from nexus.database_address import read_database_address
from tests.house import Person

IN_WHOSE_NAME = text(f"SELECT current_setting('{SETTING}', true)")
WAYS = ("enable_nestloop", "enable_hashjoin", "enable_mergejoin", "enable_indexscan", "enable_bitmapscan")
NEW = "Renamed"


def people(*first: ColumnElement[bool]) -> ClauseElement:
    """Everybody that can be seen: only row-level security says who that is."""
    return (
        select(User.id, User.organisation_id)
        .join(OrgCredits, OrgCredits.organisation_id == User.organisation_id)
        .where(*first, bindparam("organisation", type_=Uuid).is_not(None))
    )


def rename(*first: ColumnElement[bool]) -> ClauseElement:
    """Rename every organisation that can be seen, once."""
    given = bindparam("organisation", type_=Uuid).is_not(None)
    return (
        update(Organisation).where(*first, given, Organisation.name != NEW).values(name=NEW).returning(Organisation.id)
    )


PEOPLE = Alone(people)
RENAME = Alone(rename)
RENAME_UNLESS_CACHING = Alone(rename, unless=Organisation.__table__.c.caching)


@pytest.fixture(autouse=True)
def only_without_a_pooler(settings: Settings) -> None:
    """Through a pooler that prepares nothing no statement goes alone; the walls of test_db.py hold there as well."""
    if not read_database_address(settings.database_url).prepared_statements:
        pytest.skip("a pooler stands before the server")


@pytest.fixture
def rung() -> list[set[str]]:
    """What was rung."""
    return []


@pytest.fixture
async def own(settings: Settings, rung: list[set[str]]) -> AsyncIterator[Database]:
    """Doors with one connection each, so that whoever comes next gets the one that was left."""

    def ring(bells: Iterable[str]) -> None:
        rung.append(set(bells))

    database = Database(settings.database_url, settings.system_database_url, pool_size=1, ring=ring)
    yield database
    await database.close()


async def renamed(truth: asyncpg.Connection, *people: Person) -> list[bool]:
    """Whose organisation has the new name, as the superuser sees it."""
    names = "SELECT name FROM organisations WHERE id = $1"
    return [await truth.fetchval(names, person.organisation_id) == NEW for person in people]


async def test_a_look_sees_its_organisation_and_no_other(own: Database, ann: Person, bob: Person) -> None:
    seen: list[UUID | None] = []
    for person in (ann, bob, ann):
        async with own.transaction(person.organisation_id) as tx:
            row = await tx.look(PEOPLE)
            assert not tx.begun
            seen.append(row["organisation_id"] if row else None)

    assert seen == [ann.organisation_id, bob.organisation_id, ann.organisation_id]


async def test_whatever_plan_is_chosen_the_binding_comes_first(settings: Settings, ann: Person) -> None:
    connection = await asyncpg.connect(settings.database_url)
    for way in WAYS:
        await connection.execute(f"SET {way} = off")
        for mode in ("force_generic_plan", "force_custom_plan"):
            await connection.execute(f"SET plan_cache_mode = {mode}")
            found = await connection.fetch(
                f"{PEOPLE.alone.sql} /* {way} {mode} */", *PEOPLE.alone.arguments({"organisation": ann.organisation_id})
            )
            assert {row["organisation_id"] for row in found} == {ann.organisation_id}
        await connection.execute(f"RESET {way}")
    await connection.close()


async def test_the_binding_ends_with_the_statement(own: Database, ann: Person) -> None:
    async with own.transaction(ann.organisation_id) as tx:
        await tx.look(PEOPLE)

    async with own.nobody() as tx:
        assert not await tx.scalar(IN_WHOSE_NAME)
        assert await tx.rows(select(User.id)) == []


async def test_it_cannot_be_bound_to_another_organisation(own: Database, ann: Person, bob: Person) -> None:
    async with own.transaction(ann.organisation_id) as tx:
        row = await tx.look(PEOPLE, organisation=bob.organisation_id)

    assert row is not None
    assert row["organisation_id"] == ann.organisation_id


async def test_what_is_concluded_is_committed_and_nothing_follows(
    own: Database, rung: list[set[str]], ann: Person, bob: Person, truth: asyncpg.Connection
) -> None:
    async with own.transaction(ann.organisation_id) as tx:
        tx.ring("bell")
        assert await tx.conclude(RENAME)
        named = await renamed(truth, ann, bob)
        with pytest.raises(RuntimeError, match="concluded"):
            await tx.scalar(select(1))
        with pytest.raises(RuntimeError, match="concluded"):
            await tx.conclude(RENAME)
        assert rung == []

    assert named == [True, False]
    assert rung == [{"bell"}]


async def test_behind_another_statement_it_lives_and_dies_with_the_transaction(
    own: Database, ann: Person, truth: asyncpg.Connection
) -> None:
    async def rename_in_vain() -> None:
        async with own.transaction(ann.organisation_id) as tx:
            await tx.scalar(select(1))
            assert await tx.conclude(RENAME)
            raise LookupError

    with pytest.raises(LookupError):
        await rename_in_vain()

    assert await renamed(truth, ann) == [False]


async def test_where_others_must_follow_it_does_not_go_alone(
    own: Database, ann: Person, truth: asyncpg.Connection
) -> None:
    async with own.transaction(ann.organisation_id) as tx:
        assert await tx.conclude(RENAME_UNLESS_CACHING)
        meanwhile = await renamed(truth, ann)
        assert tx.begun
        await tx.scalar(select(1))

    assert (meanwhile, await renamed(truth, ann)) == ([False], [True])


async def test_a_transaction_of_which_nothing_is_asked_never_begins(own: Database, ann: Person) -> None:
    async with own.transaction(ann.organisation_id) as tx:
        assert not tx.begun
