"""Migrations need no superuser: whoever owns the database and may create roles is enough."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from nexus.local.postgres import EmbeddedPostgres
from tests.architecture.catalogue import OF_EVERY_REVISION
from tests.architecture.grants import WRITTEN, read_grants
from tests.house import Servers, nexus
from tests.migrations.scratch import URLS, looking

MIGRATOR, PASSWORD = "migrator", "migrates"
DATABASE = "customers"


@pytest.fixture(scope="module")
async def environment(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """A server where no role of ours exists yet, and whose operator gave us a database and a role that makes roles."""
    folder = tmp_path_factory.mktemp("managed")
    postgres = EmbeddedPostgres(folder, folder / "logs")
    postgres.start()
    try:
        async with looking(postgres.superuser_url) as operator:
            await operator.execute(f"CREATE ROLE {MIGRATOR} LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
            await operator.execute(f"CREATE DATABASE {DATABASE} OWNER {MIGRATOR}")
        users = ((MIGRATOR, PASSWORD), ("nexus_app", "app"), ("nexus_system", "system"))
        urls = [postgres.url(user, password, DATABASE) for user, password in users]
        yield servers.environment | dict(zip(URLS, urls, strict=True))
    finally:
        postgres.destroy()


async def test_a_role_that_is_no_superuser_migrates_again_and_again(environment: dict[str, str]) -> None:
    for _ in range(2):
        nexus("migrate", environment=environment)

    async with looking(environment["NEXUS_MIGRATION_DATABASE_URL"]) as connection:
        found = {find.__name__: await find(connection) for find in OF_EVERY_REVISION}
        assert {name: faults for name, faults in found.items() if faults} == {}
        assert await read_grants(connection) == WRITTEN


BOUNDS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "transaction_timeout": "30s",
}


@pytest.mark.parametrize("setting", ["NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL"])
async def test_the_roles_it_made_come_in_and_are_bounded(environment: dict[str, str], setting: str) -> None:
    async with looking(environment[setting]) as connection:
        shown = {name: await connection.fetchval(f"SHOW {name}") for name in BOUNDS}

    assert shown == BOUNDS


async def test_a_new_password_replaces_the_old_one(environment: dict[str, str]) -> None:
    old = environment["NEXUS_DATABASE_URL"]
    new = old.replace(":app@", ":a%20%27new%27%20one@")

    nexus("migrate", environment=environment | {"NEXUS_DATABASE_URL": new})

    async with looking(new) as connection:
        assert await connection.fetchval("SELECT current_user") == "nexus_app"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(old)
    nexus("migrate", environment=environment)


def test_an_address_of_another_role_is_refused(environment: dict[str, str]) -> None:
    swapped = environment | {"NEXUS_DATABASE_URL": environment["NEXUS_SYSTEM_DATABASE_URL"]}

    refused = nexus("migrate", environment=swapped, status=1)

    assert "NEXUS_DATABASE_URL must name the role nexus_app" in refused.stderr
