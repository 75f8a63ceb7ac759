"""From any revision to the newest, with nothing lost; down a step and up again; models and migrations agree."""

from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from migrations.run import configuration, connected
from nexus.core.db import Database
from nexus.core.models import Table
from nexus.jobs import invariants
from tests.house import Servers, nexus
from tests.migrations.rows import read_everything, seed
from tests.migrations.scratch import (
    Scratch,
    looking,
    migrate_to,
    scratch_database,
    take_back_to,
)

SHAPES = {
    "columns": (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2"
    ),
    "constraints": (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version' ORDER BY 1, 2"
    ),
    "indexes": (
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
    ),
}


def history() -> ScriptDirectory:
    """The revisions and how they follow each other."""
    return ScriptDirectory.from_config(configuration())


async def revision_of(connection: asyncpg.Connection) -> str:
    """At which revision a database is."""
    return str(await connection.fetchval("SELECT version_num FROM alembic_version"))


async def broken_invariants(scratch: Scratch) -> list[str]:
    """What `nexus check` finds in this database."""
    db = Database(scratch.settings.database_url, scratch.settings.system_database_url, pool_size=1)
    try:
        async with db.system() as tx:
            return [one.id for one in (await invariants.check(tx)).checks if not one.ok]
    finally:
        await db.close()


async def shape_of(connection: asyncpg.Connection, shape: str) -> list[tuple[Any, ...]]:
    """What the catalogue says of a schema."""
    return [tuple(row) for row in await connection.fetch(SHAPES[shape])]


def test_there_is_one_head_and_one_way_to_it() -> None:
    revisions = list(history().walk_revisions())

    assert len(history().get_heads()) == 1
    assert [script.revision for script in revisions if script.is_branch_point or script.is_merge_point] == []


async def test_an_empty_database_comes_to_the_newest_revision(servers: Servers) -> None:
    async with scratch_database(servers) as scratch, looking(scratch.superuser_url) as connection:
        assert await revision_of(connection) == history().get_current_head()


async def test_rows_of_the_first_release_are_kept(servers: Servers) -> None:
    async with scratch_database(servers, "0001") as scratch, looking(scratch.superuser_url) as connection:
        await seed(connection)
        before = await read_everything(connection)

        await migrate_to(scratch.superuser_url, "head")

        after = await read_everything(connection)
        assert {table: len(rows) for table, rows in after.items()} == {
            table: len(rows) for table, rows in before.items()
        }
        for table, rows in before.items():
            kept = [{name: new[name] for name in old} for old, new in zip(rows, after[table], strict=True)]
            assert kept == rows, table
        assert await broken_invariants(scratch) == []


async def test_rows_that_do_not_add_up_are_noticed(servers: Servers) -> None:
    async with scratch_database(servers, "0001") as scratch, looking(scratch.superuser_url) as connection:
        await seed(connection)
        await connection.execute("UPDATE org_credits SET balance = balance + 1")
        await migrate_to(scratch.superuser_url, "head")

        assert {"I1", "I2", "I8"} <= set(await broken_invariants(scratch))


async def test_each_step_goes_down_and_up_again(servers: Servers) -> None:
    revisions = [script.revision for script in history().walk_revisions()]
    async with scratch_database(servers) as scratch, looking(scratch.superuser_url) as connection:
        newest = {shape: await shape_of(connection, shape) for shape in SHAPES}
        for revision in [*revisions[1:], "base"]:
            await take_back_to(scratch.superuser_url, revision)
            await migrate_to(scratch.superuser_url, "head")

            assert {shape: await shape_of(connection, shape) for shape in SHAPES} == newest, f"by way of {revision}"


async def test_rows_survive_a_step_down_and_up(servers: Servers) -> None:
    first, second = [script.revision for script in history().walk_revisions()][:2]
    async with scratch_database(servers, "0001") as scratch, looking(scratch.superuser_url) as connection:
        await seed(connection)
        await migrate_to(scratch.superuser_url, "head")
        before = {table: len(rows) for table, rows in (await read_everything(connection)).items()}

        await take_back_to(scratch.superuser_url, second)
        await migrate_to(scratch.superuser_url, first)

        assert {table: len(rows) for table, rows in (await read_everything(connection)).items()} == before
        assert await broken_invariants(scratch) == []


async def test_models_and_migrations_agree(servers: Servers) -> None:
    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Table.metadata))

    async with connected(servers.superuser_url) as connection:
        assert await connection.run_sync(compare) == []


@pytest.mark.parametrize("shape", SHAPES)
async def test_models_and_migrations_make_the_same_schema(servers: Servers, shape: str) -> None:
    async with scratch_database(servers, None) as of_models:
        async with connected(of_models.superuser_url) as connection:
            await connection.run_sync(Table.metadata.create_all)
            await connection.commit()
        async with looking(of_models.superuser_url) as modelled, looking(servers.superuser_url) as migrated:
            assert await shape_of(modelled, shape) == await shape_of(migrated, shape)


async def test_migrating_twice_changes_nothing(servers: Servers) -> None:
    async with scratch_database(servers, None) as scratch, looking(scratch.superuser_url) as connection:
        nexus("migrate", environment=scratch.environment)
        before = {shape: await shape_of(connection, shape) for shape in SHAPES}

        nexus("migrate", environment=scratch.environment)

        assert {shape: await shape_of(connection, shape) for shape in SHAPES} == before
        assert await revision_of(connection) == history().get_current_head()
