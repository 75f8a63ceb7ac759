"""A backup is whole or is none; a restore is whole or changes nothing; both say plainly why they were not done."""

import asyncio
import json
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from nexus.core.db import Database
from nexus.database_address import read_database_address
from nexus.kept import manifest, tools
from nexus.kept.backup import back_up
from nexus.kept.errors import CannotKeep
from nexus.kept.restore import put_back
from tests.house import Person, Servers
from tests.isolation.people import rows_of
from tests.kept.drill import drill
from tests.migrations.scratch import Scratch, looking, scratch_database

WORDS = {"text": "The old bridge was closed on Monday. Repairs will take until March. Nobody minds."}


@pytest.fixture
async def kept(ann: Person, quiet: Scratch, tmp_path: Path) -> Path:
    """A backup of the database in which ann is."""
    assert (await ann.api.post("/summarize", json=WORDS)).status_code == 202
    target = tmp_path / "nexus.dump"
    await back_up(quiet.superuser_url, target)
    return target


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[Scratch]:
    """A database that nobody has migrated."""
    async with scratch_database(servers, None) as scratch:
        yield scratch


async def everything(url: str, person: Person) -> dict[str, object]:
    """Every row of an organisation."""
    async with looking(url) as connection:
        return dict(await rows_of(connection, person.organisation_id))


@pytest.mark.timeout(170)
async def test_a_stack_at_work_is_kept_and_comes_back_elsewhere(tmp_path: Path) -> None:
    found = await drill(tmp_path, work_seconds=2, per_second=15)

    assert found.failed_meanwhile == 0
    assert found.kept == found.restored
    assert (found.before["ok"], found.after["ok"], found.works_again) == (True, True, True)
    assert found.ok


async def test_what_was_kept_comes_back_to_the_byte_with_its_grants(
    ann: Person, kept: Path, quiet: Scratch, empty: Scratch
) -> None:
    before = await everything(quiet.superuser_url, ann)

    restored = await put_back(kept, empty.environment)

    assert await everything(empty.superuser_url, ann) == before
    assert restored.broken == []
    db = Database(empty.settings.database_url, empty.settings.system_database_url, pool_size=1)
    async with looking(empty.environment["NEXUS_DATABASE_URL"]) as app:
        assert await app.fetchval("SELECT count(*) FROM jobs") == 0
        await app.execute("SELECT set_config('nexus.organisation_id', $1, false)", str(ann.organisation_id))
        assert await app.fetchval("SELECT count(*) FROM jobs") == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("DELETE FROM credit_transactions")
    await db.close()


async def test_a_backup_and_its_page_are_their_owner_s_alone(kept: Path) -> None:
    for path in (kept, manifest.page_of(kept)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in kept.parent.iterdir()) == ["nexus.dump", "nexus.dump.json"]


async def test_a_backup_never_takes_another_s_place(kept: Path, quiet: Scratch) -> None:
    before = kept.read_bytes()

    with pytest.raises(CannotKeep, match="there already"):
        await back_up(quiet.superuser_url, kept)

    assert kept.read_bytes() == before


async def test_what_was_broken_off_leaves_nothing_that_looks_like_a_backup(quiet: Scratch, tmp_path: Path) -> None:
    async with looking(quiet.superuser_url) as holder:
        await holder.execute("BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
        keeping = asyncio.create_task(back_up(quiet.superuser_url, tmp_path / "nexus.dump"))
        await asyncio.sleep(1)
        keeping.cancel()
        await asyncio.wait([keeping], timeout=20)

    assert keeping.cancelled()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["no page", "cut", "changed", "no json"])
async def test_a_file_that_is_not_what_was_written_is_refused(kept: Path, empty: Scratch, fault: str) -> None:
    page, whole = manifest.page_of(kept), kept.read_bytes()
    match fault:
        case "no page":
            page.unlink()
        case "cut":
            kept.write_bytes(whole[: len(whole) // 2])
        case "changed":
            kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        case _:
            page.write_text("{")

    with pytest.raises(CannotKeep, match=r"no complete backup|not the file"):
        await put_back(kept, empty.environment)

    async with looking(empty.superuser_url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_data_is_not_overwritten_unless_that_is_asked_for(ann: Person, kept: Path, servers: Servers) -> None:
    async with scratch_database(servers) as other, looking(other.superuser_url) as there:
        await there.execute("INSERT INTO organisations (id, name) VALUES (gen_random_uuid(), 'other')")

        with pytest.raises(CannotKeep, match="--overwrite"):
            await put_back(kept, other.environment)
        names = [row["name"] for row in await there.fetch("SELECT name FROM organisations")]
        await put_back(kept, other.environment, overwrite=True)

        assert names == ["other"]
        found = [row["id"] for row in await there.fetch("SELECT id FROM organisations")]
        assert ann.organisation_id in found
        assert await there.fetchval("SELECT count(*) FROM organisations WHERE name = 'other'") == 0


async def test_a_restore_that_fails_half_way_changes_nothing(kept: Path, servers: Servers) -> None:
    whole = kept.read_bytes()
    page = json.loads(manifest.page_of(kept).read_text())
    kept.write_bytes(whole[:-40])  # its list of contents, at the beginning, is whole
    size, digest = manifest.measure(kept)
    manifest.page_of(kept).write_text(json.dumps(page | {"bytes": size, "sha256": digest}))
    async with scratch_database(servers) as other, looking(other.superuser_url) as there:
        await there.execute("INSERT INTO organisations (id, name) VALUES (gen_random_uuid(), 'other')")

        with pytest.raises(CannotKeep, match="nothing was changed"):
            await put_back(kept, other.environment, overwrite=True)

        assert [row["name"] for row in await there.fetch("SELECT name FROM organisations")] == ["other"]


async def test_rows_that_are_missing_afterwards_are_noticed(kept: Path, empty: Scratch) -> None:
    page = json.loads(manifest.page_of(kept).read_text())
    page["rows"]["jobs"] += 1
    manifest.page_of(kept).write_text(json.dumps(page))

    with pytest.raises(CannotKeep, match=r"differ in \{'jobs'"):
        await put_back(kept, empty.environment)


async def test_nothing_is_put_back_under_processes_that_work(kept: Path, servers: Servers) -> None:
    async with scratch_database(servers) as other, looking(other.environment["NEXUS_DATABASE_URL"]):
        with pytest.raises(CannotKeep, match="Stop the API and the workers"):
            await put_back(kept, other.environment, overwrite=True)


async def test_a_revision_of_later_is_refused(kept: Path, empty: Scratch) -> None:
    page = json.loads(manifest.page_of(kept).read_text())
    manifest.page_of(kept).write_text(json.dumps(page | {"revision": "9999"}))

    with pytest.raises(CannotKeep, match="revision 9999, which this version does not know"):
        await put_back(kept, empty.environment)


async def test_a_role_that_does_not_see_every_row_keeps_nothing(quiet: Scratch, tmp_path: Path) -> None:
    with pytest.raises(CannotKeep, match="row-level security"):
        await back_up(quiet.environment["NEXUS_SYSTEM_DATABASE_URL"], tmp_path / "nexus.dump")

    assert list(tmp_path.iterdir()) == []


async def test_an_empty_database_is_nothing_to_keep(empty: Scratch, tmp_path: Path) -> None:
    with pytest.raises(CannotKeep, match="no schema"):
        await back_up(empty.superuser_url, tmp_path / "nexus.dump")


def test_programs_that_are_too_old_are_named() -> None:
    with pytest.raises(CannotKeep, match=r"of PostgreSQL 99 or later are needed, and those found are of \d+"):
        tools.find_tools(99)


def test_no_password_stands_on_a_command_line() -> None:
    url = "postgresql+asyncpg://nexus_owner:a%20secret@db.test:5433/nexus?sslmode=require"

    address = read_database_address(url)
    place = "user=nexus_owner&dbname=nexus&host=db.test&port=5433&sslmode=require"

    assert address.for_libpq() == f"postgresql://?{place}"
    assert tools.environment_for(address)["PGPASSWORD"] == "a secret"


def test_a_command_without_a_database_says_where_to_name_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "backup", "--output", str(tmp_path / "a")],
        env={"NEXUS_DATA_DIR": str(tmp_path), "PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "NEXUS_MIGRATION_DATABASE_URL" in done.stderr
