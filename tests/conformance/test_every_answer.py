"""
Every operation of the OpenAPI document, tried with generated requests, answers as the document says.

Schemathesis sends what is right by the document and what is wrong by it, to a real process on a real PostgreSQL and
Redis. No answer may be a 5xx, be undocumented in status, media type, headers or shape, take what is wrong, refuse what
is right, or be given to nobody in particular. The seed is fixed; `make fuzz` tries many times more.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from nexus.local.ports import free_port
from tests.house import ROOT, Servers, await_server, clean_environment, nexus, sign_in, some_domain
from tests.migrations.scratch import Scratch, scratch_database
from tests.payments.stripe_server import StripeServer, stripe_server

HERE = Path(__file__).parent
FEWEST_CASES = 2_000
PER_OPERATION = os.environ.get("FUZZ_CASES", "100")
LONGEST_SECONDS = 3_600
NO_LIMITS = {"NEXUS_RATE_LIMIT": "100000000", "NEXUS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1:9"}
A_MODEL = {"NEXUS_OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "NEXUS_OPENAI_MODEL": "none"}  # offered; nobody works


@dataclass(frozen=True)
class Target:
    """An API process, the token of somebody who can pay for anything, and one that may be ended."""

    url: str
    token: str
    token_to_end: str


@contextmanager
def api_process(environment: dict[str, str], log: Path) -> Iterator[str]:
    """`nexus api`, as a container runs it; where it answers."""
    port = free_port()
    command = [sys.executable, "-m", "nexus.cli", "api", "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output) as running:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


@pytest.fixture
async def target(servers: Servers, tmp_path: Path) -> AsyncIterator[Target]:
    """The API with a database of its own: what is tried here leaves thousands of jobs behind."""
    async with scratch_database(servers) as scratch:
        with stripe_server() as stripe, api_process(environment_of(scratch, stripe), tmp_path / "api.log") as url:
            await asyncio.to_thread(await_server, f"{url}/health")
            async with httpx.AsyncClient(base_url=f"{url}/v1", trust_env=False) as door:
                ann, bob = [await sign_in(door, servers.idp, f"{one}@{some_domain()}") for one in ("ann", "bob")]
            grant = ("--organisation", str(ann.organisation_id), "--amount", "1000000000", "--reason", "Try it.")
            nexus("credits", "grant", *grant, environment=scratch.environment)
            yield Target(url, ann.pair["access_token"], bob.pair["access_token"])


def environment_of(scratch: Scratch, stripe: StripeServer) -> dict[str, str]:
    """What the process is told: everything is offered and sold, and nothing is limited."""
    return clean_environment() | scratch.environment | NO_LIMITS | A_MODEL | stripe.settings


def run_schemathesis(target: Target, folder: Path) -> subprocess.CompletedProcess[str]:
    """Try every operation of the document that this process serves."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{target.url}/openapi.json", "--max-examples", PER_OPERATION),
    ]
    ours = {
        "PYTHONPATH": str(ROOT),
        "TOKEN": target.token,
        "TOKEN_TO_END": target.token_to_end,
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=clean_environment() | ours,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


@pytest.mark.timeout(LONGEST_SECONDS)
async def test_every_answer_to_generated_requests_is_as_the_document_says(target: Target, tmp_path: Path) -> None:
    done = await asyncio.to_thread(run_schemathesis, target, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    tested = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", done.stdout)
    assert cases is not None, done.stdout
    assert tested is not None, done.stdout
    assert int(cases[1]) >= FEWEST_CASES
    assert int(cases[1]) == int(cases[2])
    assert len(set(tested.groups())) == 1
