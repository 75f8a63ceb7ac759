"""The schema holds every table to its organisation: at the newest revision, and at each one on the way there."""

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from migrations.run import configuration
from tests.architecture import catalogue
from tests.architecture.catalogue import OF_EVERY_REVISION, Find
from tests.architecture.grants import WRITTEN, read_grants, read_schema_grants
from tests.house import Servers
from tests.migrations.scratch import looking, migrate_to, scratch_database

FINDS = pytest.mark.parametrize("find", OF_EVERY_REVISION, ids=lambda find: find.__name__)

NOTES = "CREATE TABLE notes (organisation_id uuid NOT NULL, id uuid, PRIMARY KEY (organisation_id, id))"
PLANTED = [
    (catalogue.find_unlocked_tables, "ALTER TABLE jobs DISABLE ROW LEVEL SECURITY"),
    (catalogue.find_unlocked_tables, "ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY"),
    (catalogue.find_unlocked_tables, "ALTER TABLE jobs OWNER TO nexus_app"),
    (catalogue.find_unlocked_tables, NOTES),
    (catalogue.find_unlocked_tables, "CREATE TABLE notes (id uuid PRIMARY KEY)"),
    (catalogue.find_unlocked_tables, "CREATE TABLE notes (id uuid PRIMARY KEY, organisation_id uuid)"),
    (catalogue.find_wrong_policies, NOTES),
    (catalogue.find_wrong_policies, "CREATE POLICY more ON jobs TO nexus_app USING (cost = 0)"),
    (catalogue.find_wrong_policies, "CREATE POLICY more ON jobs USING (cost = 0)"),
    (catalogue.find_wrong_policies, "ALTER POLICY jobs_of_the_organisation ON jobs WITH CHECK (true)"),
    (catalogue.find_wrong_policies, "DROP POLICY jobs_of_the_organisation ON jobs"),
    (catalogue.find_wrong_policies, "ALTER POLICY jobs_of_the_organisation ON jobs TO nexus_app, nexus_system"),
    (catalogue.find_loose_indexes, "CREATE UNIQUE INDEX planted ON users (email, id)"),
    (catalogue.find_loose_indexes, "CREATE INDEX planted ON jobs (status, organisation_id)"),
    (catalogue.find_loose_indexes, "CREATE INDEX planted ON jobs (lower(job_type))"),
    (
        catalogue.find_loose_foreign_keys,
        "ALTER TABLE audit_events ADD FOREIGN KEY (organisation_id, user_id) REFERENCES users NOT VALID",
    ),
    (
        catalogue.find_loose_foreign_keys,
        "ALTER TABLE users ADD UNIQUE (id); ALTER TABLE audit_events ADD FOREIGN KEY (user_id) REFERENCES users (id)",
    ),
    (catalogue.find_mighty_roles, "ALTER ROLE nexus_app BYPASSRLS"),
    (catalogue.find_mighty_roles, "ALTER ROLE nexus_system SUPERUSER"),
    (catalogue.find_mighty_roles, "ALTER ROLE nexus_owner LOGIN"),
    (catalogue.find_mighty_roles, "GRANT nexus_owner TO nexus_app"),
    (catalogue.find_ways_around, "CREATE FUNCTION planted() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"),
    (catalogue.find_ways_around, "CREATE FUNCTION planted() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'"),
    (catalogue.find_ways_around, "CREATE VIEW planted AS SELECT * FROM jobs"),
    (catalogue.find_ways_around, "CREATE MATERIALIZED VIEW planted AS SELECT * FROM jobs"),
]


def revisions() -> list[str]:
    """Every revision, the first one first."""
    return [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


@FINDS
async def test_the_schema_holds_every_table_to_its_organisation(truth: asyncpg.Connection, find: Find) -> None:
    assert await find(truth) == []


async def test_so_does_every_revision_on_the_way(servers: Servers) -> None:
    async with scratch_database(servers, None) as scratch, looking(scratch.superuser_url) as connection:
        for revision in revisions():
            await migrate_to(scratch.superuser_url, revision)

            found = {find.__name__: await find(connection) for find in OF_EVERY_REVISION}

            assert {name: faults for name, faults in found.items() if faults} == {}, f"at {revision}"


@pytest.mark.parametrize(("find", "fault"), PLANTED)
async def test_a_planted_fault_is_found(truth: asyncpg.Connection, find: Find, fault: str) -> None:
    transaction = truth.transaction()
    await transaction.start()
    await truth.execute(fault)

    found = await find(truth)

    await transaction.rollback()
    assert found
    assert await find(truth) == []


async def test_the_grants_are_the_written_ones(truth: asyncpg.Connection) -> None:
    assert await read_grants(truth) == WRITTEN


async def test_a_planted_grant_is_found(truth: asyncpg.Connection) -> None:
    transaction = truth.transaction()
    await transaction.start()
    await truth.execute("GRANT UPDATE (cost) ON jobs TO nexus_system; GRANT SELECT ON users TO PUBLIC")

    found = await read_grants(truth)

    await transaction.rollback()
    assert "cost" in found["nexus_system"]["jobs"]["UPDATE"]
    assert found["PUBLIC"] == {"users": {"SELECT": {"*"}}}


async def test_neither_role_makes_tables_of_its_own(truth: asyncpg.Connection) -> None:
    assert await read_schema_grants(truth) == {("nexus_app", "USAGE"), ("nexus_system", "USAGE")}


async def test_no_grant_waits_for_tables_to_come(truth: asyncpg.Connection) -> None:
    assert await truth.fetch("SELECT * FROM pg_default_acl") == []


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes", "row_security"])
async def test_what_was_committed_survives_a_crash(servers: Servers, setting: str) -> None:
    async with looking(servers.environment["NEXUS_DATABASE_URL"]) as connection:
        assert await connection.fetchval(f"SHOW {setting}") == "on"
