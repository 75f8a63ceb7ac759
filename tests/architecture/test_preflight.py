"""A process that row-level security would not hold, or whose schema is too old, does not start."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from alembic.script import ScriptDirectory

from migrations.run import configuration
from nexus.core.preflight import SCHEMA_REVISION
from tests.house import ROOT, Servers, clean_environment
from tests.migrations.scratch import Scratch, looking, scratch_database

APP, SYSTEM = "NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL"
REFUSES_WITHIN_SECONDS = 10
PASSWORD = "a password for a moment"

# What a database has to look like for a role that row-level security does not hold, and which setting names that role.
WRONG_ROLES = [
    ("api", "CREATE ROLE {role} LOGIN SUPERUSER", APP),
    ("api", "CREATE ROLE {role} LOGIN SUPERUSER", SYSTEM),
    ("worker", "CREATE ROLE {role} LOGIN SUPERUSER", APP),
    ("worker", "CREATE ROLE {role} LOGIN BYPASSRLS", SYSTEM),
    ("api", "CREATE ROLE {role} LOGIN; ALTER TABLE organisations OWNER TO {role}", APP),
    ("api", "CREATE ROLE {role} LOGIN; GRANT nexus_owner TO {role}", APP),
    ("worker", "CREATE ROLE {role} LOGIN; GRANT nexus_system TO {role}", APP),
]


async def start(process: str, environment: dict[str, str]) -> tuple[int, list[dict[str, Any]]]:
    """Start a process of the product as an operator would; its exit status and its log."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nexus.cli", process, *(["--port", "0"] if process == "api" else [])),
        env=clean_environment() | environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(REFUSES_WITHIN_SECONDS):
            output, _ = await running.communicate()
    except TimeoutError:
        running.kill()
        await running.communicate()
        pytest.fail(f"nexus {process} started")
    return int(running.returncode or 0), [json.loads(line) for line in output.splitlines()]


@asynccontextmanager
async def role_of(scratch: Scratch, made: str, setting: str) -> AsyncIterator[dict[str, str]]:
    """An environment in which this setting names a role that was made for the moment."""
    role = f"wrong_{scratch.superuser_url.rpartition('_')[2]}"
    _, _, address = scratch.superuser_url.partition("@")
    async with looking(scratch.superuser_url) as connection:
        await connection.execute(made.format(role=role) + f"; ALTER ROLE {role} PASSWORD '{PASSWORD}'")
        await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        try:
            yield scratch.environment | {setting: f"postgresql://{role}:{PASSWORD.replace(' ', '%20')}@{address}"}
        finally:
            await connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


def reason_in(log: list[dict[str, Any]]) -> str:
    """Why the process says that it does not start, in its last line."""
    assert (log[-1]["event"], log[-1]["level"]) == ("process.refused", "critical"), log
    return str(log[-1]["reason"])


@pytest.mark.parametrize(("process", "made", "setting"), WRONG_ROLES)
async def test_no_process_starts_past_row_level_security(
    servers: Servers, process: str, made: str, setting: str
) -> None:
    async with scratch_database(servers) as scratch, role_of(scratch, made, setting) as environment:
        status, log = await start(process, environment)

    assert status == 1
    assert setting in reason_in(log)
    assert "row-level security does not hold" in reason_in(log)


async def test_no_process_takes_one_role_for_the_other(servers: Servers) -> None:
    swapped = servers.environment | {APP: servers.environment[SYSTEM], SYSTEM: servers.environment[APP]}

    (api, api_log), (worker, worker_log) = await asyncio.gather(start("api", swapped), start("worker", swapped))

    assert (api, worker) == (1, 1)
    for log in (api_log, worker_log):
        assert APP in reason_in(log) or SYSTEM in reason_in(log)


@pytest.mark.parametrize("revision", [None, "0001"])
async def test_no_process_starts_on_an_older_schema(servers: Servers, revision: str | None) -> None:
    async with scratch_database(servers, revision) as scratch:
        (api, api_log), (worker, worker_log) = await asyncio.gather(
            start("api", scratch.environment), start("worker", scratch.environment)
        )

    assert (api, worker) == (1, 1)
    for log in (api_log, worker_log):
        assert f"at revision {revision or 'none'}" in reason_in(log)
        assert "`nexus migrate`" in reason_in(log)


def test_the_schema_that_the_code_asks_for_is_the_newest() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == SCHEMA_REVISION
