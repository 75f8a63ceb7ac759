"""`nexus run`, `nexus job` and `nexus cancel`: what a customer does with jobs, against any platform."""

import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from nexus.commands.output import as_json, as_table, plural, printable
from nexus.given import stop

FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS, GROWTH = 0.2, 15.0, 1.3  # polls count in the organisation's rate limit
SETTLED = ("completed", "failed")
USAGE, INTERRUPTED = 2, 130
NEWLINE = "\n"
DEVELOPER = "ann@acme.test"


def _with_client(command: Callable[..., None]) -> Callable[..., None]:
    """Hand a command the client that its options ask for; what the API refuses ends it with the API's sentence."""

    @click.option("--api-url", envvar="NEXUS_API_URL", help="A platform elsewhere; wants NEXUS_API_KEY.")
    @click.option("--email", default=DEVELOPER, show_default=True, help="Who asks, on a development stack.")
    @click.option("--json", "as_json_", is_flag=True, help="Print the job as JSON.")
    @wraps(command)
    def wrapped(*args: Any, api_url: str | None, email: str, as_json_: bool, **options: Any) -> None:
        from nexus.client import ApiError

        try:
            command(*args, client=_client(api_url, email), as_json_=as_json_, **options)
        except ApiError as error:
            stop(str(error))

    return wrapped


@click.command()
@click.argument("job_type")
@click.argument("source", metavar="[FILE]", required=False)
@click.option("--file", "path", help="The text, the same as FILE. - is standard input.")
@click.option("--input", "json_file", help="A JSON file with every input of the job type.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="One input; NAME=@FILE reads it.")
@_with_client
def run(job_type: str, *, client: Any, as_json_: bool, **given: Any) -> None:
    """Submit a job, wait for it, and print its result. FILE is the text; - is standard input."""
    from nexus.commands.inputs import STDIN, InvalidInput, read_input

    source, path = given["source"], given["path"]
    if source is not None and path is not None:
        raise click.UsageError("Give the text as FILE or with --file, not both.")
    known = {one["name"]: one for one in client.request("GET", "/job-types")["items"]}
    if job_type not in known:
        click.echo(f"No job type '{job_type}'. There are: {', '.join(sorted(known))}.", err=True)
        sys.exit(USAGE)
    try:
        text = source if path is None else path
        body = read_input(known[job_type]["input_schema"], text, given["json_file"], given["assignments"])
    except InvalidInput as error:
        stop(str(error))
    accepted = client.request("POST", f"/{job_type}", body)
    origin = f" of {text}" if text not in (None, STDIN) else ""
    click.echo(f"{job_type}{origin}: job {accepted['job_id']}", err=True)
    _show_result(client, _wait(client, accepted["job_id"]), as_json_=as_json_)


@click.command()
@click.argument("job_id")
@click.option("--wait", is_flag=True, help="Wait until it is completed or failed.")
@_with_client
def job(job_id: str, *, wait: bool, client: Any, as_json_: bool) -> None:
    """Show a job, and its result when it is completed."""
    found = _wait(client, job_id) if wait else client.request("GET", _path(job_id))
    if found["status"] in SETTLED:
        _show_result(client, found, as_json_=as_json_)
    elif as_json_:
        click.echo(as_json(found))
    else:
        click.echo(f"{found['job_type']}: {_state_of(found)}, cost {plural(found['cost'], 'credit')}")


@click.command()
@click.argument("job_id")
@_with_client
def cancel(job_id: str, *, client: Any, as_json_: bool) -> None:
    """Cancel a job that is not finished; its credits are given back."""
    found = client.request("POST", f"{_path(job_id)}/cancel")
    click.echo(as_json(found) if as_json_ else f"Cancelled. {plural(found['cost'], 'credit')} given back.")


def _client(api_url: str | None, email: str) -> Any:
    from nexus.client import Client
    from nexus.local.errors import StackNotRunning
    from nexus.local.run_file import find_stack

    if api_url:
        return Client.at(api_url)
    try:
        stack = find_stack(Path(os.environ.get("NEXUS_DATA_DIR", ".nexus")))
    except StackNotRunning as error:
        stop(f"{error} For a platform elsewhere, give --api-url and NEXUS_API_KEY.")
    return Client.at(stack.api) if os.environ.get("NEXUS_API_KEY") else Client.of(stack, email)


def _wait(client: Any, job_id: str) -> dict[str, Any]:
    """Read a job until it is settled, saying when its state changes."""
    told, pause = None, FIRST_PAUSE_SECONDS
    try:
        while True:
            found: dict[str, Any] = client.read_patiently(_path(job_id))
            if (state := _state_of(found)) != told:
                click.echo(f"  {state}", err=True)
                told = state
            if found["status"] in SETTLED:
                return found
            time.sleep(pause)
            pause = min(pause * GROWTH, LAST_PAUSE_SECONDS)
    except KeyboardInterrupt:
        click.echo(
            f"\nThe job goes on. See it with `nexus job {job_id}`, or end it with `nexus cancel {job_id}`.", err=True
        )
        sys.exit(INTERRUPTED)


def _path(job_id: str) -> str:
    return f"/jobs/{quote(job_id, safe='')}"


def _state_of(found: dict[str, Any]) -> str:
    again = found["attempt_count"] > 1  # the first attempt is no news
    return f"{found['status']}, attempt {found['attempt_count']}" if again else str(found["status"])


def _show_result(client: Any, found: dict[str, Any], *, as_json_: bool) -> None:
    """Print a settled job: the result to standard output, and how it came about to standard error."""
    failed = found["status"] == "failed"
    if as_json_:
        click.echo(as_json(found))
    elif not failed:
        click.echo(as_table(found["output_data"]) if found["output_data"] else "The result was erased.")
    if failed:
        returned = " Its credits were given back." if found["refunded"] else ""
        click.echo(
            f"Failed after {plural(found['attempt_count'], 'attempt')}: {printable(found['error_message'])}{returned}",
            err=True,
        )
        sys.exit(1)
    balance = client.read_patiently("/credits")["balance"]
    origin = "from the cache, " if found["cached"] else ""
    cost = f"cost {plural(found['cost'], 'credit')}, {balance} left"
    click.echo(f"{'' if as_json_ else NEWLINE}by {found['model']}, {origin}{cost}", err=as_json_)
