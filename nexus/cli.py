"""The command line's root: `nexus up` and its parts, and what the operator does."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from nexus.given import run_process, running, settings_of_process, stop
from nexus.kept.commands import backup, restore

CANNOT_SEE = 2
MOST_CALLS = 1_000_000  # in a window: what an integer column and a bucket in memory can well hold
OPENAPI_ONLY = {
    "database_url": "postgresql://nobody@nowhere/none",
    "system_database_url": "postgresql://nobody@nowhere/none",
    "redis_url": "redis://nowhere",
    "secret_keys": "-" * 32,
    "google_client_id": "none",
    "google_client_secret": "none",
}


@click.group(help="NexusAPI: organisations, their credits, and the AI work that they buy with them.")
def main() -> None:
    """Let click find the command."""


@main.command()
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path(".nexus"), show_default=True)
@click.option("--api-port", default=8000, show_default=True)
@click.option("--web-port", default=3000, show_default=True)
@click.option("--idp-port", default=9400, show_default=True)
@click.option("--api-replicas", default=1, show_default=True, type=click.IntRange(1, 32))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 32))
@click.option("--no-web", is_flag=True, help="Leave the web application out.")
def up(*, no_web: bool, **options: Any) -> None:
    """Run the whole platform on this machine. Ctrl-C stops it."""
    from nexus.local.stack import Options
    from nexus.local.supervisor import run_stack

    sys.exit(run_stack(Options(web=not no_web, **options)))


@main.command()
@click.option("--host", default=None, help="Loopback in development, every address in production.")
@click.option("--port", default=8000, show_default=True)
def api(host: str | None, port: int) -> None:
    """Run one API process, from settings alone."""
    from nexus.app import serve

    settings = settings_of_process("api")
    run_process(serve(settings, host or settings.host, port))


@main.command()
def worker() -> None:
    """Run one worker process, from settings alone."""
    from nexus.worker import work

    run_process(work(settings_of_process("worker")))


@main.command()
@click.option("--to", "revision", default="head", show_default=True, help="The revision to go to, up or down.")
@click.option("--patience", default=120.0, show_default=True, help="For how many seconds to try again.")
def migrate(revision: str, patience: float) -> None:
    """Make the database roles, and bring the schema to the newest revision."""
    if not os.environ.get("NEXUS_MIGRATION_DATABASE_URL"):
        stop("NEXUS_MIGRATION_DATABASE_URL is not set. It names a role that may create the other two.")
    import structlog

    from migrations.roles import WrongRole
    from migrations.run import HEAD, move
    from migrations.turn import Blocked, NotOurTurn
    from nexus.core.logging import set_up_logging

    set_up_logging(os.environ.get("NEXUS_LOG_LEVEL", "INFO"), "migrate")
    try:
        move(revision, patience)
    except WrongRole as why:
        stop(str(why))
    except (Blocked, NotOurTurn) as why:
        structlog.get_logger().critical("migration.blocked", reason=str(why), **why.facts)
        stop(str(why))
    click.echo(f"The schema is at {'its newest revision' if revision == HEAD else f'revision {revision}'}.")


@main.command()
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(["admin", "member"]), help="Give them this role first.")
def token(email: str, role: str | None) -> None:
    """Print an access token for somebody. Development only."""
    from nexus import operate
    from nexus.client import Client
    from nexus.config import Environment

    settings, stack = running()
    if settings.environment is not Environment.DEVELOPMENT:
        stop("`nexus token` is for development. In production, sign in with Google.")
    client = Client.of(stack)
    pair = client.sign_in(email)
    if role is not None:
        asyncio.run(operate.set_role(settings, pair, role))
        pair = client.refresh(pair)
    click.echo(pair["access_token"])


@main.group("credits")
def credits_() -> None:
    """What the operator does with credits."""


@credits_.command()
@click.option("--organisation", required=True, help="Its id or its domain.")
@click.option("--amount", required=True, type=click.IntRange(1, 1_000_000_000))
@click.option("--reason", required=True)
def grant(organisation: str, amount: int, reason: str) -> None:
    """Give an organisation credits."""
    if not reason.strip():
        stop("Say why: --reason stands in the ledger, where the organisation reads it.")
    from nexus import operate

    settings, _ = running()
    balance = asyncio.run(operate.grant(settings, organisation, amount, reason.strip()))
    click.echo(f"Granted {amount} credits to {organisation}. The balance is {balance}.")


@main.group()
def billing() -> None:
    """What the operator does with purchases."""


@billing.command()
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 90), help="How far back to look.")
@click.option("--fulfil", is_flag=True, help="Enter what is missing.")
def reconcile(days: int, *, fulfil: bool) -> None:
    """List checkouts that Stripe says are paid and that are no purchase here. Exit status 1: some are left."""
    from nexus import operate

    settings, _ = running()
    sys.exit(asyncio.run(operate.reconcile(settings, days, fulfil=fulfil)))


@main.group("rate-limit")
def rate_limit() -> None:
    """What the operator does with rate limits."""


@rate_limit.command("set")
@click.option("--organisation", required=True, help="Its id or its domain.")
@click.option("--limit", required=True, type=click.IntRange(1, MOST_CALLS), help="Requests in a window.")
def set_(organisation: str, limit: int) -> None:
    """Give an organisation a rate limit of its own. It holds from the next request on."""
    from nexus import operate

    settings, _ = running()
    asyncio.run(operate.set_rate_limit(settings, organisation, limit))
    click.echo(f"{organisation} may make {limit} requests in {settings.rate_window_seconds} seconds.")


@rate_limit.command()
@click.option("--organisation", required=True, help="Its id or its domain.")
def reset(organisation: str) -> None:
    """Give an organisation the platform's rate limit again."""
    from nexus import operate

    settings, _ = running()
    asyncio.run(operate.set_rate_limit(settings, organisation, None))
    click.echo(f"{organisation} may make as many requests as any other: {settings.rate_limit} in a window.")


@main.command()
@click.argument("job_type")
@click.option("--file", "path", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--email", default="ann@acme.test", show_default=True)
def run(job_type: str, path: Path, email: str) -> None:
    """Ask for work on a text file, wait for it, and print what came out."""
    from nexus.client import Client, show_job

    _, stack = running()
    client = Client.of(stack)
    client.sign_in(email)
    show_job(client, job_type, path)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(*, as_json: bool) -> None:
    """Check the invariants of credits and jobs. Exit status 1: one is broken; 2: nothing could be seen."""
    from nexus import operate
    from nexus.jobs.invariants import CannotSee

    settings, _ = running()
    try:
        found = asyncio.run(operate.check(settings))
    except CannotSee as why:
        click.echo(str(why), err=True)
        sys.exit(CANNOT_SEE)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
    else:
        _print_findings(found)
    sys.exit(0 if found.ok else 1)


@main.command()
@click.option("--version", help="Only this version, such as v1.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file instead of standard output.")
def openapi(version: str | None, output: Path | None) -> None:
    """Write the OpenAPI document, whole or of one version."""
    from nexus.app import create_app
    from nexus.config import Settings
    from nexus.core.openapi.document import version_of

    document = create_app(Settings(**OPENAPI_ONLY)).openapi()  # type: ignore[arg-type]  # parsed
    try:
        told = document if version is None else version_of(document, version)
    except LookupError as error:
        raise click.BadParameter(str(error), param_hint="--version") from None
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


for kept in (backup, restore):
    main.add_command(kept)


def _print_findings(found: Any) -> None:
    for one in found.checks:
        mark = click.style("✓", fg="green") if one.ok else click.style("✗", fg="red")
        click.echo(f"{mark} {one.id}" + ("" if one.ok else f"  {one.violations} broken, such as {one.examples}"))
    queue = found.queue
    click.echo(f"{found.organisations} organisations; {queue.pending} jobs pending, {queue.running} running.")


if __name__ == "__main__":
    main()
