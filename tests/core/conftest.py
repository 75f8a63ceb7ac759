"""The scratch API, and a real API process whose log can be read."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from nexus.config import Settings
from nexus.local.ports import free_port
from tests.core.scratch import run_scratch_app
from tests.house import ROOT, Servers, await_server, clean_environment, door

METRICS_TOKEN = "a metrics token that only the tests know"


@pytest.fixture
async def scratch(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The door of the scratch API."""
    async with run_scratch_app(settings) as app, door(app) as client:
        client.base_url = "http://api.test"
        yield client


@dataclass(frozen=True)
class Process:
    """An API process, where it answers, and what it logs."""

    url: str
    log: Path

    def lines(self, request_id: str) -> list[dict[str, Any]]:
        """The lines of one request."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line.get("request_id") == request_id]


@pytest.fixture(scope="package")
def process(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """`nexus api`, as a container runs it."""
    log, port = tmp_path_factory.mktemp("process") / "api.log", free_port()
    environment = clean_environment() | servers.environment | {"NEXUS_METRICS_TOKEN": METRICS_TOKEN}
    command = [sys.executable, "-m", "nexus.cli", "api", "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output) as running:
        url = f"http://127.0.0.1:{port}"
        await_server(f"{url}/health/live")
        yield Process(url, log)
        running.terminate()


@pytest.fixture
async def live(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """The door of the process, over a real socket."""
    async with httpx.AsyncClient(base_url=f"{process.url}/v1", trust_env=False) as client:
        yield client
