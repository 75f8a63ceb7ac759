"""What the command line says to a running stack, as any client would: over HTTP, with a token."""

import sys
import time
from pathlib import Path
from typing import Any, Self

import click
import httpx

SOONEST_SECONDS, LATEST_SECONDS, SLOWER = 0.2, 15.0, 1.3  # polls count in the organisation's rate limit
SETTLED = ("completed", "failed")
ASK_SECONDS = 30.0


class Client:
    """A caller of the API. Whatever it is refused, it says in the API's own words, and ends."""

    def __init__(self, api: str, idp: str) -> None:
        self._api = httpx.Client(base_url=f"{api}/v1", timeout=ASK_SECONDS, trust_env=False)
        self._idp = idp

    @classmethod
    def of(cls, stack: Any) -> Self:
        """A client of this stack, if it has the development identity provider."""
        if stack is None or stack.idp is None:
            click.echo("This needs a running stack with the development identity provider: `nexus up`.", err=True)
            sys.exit(1)
        return cls(stack.api, stack.idp)

    def sign_in(self, email: str) -> dict[str, Any]:
        """Sign in through the development identity provider, as a browser would through Google."""
        identity = httpx.post(f"{self._idp}/dev/id-token", json={"email": email}, timeout=ASK_SECONDS, trust_env=False)
        return self._signed_in(self.ask("POST", "/auth/google", {"id_token": _read(identity)["id_token"]}))

    def refresh(self, pair: dict[str, Any]) -> dict[str, Any]:
        """Renew the session: the new access token says what is true now."""
        return self._signed_in(self.ask("POST", "/auth/refresh", {"refresh_token": pair["refresh_token"]}))

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the API; its answer."""
        try:
            return _read(self._api.request(method, path, json=body))
        except httpx.HTTPError as error:
            click.echo(f"The API does not answer ({type(error).__name__}). Is the stack running?", err=True)
            sys.exit(1)

    def _signed_in(self, pair: dict[str, Any]) -> dict[str, Any]:
        self._api.headers["Authorization"] = f"Bearer {pair['access_token']}"
        return pair


def show_job(client: Client, job_type: str, path: Path) -> None:
    """Ask for work on a file, show how it goes, and print what came out, what it cost and what is left."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        click.echo(f"{path} is not UTF-8 text. Convert it, or give another file.", err=True)
        sys.exit(1)
    accepted = client.ask("POST", f"/{job_type}", {"text": text})
    click.echo(f"{job_type} of {path}: job {accepted['job_id']}", err=True)
    job = _wait(client, accepted["job_id"])
    balance = client.ask("GET", "/credits")["balance"]
    if job["status"] == "failed":
        returned = " Its credits were given back." if job["refunded"] else ""
        click.echo(f"Failed after {job['attempt_count']} attempts: {job['error_message']}{returned}", err=True)
        sys.exit(1)
    _print_output(job["output_data"])
    click.echo(f"\nby {job['model']}, cost {job['cost']} credits, {balance} left", err=False)


def _wait(client: Client, job_id: str) -> dict[str, Any]:
    """Read a job until it is settled, saying when its state changes."""
    said, pause = None, SOONEST_SECONDS
    while True:
        job = client.ask("GET", f"/jobs/{job_id}")
        state = job["status"] if job["attempt_count"] < 2 else f"{job['status']}, attempt {job['attempt_count']}"  # noqa: PLR2004 - the first attempt is no news
        if state != said:
            click.echo(f"  {state}", err=True)
            said = state
        if job["status"] in SETTLED:
            return job
        time.sleep(pause)
        pause = min(pause * SLOWER, LATEST_SECONDS)


def _print_output(output: dict[str, Any]) -> None:
    for name, value in output.items():
        click.echo(f"{value}" if len(output) == 1 else f"{name}: {value}")


def _read(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json() if answer.content else {}
    if answer.is_success:
        return body
    said = body.get("detail") or body.get("error_description") or answer.reason_phrase
    click.echo(f"{answer.status_code}: {said}", err=True)
    sys.exit(1)
