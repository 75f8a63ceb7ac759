"""
A backup: everything in the database as of one moment, while the platform works.

The rows are counted in the very snapshot that is written out, so that a restore can be held against them. The file
appears under its name when it is whole, with mode 0600; its page comes last.
"""

import asyncio
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from nexus.database_address import DatabaseAddress, read_database_address
from nexus.kept import manifest
from nexus.kept.errors import CannotKeep
from nexus.kept.looking import count_rows, looking_at, major_of, revision_of
from nexus.kept.manifest import Manifest
from nexus.kept.tools import Tools, environment_for, find_tools, last_words

LOCK_WAIT = "10s"  # a dump that waited behind a migration would have others wait behind it


async def back_up(url: str, target: Path) -> Manifest:
    """Write a backup of this database. Raises CannotKeep, and leaves nothing behind then."""
    unfinished = _begin(target)
    try:
        page = await _write(url, unfinished)
        _finish(unfinished, target, page)
    except BaseException:
        _give_up(unfinished)
        raise
    return page


async def _write(url: str, path: Path) -> Manifest:
    address = read_database_address(url)
    async with looking_at(url) as connection:
        major = await major_of(connection)
        tools = find_tools(major, encrypted=address.is_encrypted)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot: str = await connection.fetchval("SELECT pg_export_snapshot()")
            revision = await revision_of(connection)
            if revision is None:
                raise CannotKeep("There is no schema in this database, so there is nothing to keep.")
            rows = await count_rows(connection)
            await _dump(tools, address, snapshot, path)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    size, digest = await asyncio.to_thread(manifest.measure, path)
    return Manifest(at, revision, major, rows, size, digest)


async def _dump(tools: Tools, address: DatabaseAddress, snapshot: str, path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(tools.path("pg_dump"), f"--dbname={address.for_libpq()}", "--format=custom", f"--file={path}"),
        *(f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}", "--no-password", "--schema=public"),
        env=environment_for(address),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode:
        raise CannotKeep(f"pg_dump failed: {last_words(said)}")


def _begin(target: Path) -> Path:
    """An empty file of ours alone beside the target, under a name that nobody takes for a backup."""
    if target.exists() or manifest.page_of(target).exists():
        raise CannotKeep(f"{target} is there already. A backup never takes another's place: choose another name.")
    if not target.parent.is_dir():
        raise CannotKeep(f"There is no folder {target.parent}. Make it, readable by its owner alone.")
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    return Path(name)


def _finish(unfinished: Path, target: Path, page: Manifest) -> None:
    """See that what was written is on the disk, give it its name, and say at last that it is whole."""
    unfinished.chmod(0o600)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(target)
    manifest.write(target, page)


def _give_up(unfinished: Path) -> None:
    unfinished.unlink(missing_ok=True)
