"""Hundreds of hostile schemas, and hostile answers to them, sent to a real API and worker beside other people."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import psutil
import pytest
import structlog

from nexus.local.ports import free_port
from tests.ai.openai_server import OpenAIServer, answers, openai_server
from tests.house import ROOT, Person, Servers, await_server, clean_environment, sign_in, some_domain, wait_for

log = structlog.get_logger()

pytestmark = pytest.mark.alone

REQUESTS = 300
AT_ONCE = 12
LONGEST_WAIT = 0.5  # seconds, of anybody else
MB = 1024 * 1024
GROWTH = 1.2
REST_SECONDS = 25  # until processes that are idle have ended


@dataclass
class Process:
    """A process of the product, with what it starts beside itself."""

    popen: subprocess.Popen[bytes]
    most: list[int] = field(default_factory=list)

    def memory(self) -> int:
        """Bytes of it and of its children."""
        own = psutil.Process(self.popen.pid)
        total = 0
        for process in [own, *own.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        self.most.append(total)
        return total


@contextmanager
def running(kind: str, environment: dict[str, str], folder: Path, *arguments: str) -> Iterator[Process]:
    """Run `nexus api` or `nexus worker`."""
    command = [sys.executable, "-m", "nexus.cli", kind, *arguments]
    with (folder / f"{kind}.log").open("wb") as out:
        popen = subprocess.Popen(command, env=clean_environment() | environment, cwd=ROOT, stdout=out)
        try:
            yield Process(popen)
        finally:
            popen.kill()
            popen.wait()


@dataclass
class Stack:
    """An API and a worker, a model that both know, and ann and bob."""

    api: Process
    worker: Process
    url: str
    model: OpenAIServer
    ann: Person
    bob: Person


@asynccontextmanager
async def stack(servers: Servers, folder: Path) -> AsyncIterator[Stack]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with openai_server() as model:
        settings = {
            "NEXUS_OPENAI_BASE_URL": model.url,
            "NEXUS_OPENAI_MODEL": "m",
            "NEXUS_SIGNUP_CREDITS": "1000000",
            "NEXUS_JOB_RETRY_SECONDS": "1",
        }
        environment = servers.environment | settings
        with (
            running("api", environment, folder, "--port", str(port)) as api,
            running("worker", environment, folder) as worker,
        ):
            await_server(f"{url}/health/live", 90)
            await wait_for(lambda: _is_working(folder / "worker.log"), 90)
            async with httpx.AsyncClient(base_url=f"{url}/v1", timeout=60, trust_env=False) as client:
                ann = await sign_in(client, servers.idp, f"ann@{some_domain()}")
                bob = await sign_in(client, servers.idp, f"bob@{some_domain()}")
                yield Stack(api, worker, url, model, ann, bob)
                await asyncio.gather(ann.api.aclose(), bob.api.aclose())


async def _is_working(log: Path) -> bool:
    return "worker.started" in await asyncio.to_thread(log.read_text, encoding="utf-8")


def hostile_schemas(count: int) -> Iterator[dict[str, Any]]:
    """Schemas that want much time or memory, each in another way, and each another one."""
    return (hostile_schema(number) for number in range(count))


def pattern(number: int, longest: int) -> str:
    """A class of characters, many times, and an ending that no other has."""
    classes = [r"\w", r"\W", r"\p{L}", r"[\w\p{So}]", r"(?i)\w", r"[^\p{Greek}]", "(?:a|é|ß)", "[a-z]", ".", r"\d"]
    return f"{classes[number % len(classes)]}{{{longest - number % (longest // 2)}}}{number:x}"


def hostile_schema(number: int) -> dict[str, Any]:
    """One of each kind in turn."""
    doubling = {f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 2} for at in range(20)}
    again = {"uniqueItems": True, "title": str(number)}
    kinds: list[dict[str, Any]] = [
        {"anyOf": [{"pattern": pattern(number + at, 200)} for at in range(200)]},
        {"anyOf": [{"pattern": pattern(number + at, 30)} for at in range(10)]},
        {"pattern": f"(?:(?:{pattern(number, 20)}){{20}}){{20}}"},
        {"pattern": r"\w" * 90 + pattern(number, 9)},
        {"pattern": pattern(number, 140)},
        {"type": [*range(1_700), [number]]},
        {"required": [f"r{number}{at}" for at in range(900)]},
        {"anyOf": [{"type": "string", "minLength": at + number} for at in range(250)]},
        {"enum": [[at, number] for at in range(390)]},
        {"$ref": "#/$defs/d0", "$defs": doubling | {"d20": {}}},
        {"allOf": [{"$ref": "#/$defs/a"}] * 70, "$defs": {"a": again}},
        {"allOf": [{"$ref": "#/$defs/a"}] * 190, "$defs": {"a": {"pattern": rf"(\w{{20}}.*){{5}}{number}$"}}},
        {"properties": {f"p{at}": {"multipleOf": 1e-9, "maximum": number} for at in range(180)}},
    ]
    return kinds[number % len(kinds)]


async def attack(here: Stack) -> list[int]:
    """Send them all, a few at a time; the statuses that came back."""
    waiting, statuses = asyncio.Semaphore(AT_ONCE), list[int]()

    async def send(schema: dict[str, Any]) -> None:
        async with waiting:
            answer = await here.ann.api.post("/extract", json={"text": "A text.", "schema": schema})
            statuses.append(answer.status_code)

    await asyncio.gather(*(send(schema) for schema in hostile_schemas(REQUESTS)))
    return statuses


async def wait_as_somebody_else(here: Stack, attacking: "asyncio.Task[Any]") -> list[float]:
    """How long each of bob's calls waits meanwhile."""
    waits = []
    async with httpx.AsyncClient(base_url=here.url, timeout=60, trust_env=False) as stranger:
        while not attacking.done():
            for call in (stranger.get("/health/live"), here.bob.api.get("/credits")):
                started = monotonic()
                assert (await call).status_code == 200
                waits.append(monotonic() - started)
            here.api.memory(), here.worker.memory()
            await asyncio.sleep(0.05)
    return waits


async def test_hostile_schemas_hold_up_nobody_and_take_no_memory(servers: Servers, tmp_path: Path) -> None:
    async with stack(servers, tmp_path) as here:
        here.model.script(
            *[answers({"data": data}) for data in ("aé " * 30_000, [{"a": [at]} for at in range(450)]) * 40]
        )
        await here.bob.api.get("/credits")
        await here.ann.api.post("/extract", json={"text": "A text.", "schema": {"type": "string", "pattern": "a"}})
        before = here.api.memory(), here.worker.memory()
        quiet = await wait_as_somebody_else(here, asyncio.create_task(asyncio.sleep(3)))

        attacking = asyncio.create_task(attack(here))
        waits = await wait_as_somebody_else(here, attacking)
        statuses = await attacking
        done = await job_of_bob(here)
        counted = {status: statuses.count(status) for status in set(statuses)}
        log.info(
            "attack.over",
            quiet=max(quiet),
            waits=sorted(waits)[-5:],
            statuses=counted,
            api=max(here.api.most) // MB,
            before=before,
        )

        assert set(statuses) <= {202, 422, 503}
        assert statuses.count(422) > REQUESTS // 3
        assert max(waits) < LONGEST_WAIT
        assert done == "completed"
        assert max(here.api.most) < before[0] + 300 * MB
        assert max(here.worker.most) < before[1] + 400 * MB
        await asyncio.sleep(REST_SECONDS)
        assert here.api.memory() < before[0] * GROWTH, (here.api.memory() // MB, before[0] // MB)
        assert here.worker.memory() < before[1] * GROWTH + 20 * MB
        assert (here.api.popen.poll(), here.worker.popen.poll()) == (None, None)


async def job_of_bob(here: Stack) -> str:
    """An honest job of bob's, asked for after the attack; how it ends."""
    here.model.forget()
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    here.model.script(*[answers({"data": {"a": 1}})] * 50)
    answer = await here.bob.api.post("/extract", json={"text": "A text.", "schema": schema})
    job_id = answer.json()["job_id"]
    async with asyncio.timeout(60):
        while (job := (await here.bob.api.get(f"/jobs/{job_id}")).json())["status"] not in {"completed", "failed"}:
            await asyncio.sleep(0.1)
    assert json.dumps(job["output_data"]) == '{"data": {"a": 1}}'
    return str(job["status"])
