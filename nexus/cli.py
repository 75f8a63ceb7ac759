"""The command line's root: `nexus up` and its parts, and what the operator does."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from nexus import __version__
from nexus.commands.jobs import cancel, job, run
from nexus.commands.output import plural
from nexus.given import (
    NoPlatform,
    database_addresses,
    find_running,
    run_process,
    running,
    settings_of_process,
    stop,
)
from nexus.kept.commands import backup, restore

MIGRATION_URL = "NEXUS_MIGRATION_DATABASE_URL"
PROCESS_URLS = ("NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL")
CANNOT_SEE = 2
MOST_CALLS = 1_000_000  # in a window: what an integer column and a bucket in memory can well hold
SECTIONS = {
    "Run": ("up", "api", "worker", "migrate"),
    "Jobs": ("run", "job", "cancel"),
    "Operate": ("check", "credits", "rate-limit", "billing", "backup", "restore"),
    "Develop": ("token", "openapi"),
}
OPENAPI_ONLY = {
    "environment": "development",
    "database_url": "postgresql://nobody@nowhere/none",
    "system_database_url": "postgresql://nobody@nowhere/none",
    "redis_url": "redis://nowhere",
    "secret_keys": "-" * 32,
    "google_client_id": "none",
    "google_client_secret": "none",
}


class Sections(click.Group):
    """A group whose help lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, a section for each purpose; one that no section names comes last."""
        named = [name for names in SECTIONS.values() for name in names]
        rest = [name for name in self.list_commands(ctx) if name not in named]
        for title, names in {**SECTIONS, "Other": tuple(rest)}.items():
            known = [(name, command) for name in names if (command := self.get_command(ctx, name))]
            rows = [(name, command.get_short_help_str(formatter.width - 20)) for name, command in known]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


@click.group(
    cls=Sections,
    help="NexusAPI: organisations, their credits, and the AI work that they buy with them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="nexus %(version)s", help="Print the version.")
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
    database_addresses(MIGRATION_URL, *(name for name in PROCESS_URLS if os.environ.get(name)))
    import structlog

    from migrations.roles import WrongRole
    from migrations.run import HEAD, move
    from migrations.turn import Blocked, NotOurTurn
    from nexus.core.connections import connect_problem
    from nexus.core.logging import set_up_logging

    set_up_logging(os.environ.get("NEXUS_LOG_LEVEL", "INFO"), "migrate")
    try:
        move(revision, patience)
    except WrongRole as why:
        stop(str(why))
    except (Blocked, NotOurTurn) as why:
        structlog.get_logger().critical("migration.blocked", reason=str(why), **why.facts)
        stop(str(why))
    except Exception as error:
        problem = connect_problem(error)
        if problem is None:
            raise
        stop(f"{MIGRATION_URL}: {problem.sentence}")
    click.echo(f"The schema is at {'its newest revision' if revision == HEAD else f'revision {revision}'}.")


@main.command()
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(["admin", "member"]), help="Give them this role first.")
def token(email: str, role: str | None) -> None:
    """Print an access token for somebody. Development only."""
    from nexus import operate
    from nexus.client import ApiError, Client
    from nexus.config import Environment

    settings, stack = running()
    if settings.environment is not Environment.DEVELOPMENT:
        stop("`nexus token` is for development. In production, sign in with Google.")
    if stack is None or stack.idp is None:
        stop("This needs a running stack with the development identity provider: `nexus up`.")
    client = Client(stack.api)
    try:
        pair = client.sign_in(stack.idp, email)
        if role is not None:
            asyncio.run(operate.set_role(settings, pair, role))
            pair = client.refresh(pair)
    except ApiError as error:
        stop(str(error))
    click.echo(pair["access_token"])


@main.group("credits")
def credits_() -> None:
    """Manage credits."""


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
    """Manage purchases."""


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
    """Manage rate limits."""


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
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(*, as_json: bool) -> None:
    """Check the invariants of credits and jobs. Exit status 1: one is broken; 2: nothing could be checked."""
    from nexus import operate
    from nexus.jobs.invariants import CannotSee

    try:
        settings, _ = find_running()
        found = asyncio.run(operate.check(settings))
    except (NoPlatform, CannotSee, operate.DatabaseUnreachable) as why:
        if as_json:
            nothing = {"ok": False, "error": str(why), "organisations": None, "checks": [], "queue": None}
            click.echo(json.dumps(nothing, indent=2))
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


for command in (backup, restore, run, job, cancel):
    main.add_command(command)


def _print_findings(found: Any) -> None:
    from nexus.jobs.invariants import SENTENCES

    for one in found.checks:
        mark = click.style("✓", fg="green") if one.ok else click.style("✗", fg="red")
        broken = "" if one.ok else f": {plural(one.violations, 'violation')}, such as {', '.join(one.examples)}"
        click.echo(f"{mark} {one.id}  {SENTENCES[one.id]}{broken}")
    queue = found.queue
    organisations, pending = plural(found.organisations, "organisation"), plural(queue.pending, "job")
    click.echo(f"{organisations}; {pending} pending, {queue.running} running.")


if __name__ == "__main__":
    main()
