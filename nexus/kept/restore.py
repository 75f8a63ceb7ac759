"""
Putting a backup back: in one transaction, so that the database is what it was before or what the backup says.

The roles are made first, as `nexus migrate` makes them, with the passwords of the settings; ownership and grants
follow. Afterwards the rows are counted and held against the backup's page, and the invariants are asked.
"""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from migrations.roles import OWNER
from migrations.run import configuration, make_roles
from nexus.core.db import Database
from nexus.database_address import DatabaseAddress, read_database_address
from nexus.jobs import invariants
from nexus.kept import manifest
from nexus.kept.errors import CannotKeep
from nexus.kept.looking import Looking, count_processes, count_rows, looking_at, major_of
from nexus.kept.manifest import Manifest
from nexus.kept.tools import Tools, environment_for, find_tools, last_words

MIGRATION, APP, SYSTEM = "NEXUS_MIGRATION_DATABASE_URL", "NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL"

BEGIN = f"""
\\set ON_ERROR_STOP on
BEGIN;
SET LOCAL lock_timeout = '10s';
DROP OWNED BY {OWNER};
GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};
SET LOCAL ROLE {OWNER};
"""
END = "\nCOMMIT;\n"


@dataclass(frozen=True)
class Restored:
    """What was put back, and which invariants do not hold in it."""

    manifest: Manifest
    broken: list[str]


async def put_back(source: Path, addresses: Mapping[str, str], *, overwrite: bool = False) -> Restored:
    """Put a backup into the database of these addresses. Raises CannotKeep; until the end nothing is changed then."""
    page = manifest.read(source)
    _require_known(page.revision)
    url = addresses[MIGRATION]
    address = read_database_address(url)
    async with looking_at(url) as connection:
        await _require_room(connection, page, overwrite=overwrite)
        tools = find_tools(max(await major_of(connection), page.server_major), encrypted=address.is_encrypted)
    await make_roles(url, addresses)
    await asyncio.to_thread(_pour, tools, source, address)
    async with looking_at(url) as connection:
        await connection.execute("ANALYZE")
        await _require_equal(connection, page)
    return Restored(page, await _broken(addresses))


def _require_known(revision: str) -> None:
    try:
        ScriptDirectory.from_config(configuration()).get_revision(revision)
    except CommandError:
        raise CannotKeep(
            f"The backup is of revision {revision}, which this version does not know. Use the version that took it, or"
            " a later one."
        ) from None


async def _require_room(connection: Looking, page: Manifest, *, overwrite: bool) -> None:
    if page.server_major > await major_of(connection):
        raise CannotKeep(f"The backup is of PostgreSQL {page.server_major}, and this server is older.")
    if await count_processes(connection):
        raise CannotKeep(
            "Processes of the platform are connected to this database. Stop the API and the workers first."
        )
    rows = {name: count for name, count in (await count_rows(connection)).items() if name != "alembic_version"}
    if any(rows.values()) and not overwrite:
        raise CannotKeep(
            f"There are {sum(rows.values())} rows in this database. Give an empty one, or --overwrite to have them"
            " replaced by the backup's."
        )


def _pour(tools: Tools, source: Path, address: DatabaseAddress) -> None:
    """Let `pg_restore` write the script and `psql` run it. It commits only once all of it was written."""
    with ExitStack() as held:
        said_by_restore, said_by_psql = (held.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        listed = held.enter_context(tempfile.NamedTemporaryFile("w", suffix=".list"))
        listed.write(_contents(tools, source))
        listed.flush()
        writing = subprocess.Popen(
            [tools.path("pg_restore"), "--file=-", "--no-owner", f"--use-list={listed.name}", str(source)],
            env=environment_for(address),
            stdout=subprocess.PIPE,
            stderr=said_by_restore,
        )
        running = subprocess.Popen(
            [
                tools.path("psql"),
                "--no-psqlrc",
                "--quiet",
                "--no-password",
                f"--dbname={address.for_libpq()}",
                "--file=-",
            ],
            env=environment_for(address),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said_by_psql,
        )
        try:
            written = _carry(writing, running)
        finally:
            for process in (writing, running):
                _end(process)
        _require_done("psql", running.returncode, said_by_psql)
        _require_done("pg_restore", 0 if written else 1, said_by_restore)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Both have ended by now, unless we were interrupted: then nothing is committed."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.close()


def _contents(tools: Tools, source: Path) -> str:
    """What is in a backup, but for the schema `public` itself, which every database has, and its grants."""
    done = subprocess.run(
        [tools.path("pg_restore"), "--list", str(source)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotKeep(f"pg_restore cannot read {source}: {last_words(done.stderr.encode())}")
    lines = done.stdout.splitlines()
    return "\n".join(line for line in lines if " SCHEMA - public" not in line and " - SCHEMA public" not in line)


def _carry(writing: "subprocess.Popen[bytes]", running: "subprocess.Popen[bytes]") -> bool:
    """Carry the script from one to the other, and have it committed if it is whole; whether it was."""
    if writing.stdout is None or running.stdin is None:
        raise TypeError("both are pipes")
    try:
        running.stdin.write(BEGIN.encode())
        shutil.copyfileobj(writing.stdout, running.stdin)
        whole = writing.wait() == 0
        if whole:
            running.stdin.write(END.encode())
        running.stdin.close()
    except BrokenPipeError:  # psql gave up, and says why
        whole = True
    running.wait()
    return whole


def _require_done(program: str, status: int, said: IO[bytes]) -> None:
    if status:
        said.seek(0)
        raise CannotKeep(f"{program} failed, and nothing was changed: {last_words(said.read())}")


async def _require_equal(connection: Looking, page: Manifest) -> None:
    found = await count_rows(connection)
    differ = {name: (page.rows.get(name), found.get(name)) for name in {*page.rows, *found}}
    differ = {name: pair for name, pair in differ.items() if pair[0] != pair[1]}
    if differ:
        raise CannotKeep(f"What was put back is not what was kept: rows kept and found differ in {differ}.")


async def _broken(addresses: Mapping[str, str]) -> list[str]:
    db = Database(addresses[APP], addresses[SYSTEM], pool_size=1)
    try:
        async with db.system() as tx:
            found = await invariants.check(tx)
    finally:
        await db.close()
    return [one.id for one in found.checks if not one.ok]
