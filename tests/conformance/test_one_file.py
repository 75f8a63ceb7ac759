"""A job type is one file: with one more, it is in v1, v2, OpenAPI, the price list, the page and the worker."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from nexus.local.ports import free_port
from tests.architecture.breaking_changes import find
from tests.architecture.sources import copy_product
from tests.house import Person, Servers, await_server, clean_environment, sign_in, some_domain, wait_for
from tests.migrations.scratch import scratch_database

SCRATCH = '''
"""Say a text backwards."""

from pydantic import BaseModel, ConfigDict, Field

from nexus.ai.model import LanguageModel
from nexus.jobs.catalogue import job_type
from nexus.jobs.inputs import Text


class ReverseInput(BaseModel):
    """What is to be said backwards."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "live"}]})

    text: Text


class ReverseOutput(BaseModel):
    """The text, backwards."""

    reversed: str = Field(examples=["evil"])


@job_type("reverse-text", price=7)
async def reverse_text(asked: ReverseInput, model: LanguageModel) -> ReverseOutput:
    """Say a text backwards."""
    return await model.ask(f"Say this backwards: {asked.text}", ReverseOutput)


@reverse_text.offline("slice")
def reverse_text_offline(asked: ReverseInput) -> ReverseOutput:
    """Turn it round."""
    return ReverseOutput(reversed=asked.text[::-1])
'''


@contextmanager
def processes(folder: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    """The API and a worker of the product in this folder."""
    commands = (["api", "--port", str(port)], ["worker"])
    with (folder / "log").open("wb") as log:
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "nexus.cli", *command],
                env=clean_environment() | environment | {"PYTHONPATH": str(folder)},
                cwd=folder,
                stdout=log,
            )
            for command in commands
        ]
        try:
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()


@pytest.fixture
async def ann(servers: Servers, tmp_path: Path) -> AsyncIterator[Person]:
    """Somebody at the door of a product with one file more."""
    folder, port = copy_product(tmp_path), free_port()
    (folder / "nexus" / "job_types" / "reverse_text.py").write_text(SCRATCH, encoding="utf-8")
    async with scratch_database(servers) as scratch:
        door = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1", trust_env=False)
        with processes(folder, scratch.environment, port):
            await asyncio.to_thread(await_server, f"http://127.0.0.1:{port}/health")
            async with door:
                person = await sign_in(door, servers.idp, f"ann@{some_domain()}")
                yield person


async def test_a_job_type_that_is_one_file_is_everywhere(ann: Person) -> None:
    root = str(ann.api.base_url).removesuffix("/v1/")
    described = (await ann.api.get(f"{root}/openapi.json")).json()
    page = (await ann.api.get(f"{root}/docs")).text
    types = {kind["name"]: kind for kind in (await ann.api.get("/job-types")).json()["items"]}

    first = await ann.api.post("/reverse-text", json={"text": "star"})
    second = await ann.api.post(f"{root}/v2/reverse-text", json={"text": "live"})

    async def done() -> dict[str, object] | None:
        job: dict[str, object] = (await ann.api.get(f"/jobs/{second.json()['job_id']}")).json()
        return job if job["status"] == "completed" else None

    job = await wait_for(done)
    assert (first.status_code, first.json()["cost"]) == (202, 7)
    assert second.json()["credits_remaining"] == 100 - 2 * 7
    assert (job["output_data"], job["model"]) == ({"reversed": "evil"}, "offline:slice")
    assert (types["reverse-text"]["price"], types["reverse-text"]["available"]) == (7, True)
    assert described["paths"]["/v1/reverse-text"]["post"]["operationId"] == "submit_reverse_text"
    assert described["paths"]["/v2/reverse-text"]["post"]["operationId"] == "submit_reverse_text_v2"
    assert {"ReverseInput", "ReverseOutput"} <= described["components"]["schemas"].keys()
    assert 'id="submit_reverse_text_v2"' in page


async def test_a_new_job_type_breaks_no_client_of_the_others(ann: Person, api: httpx.AsyncClient) -> None:
    root = str(ann.api.base_url).removesuffix("/v1/")
    before = (await api.get("http://api.test/openapi.json")).json()

    after = (await ann.api.get(f"{root}/openapi.json")).json()

    assert before != after
    assert find(before, after) == []
