"""API processes of the product's own, as containers run them: from settings alone, each on a port of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nexus.local.ports import free_port
from tests.house import await_server, clean_environment

START_SECONDS, STOP_SECONDS = 150, 15


@dataclass(frozen=True)
class ApiProcess:
    """A running `nexus api`."""

    url: str
    popen: "subprocess.Popen[bytes]"


@contextmanager
def api_processes(environment: dict[str, str], folder: Path, count: int) -> Iterator[list[str]]:
    """Run so many `nexus api`; where they answer."""
    with ExitStack() as running:
        logs = [folder / f"api-{number}.log" for number in range(count)]
        yield [running.enter_context(api_process(environment, log)).url for log in logs]


@contextmanager
def api_process(environment: dict[str, str], log: Path) -> Iterator[ApiProcess]:
    """Run a `nexus api`, from when it answers."""
    port = free_port()
    command = [sys.executable, "-m", "nexus.cli", "api", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=clean_environment() | environment, cwd=log.parent, stdout=out)
        try:
            url = f"http://127.0.0.1:{port}"
            await_server(f"{url}/health/live", START_SECONDS)
            yield ApiProcess(url, process)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()
            process.wait()
