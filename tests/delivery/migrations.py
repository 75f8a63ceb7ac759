"""
`make migration-check`: a change of the schema can be rolled out, and none that cannot gets by.

    python -m tests.delivery.migrations [--since REVISION] [--squawk-wanted]

Exactly one head; an empty database comes to it; one with the rows of the release before comes to it with nothing lost
and its books in order; each new revision goes down and up; models and migrations agree; squawk finds no statement that
blocks or breaks a running platform. New is what the git revision of `--since` does not have; without it, the newest
one. A rule of squawk's is waived in the revision's own file: `# squawk-ignore rule-name: the reason`.
"""

import argparse
import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, event

from migrations.run import configuration, connected
from nexus.core.db import Database
from nexus.core.models import Table
from nexus.jobs import invariants
from tests.delivery.told import Told, green, left_out, red, tell
from tests.house import Servers, run_servers
from tests.migrations.rows import read_everything, seed
from tests.migrations.scratch import (
    Scratch,
    looking,
    migrate_to,
    scratch_database,
    take_back_to,
)

FIRST = "0001"  # the release whose rows we know how to write
FOLDER = "migrations/versions"
WAIVED = re.compile(r"^# squawk-ignore ([a-z-]+): (\S.+)$", re.MULTILINE)
SCHEMA = re.compile(r"\s*(ALTER|CREATE|DROP|TRUNCATE|UPDATE|DELETE|LOCK|REINDEX|CLUSTER|VACUUM)\b", re.IGNORECASE)
BOUNDED = "SET lock_timeout = '2s';\nSET statement_timeout = '15min';\n"  # by migrations/env.py, for each of them
# We name what exists and never guess, text has no length in our schema, and ids are no sequences.
NOT_OURS = "prefer-robust-stmts,prefer-text-field,prefer-bigint-over-int,prefer-identity"


def heads(history: ScriptDirectory) -> Told:
    """Whether there is one newest revision."""
    found = sorted(history.get_heads())
    if len(found) == 1:
        return green("one head", found[0])
    how = 'Join them with `alembic merge heads -m "..."`, or give the later one the earlier as its down_revision.'
    return red("one head", f"there are {len(found)}: {', '.join(found)}\n{how}")


def new_revisions(history: ScriptDirectory, since: str | None) -> list[Script]:
    """The revisions that a release does not have yet, oldest first; the newest one where no release is named."""
    ordered = list(history.walk_revisions())[::-1]
    if since is None:
        return ordered[-1:]
    listed = subprocess.run(
        ["git", "ls-tree", "--name-only", since, f"{FOLDER}/"],  # noqa: S607 - whichever git there is
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    known = {Path(name).name for name in listed}
    return [one for one in ordered if Path(one.path).name not in known]


async def check(servers: Servers, since: str | None, *, squawk_wanted: bool) -> AsyncIterator[Told]:
    """Everything, one after the other; several heads end it, since nobody knows then where to go."""
    history = ScriptDirectory.from_config(configuration())
    found = heads(history)
    yield found
    if "there are" in found.said:
        return
    new = new_revisions(history, since)
    yield await _from_empty(servers)
    yield await _with_rows(servers, new)
    yield await _down_and_up(servers, new)
    yield await _models(servers)
    yield await _squawk(servers, new, wanted=squawk_wanted)


def _before(new: list[Script]) -> list[str]:
    """Where the release before stood: at one revision, unless the oldest new one joins several."""
    if not new:
        return ["head"]
    down = new[0].down_revision
    return [down] if isinstance(down, str) else list(down or (FIRST,))


async def _migrate_to_each(url: str, revisions: list[str]) -> None:
    for revision in revisions:
        await migrate_to(url, revision)


async def _from_empty(servers: Servers) -> Told:
    try:
        async with scratch_database(servers):
            return green("an empty database upgrades")
    except Exception as error:  # noqa: BLE001 - whatever a revision does wrong is what is looked for
        return red("an empty database upgrades", _told(error))


async def _with_rows(servers: Servers, new: list[Script]) -> Told:
    name = f"rows of {', '.join(_before(new))} are kept"
    try:
        async with scratch_database(servers, FIRST) as scratch, looking(scratch.superuser_url) as connection:
            await seed(connection)
            await _migrate_to_each(scratch.superuser_url, _before(new))
            before = await read_everything(connection)
            await migrate_to(scratch.superuser_url, "head")
            after = await read_everything(connection)
            lost = sorted(table for table, rows in before.items() if not _kept(rows, after[table]))
            broken = await _broken_invariants(scratch)
    except Exception as error:  # noqa: BLE001 - as above
        return red(name, _told(error))
    if lost or broken:
        return red(name, f"changed or lost in {', '.join(lost) or 'no table'}; broken: {', '.join(broken) or 'none'}")
    return green(name, f"{sum(map(len, before.values()))} rows, and the books agree")


def _kept(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> bool:
    """Whether each row is there with all that it held; a column may have come or gone."""
    if len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all({name: new[name] for name in old if name in new}.items() <= old.items() for old, new in pairs)


async def _broken_invariants(scratch: Scratch) -> list[str]:
    db = Database(scratch.settings.database_url, scratch.settings.system_database_url, pool_size=1)
    try:
        async with db.system() as tx:
            return [one.id for one in (await invariants.check(tx)).checks if not one.ok]
    finally:
        await db.close()


async def _down_and_up(servers: Servers, new: list[Script]) -> Told:
    name = "each new revision goes down and up"
    try:
        async with scratch_database(servers) as scratch:
            for revision in reversed(new):
                await take_back_to(scratch.superuser_url, _below(revision))
            await migrate_to(scratch.superuser_url, "head")
    except Exception as error:  # noqa: BLE001 - as above
        return red(name, _told(error))
    return green(name, ", ".join(one.revision for one in new) or "there are none")


def _below(revision: Script) -> str:
    """The revision before this one; of several that it joins, one."""
    down = revision.down_revision
    return down if isinstance(down, str) else next(iter(down or ("base",)))


async def _models(servers: Servers) -> Told:
    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Table.metadata))

    async with scratch_database(servers) as scratch, connected(scratch.superuser_url) as connection:
        found = await connection.run_sync(compare)
    if found:
        return red("models equal migrations", "\n".join(["they differ", *map(str, found)]))
    return green("models equal migrations")


async def _squawk(servers: Servers, new: list[Script], *, wanted: bool) -> Told:
    name = "squawk"
    beside = Path(sys.executable).with_name("squawk")
    squawk = str(beside) if beside.exists() else shutil.which("squawk")
    if squawk is None:
        return left_out(name, "squawk is not installed", wanted=wanted)
    found = []
    async with scratch_database(servers, FIRST) as scratch:
        await _migrate_to_each(scratch.superuser_url, _before(new))
        for revision in new:
            sql = await _sql_of(scratch, revision.revision)
            found += [f"{revision.revision}: {one}" for one in _complaints(squawk, sql, _waived(revision))]
    if found:
        return red(name, "\n".join(["found something", *found]))
    return green(name, f"nothing in {', '.join(one.revision for one in new) or 'none'}")


async def _sql_of(scratch: Scratch, revision: str) -> str:
    """The statements that this revision sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if SCHEMA.match(statement) and "alembic_version" not in statement:
            sent.append(statement.strip().rstrip(";") + ";\n")

    def migrate(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        event.listen(connection, "before_cursor_execute", note)
        command.upgrade(config, revision)

    async with connected(scratch.superuser_url) as connection:
        await connection.run_sync(migrate)
    return BOUNDED + "".join(one for one in sent if not one.startswith(("CREATE ROLE", "ALTER ROLE")))


def _waived(revision: Script) -> set[str]:
    return {rule for rule, _ in WAIVED.findall(Path(revision.path).read_text(encoding="utf-8"))}


def _complaints(squawk: str, sql: str, waived: Iterable[str]) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(sql)
        file.flush()
        options = ("--reporter=json", "--pg-version=15.18", "--assume-in-transaction", f"--exclude={NOT_OURS}")
        done = subprocess.run([squawk, *options, file.name], capture_output=True, text=True, timeout=120, check=False)
    if not done.stdout.startswith("["):
        yield f"squawk could not read it: {done.stderr.strip()[:500]}"
        return
    for one in json.loads(done.stdout):
        if one["rule_name"] not in set(waived):
            line = sql.splitlines()[min(one["line"], sql.count("\n")) - 1].strip()
            yield f"{one['rule_name']}: {one['message']} ({line[:120]})"


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:1000]


async def _run(since: str | None, *, squawk_wanted: bool) -> int:
    status = 0
    with tempfile.TemporaryDirectory() as folder, run_servers(Path(folder)) as servers:
        async for one in check(servers, since, squawk_wanted=squawk_wanted):
            status |= tell([one])
    return status


def main() -> int:
    """Read the command line, and check; several heads are told without starting anything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--since", default=None)
    parser.add_argument("--squawk-wanted", action="store_true")
    asked = parser.parse_args()
    found = heads(ScriptDirectory.from_config(configuration()))
    if "there are" in found.said:
        return tell([found])
    return asyncio.run(_run(asked.since, squawk_wanted=asked.squawk_wanted))


if __name__ == "__main__":
    sys.exit(main())
