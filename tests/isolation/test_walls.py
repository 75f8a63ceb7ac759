"""Each wall holds alone: row-level security without a single filter, and the filters without row-level security."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI

from tests.architecture.sources import modules, read
from tests.architecture.tenancy_lint import find_unfiltered, guarded_models
from tests.house import Servers, run_app
from tests.isolation.matrix import find_leaks
from tests.isolation.people import WORDS, Neighbours, move_in, plain_door, rows_of, token_of
from tests.isolation.processes import run_api, whose_product
from tests.isolation.unfiltered import Copy, copy_without_filters
from tests.migrations.scratch import Scratch, looking, scratch_database

ROOM_NAMES = {
    *("services.py", "statements.py", "sessions.py", "usage.py", "reading.py", "members.py", "invitations.py"),
    *("deliveries.py", "events.py"),
}
MANY = 1_000_000


@pytest.fixture(scope="module")
def unfiltered(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The product without a single filter."""
    return copy_without_filters(tmp_path_factory.mktemp("unfiltered"))


@pytest.fixture(scope="module")
async def unlocked(servers: Servers) -> AsyncIterator[Scratch]:
    """A database without row-level security."""
    async with scratch_database(servers) as scratch:
        async with looking(scratch.superuser_url) as connection:
            tables = await connection.fetch("SELECT relname FROM pg_class WHERE relrowsecurity")
            for table in tables:
                await connection.execute(f"ALTER TABLE {table['relname']} DISABLE ROW LEVEL SECURITY")
                await connection.execute(f"ALTER TABLE {table['relname']} NO FORCE ROW LEVEL SECURITY")
            assert tables
            assert not await connection.fetch("SELECT FROM pg_class WHERE relrowsecurity OR relforcerowsecurity")
        yield scratch


@pytest.fixture
async def exposed(unlocked: Scratch, servers: Servers) -> AsyncIterator[tuple[FastAPI, Neighbours]]:
    """The API on a database without row-level security, with people in it."""
    settings = unlocked.settings.model_copy(update={"rate_limit": MANY})
    async with run_app(settings) as app, looking(unlocked.superuser_url) as truth:
        moved_in = await move_in(app, servers.idp, truth)
        yield app, moved_in
        await moved_in.close()


async def test_every_filter_was_taken_out(unfiltered: Copy) -> None:
    rooms = {module.path for module in modules() if Path(module.path).name in ROOM_NAMES}

    for path in sorted(rooms):
        bare = read((unfiltered.folder / path).read_text(encoding="utf-8"), path)
        assert unfiltered.taken_out.get(path, 0) > 0, path
        assert list(find_unfiltered(bare, guarded_models())), f"{path} still filters"
    assert await whose_product(unfiltered.folder) == unfiltered.folder / "nexus" / "__init__.py"


async def test_row_level_security_holds_without_a_single_filter(
    unfiltered: Copy, servers: Servers, patient_app: FastAPI, neighbours: Neighbours
) -> None:
    async with run_api(unfiltered.folder, servers.environment) as client:
        leaks = await find_leaks(client, neighbours, patient_app.openapi())

    assert leaks == []


async def test_without_filters_work_is_still_paid_for_by_whoever_asks(
    unfiltered: Copy, servers: Servers, truth: asyncpg.Connection, neighbours: Neighbours
) -> None:
    before = await rows_of(truth, neighbours.ann.organisation_id)
    balance = (await rows_of(truth, neighbours.bob.organisation_id))["org_credits"][0]["balance"]

    async with run_api(unfiltered.folder, servers.environment) as client:
        headers = {"Authorization": f"Bearer {token_of(neighbours.bob)}"}
        answer = await client.post("/v1/summarize", json=WORDS, headers=headers)

    assert answer.status_code == 202, answer.text
    paid = await rows_of(truth, neighbours.bob.organisation_id)
    assert paid["org_credits"][0]["balance"] == balance - answer.json()["cost"]
    assert await rows_of(truth, neighbours.ann.organisation_id) == before


async def test_filters_hold_without_row_level_security(exposed: tuple[FastAPI, Neighbours]) -> None:
    app, neighbours = exposed

    async with plain_door(app) as client:
        assert await find_leaks(client, neighbours, app.openapi()) == []


async def test_the_matrix_sees_through_a_house_without_either_wall(
    unfiltered: Copy, unlocked: Scratch, exposed: tuple[FastAPI, Neighbours]
) -> None:
    app, neighbours = exposed

    async with run_api(unfiltered.folder, unlocked.environment) as client:
        leaks = await find_leaks(client, neighbours, app.openapi())

    said = "\n".join(leaks)
    assert "a foreign job_id (plain) differs from an unknown one" in said
    assert "GET /v1/jobs by a member: shows" in said
    assert "GET /v1/members by a admin: shows" in said
    assert "GET /v1/invitations by a admin: shows" in said
    assert "GET /v1/audit-events by a admin: shows" in said
    assert "users: ann's rows changed" in said
    assert "invitations: ann's rows changed" in said
    assert "POST /v1/summarize by a member: broke" in said  # it would charge everybody, under one number
