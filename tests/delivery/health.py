"""
`make health-check`: an API started as a container starts it answers its health, and stops when it is told to.

    python -m tests.delivery.health

PostgreSQL, Redis and the identity provider are the ones of `nexus up`, in a folder of their own; or those of the
environment, where NEXUS_DATABASE_URL names them.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from nexus.local.ports import free_port
from tests.delivery.told import Told, green, red, tell
from tests.house import ROOT, clean_environment, run_servers

STARTS_WITHIN = 60.0
STOPS_WITHIN = 10.0  # then Cloud Run kills
WELL = {"status": "ok", "database": "ok", "redis": "ok"}


def check(command: list[str], environment: Mapping[str, str], folder: Path = ROOT) -> Iterator[Told]:
    """Start an API by this command, ask, and stop it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    asked = [*command, "--port", str(port)]
    with subprocess.Popen(asked, env={**clean_environment(), **environment}, cwd=folder, stdout=subprocess.PIPE) as api:
        try:
            yield _started(api, url)
            yield _healthy(url)
            yield stopped("api stops", api)
        finally:
            api.kill()


def stopped(name: str, process: "subprocess.Popen[bytes]") -> Told:
    """Tell a process to stop; whether it ends in order and in time."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        return red(name, f"still there after {STOPS_WITHIN:.0f} seconds")
    seconds = time.monotonic() - began
    if process.returncode not in (0, -signal.SIGTERM):
        return red(name, f"status {process.returncode}")
    return green(name, f"in {seconds:.1f} s")


def _started(api: "subprocess.Popen[bytes]", url: str) -> Told:
    began = time.monotonic()
    while time.monotonic() - began < STARTS_WITHIN:
        if api.poll() is not None:
            said = api.stdout.read().decode(errors="replace") if api.stdout else ""
            return red("api starts", f"it ended with status {api.returncode}\n{said[-2000:]}")
        try:
            if httpx.get(f"{url}/health/live", trust_env=False).is_success:
                return green("api starts", f"in {time.monotonic() - began:.1f} s")
        except httpx.TransportError:
            time.sleep(0.1)
    return red("api starts", f"no answer within {STARTS_WITHIN:.0f} seconds")


def _healthy(url: str) -> Told:
    try:
        answer = httpx.get(f"{url}/health", trust_env=False)
    except httpx.TransportError as error:
        return red("GET /health", type(error).__name__)
    if (answer.status_code, answer.json()) != (200, WELL):
        return red("GET /health", f"{answer.status_code} {answer.text}")
    return green("GET /health", answer.text)


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """The settings that lead to a PostgreSQL with our schema, a Redis and an issuer."""
    if "NEXUS_DATABASE_URL" in os.environ:
        yield {name: value for name, value in os.environ.items() if name.startswith("NEXUS_")}
        return
    with tempfile.TemporaryDirectory() as folder, run_servers(Path(folder)) as servers:
        yield servers.environment


def main() -> int:
    """Check the API of this checkout."""
    with surroundings() as environment:
        return tell(check([sys.executable, "-m", "nexus.cli", "api"], environment))


if __name__ == "__main__":
    sys.exit(main())
