"""API processes of the product's own, as containers run them: from settings alone, each on a port of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

from nexus.local.ports import free_port
from tests.house import clean_environment

STOP_SECONDS = 15


@contextmanager
def api_processes(environment: dict[str, str], folder: Path, count: int) -> Iterator[list[str]]:
    """Run so many `nexus api`; where they answer."""
    with ExitStack() as running:
        yield [
            running.enter_context(_api_process(environment, folder / f"api-{number}.log")) for number in range(count)
        ]


@contextmanager
def _api_process(environment: dict[str, str], log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "nexus.cli", "api", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=clean_environment() | environment, cwd=log.parent, stdout=out)
        try:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=20), trust_env=False) as client:
                client.get(f"{url}/health/live")
            yield url
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()
            process.wait()
