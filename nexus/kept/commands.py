"""`nexus backup` and `nexus restore`: of the database that the settings name, or of a stack's data directory."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from nexus.given import database_addresses, stop

DATA_DIR = Path(".nexus")
MIGRATION = "NEXUS_MIGRATION_DATABASE_URL"
PROCESSES = ("NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL")


@click.command()
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The file to write. It must be new.")
def backup(output: Path) -> None:
    """Write everything in the database to a file, while the platform works."""
    from nexus.kept.backup import back_up
    from nexus.kept.errors import CannotKeep

    try:
        page = asyncio.run(back_up(_address(), output.absolute()))
    except CannotKeep as why:
        stop(str(why))
    rows = sum(page.rows.values())
    click.echo(
        f"Kept {rows} rows of {len(page.rows)} tables at revision {page.revision}: {output}, {page.bytes} bytes."
    )
    click.echo("NEXUS_SECRET_KEYS is not in it. Keep it elsewhere: without it what is sealed cannot be read.")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace the rows that are there.")
def restore(source: Path, *, overwrite: bool) -> None:
    """Put a backup into an empty database, or into a stack's data directory. The platform must be stopped."""
    from nexus.kept.errors import CannotKeep
    from nexus.kept.restore import put_back
    from nexus.local.errors import LocalError

    try:
        with _addresses() as addresses:
            restored = asyncio.run(put_back(source.absolute(), addresses, overwrite=overwrite))
    except (CannotKeep, LocalError) as why:
        stop(str(why))
    rows, revision = sum(restored.manifest.rows.values()), restored.manifest.revision
    click.echo(f"Put {rows} rows back, as of {restored.manifest.taken_at}, at revision {revision}.")
    if restored.broken:
        stop(f"But {', '.join(restored.broken)} do not hold: see `nexus check`.")
    click.echo("Every table has as many rows as were kept, and every invariant holds. Now run `nexus migrate`.")


def _address() -> str:
    """The migrator's door: of the settings, or of the stack that runs."""
    if os.environ.get(MIGRATION):
        return database_addresses(MIGRATION)[MIGRATION]
    from nexus.local.errors import StackNotRunning
    from nexus.local.run_file import find_stack

    try:
        return find_stack(_data_dir()).run.database_url
    except StackNotRunning as why:
        stop(f"{why} For another database, {MIGRATION} names a role that sees every row.")


@contextmanager
def _addresses() -> Iterator[Mapping[str, str]]:
    """The doors of the settings; else of a data directory's own server, which is started for as long as it takes."""
    if os.environ.get(MIGRATION):
        missing = [name for name in PROCESSES if not os.environ.get(name)]
        if missing:
            stop(f"Set {' and '.join(missing)} too: the roles that they name are made, with their passwords.")
        yield database_addresses(MIGRATION, *PROCESSES)
        return
    from nexus.local.postgres import EmbeddedPostgres
    from nexus.local.run_file import only_stack_on
    from nexus.local.stack import Options, settings_of_stack

    options = Options(_data_dir())
    with only_stack_on(options.data_dir):
        postgres = EmbeddedPostgres(options.data_dir, options.log_dir)
        postgres.start()
        try:
            made = settings_of_stack(options, {}, postgres, None)
            yield {name: made[name] for name in (MIGRATION, *PROCESSES)}
        finally:
            postgres.stop()


def _data_dir() -> Path:
    return Path(os.environ.get("NEXUS_DATA_DIR") or DATA_DIR).absolute()
