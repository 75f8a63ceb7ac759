"""PostgreSQL restarted under a running API and worker: 503 meanwhile, then everything goes on, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest

from nexus.local.postgres import EmbeddedPostgres
from tests.house import Person, Servers, environment_of, migrate, sign_in, some_domain
from tests.jobs.floor import HASTE, Client, Floor, wait_until_it_answers

RECOVERY_SECONDS = 10


@dataclass(frozen=True)
class Stand:
    """A PostgreSQL that may go away, and what runs on it."""

    postgres: EmbeddedPostgres
    floor: Floor
    api: httpx.AsyncClient
    idp: str

    async def sign_in(self) -> Person:
        """The admin of a new organisation."""
        return await sign_in(self.api, self.idp, f"ann@{some_domain()}")


@pytest.fixture(scope="module")
async def stand(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """An API process and a worker, on a PostgreSQL of their own."""
    folder = tmp_path_factory.mktemp("postgres")
    postgres = EmbeddedPostgres(folder, folder)
    await asyncio.to_thread(postgres.launch)
    await asyncio.to_thread(postgres.wait_until_ready)
    environment = environment_of(postgres, servers.redis, servers.idp) | HASTE
    await asyncio.to_thread(migrate, environment)
    floor = Floor(environment, folder)
    api, _ = await asyncio.gather(floor.api(), floor.worker())
    async with httpx.AsyncClient(base_url=f"{api.url}/v1", trust_env=False, timeout=20) as client:
        await wait_until_it_answers(client, f"{api.url}/health")
        yield Stand(postgres, floor, client, servers.idp)
    await asyncio.to_thread(floor.processes.close)
    await asyncio.to_thread(postgres.destroy)


async def ask_until(ann: Person, status: int, seconds: float) -> httpx.Response:
    """Ask for the balance until the answer has this status."""
    last = time.monotonic() + seconds
    while (answer := await ann.api.get("/credits")).status_code != status:
        assert time.monotonic() < last, answer.text
        await asyncio.sleep(0.05)
    return answer


async def settled(client: Client, job_ids: list[str]) -> list[dict[str, Any]]:
    """The jobs, once all have ended."""
    return [await client.settled(job_id, seconds=20) for job_id in job_ids]


@pytest.mark.parametrize("stop_seconds", [10.0, 0.0], ids=["in order", "at once"])
async def test_postgresql_restarted_is_503_for_a_moment_and_no_acknowledged_job_is_lost(
    stand: Stand, stop_seconds: float
) -> None:
    truth, person = await asyncpg.connect(stand.postgres.superuser_url), await stand.sign_in()
    ann = Client(person, truth)
    go = stand.floor.path("go")
    jobs = [await ann.submit("wait_for_file", until=str(go)) for _ in range(3)]
    jobs += [await ann.submit("busy") for _ in range(2)]
    await ann.when(jobs[2], "running")
    await truth.close()

    await asyncio.to_thread(stand.postgres.stop, stop_seconds)
    refused = await ask_until(person, 503, 10)
    health = await stand.api.get(str(stand.api.base_url).replace("/v1/", "/health"))
    not_taken = await person.api.post("/scripted", json={})
    await asyncio.to_thread(stand.postgres.start)
    started_at = time.monotonic()
    answer = await ask_until(person, 200, RECOVERY_SECONDS)
    recovered = time.monotonic() - started_at
    go.touch()
    ended = await settled(ann, jobs)

    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("unavailable", "2")
    assert (health.status_code, health.json()["database"]) == (503, "unavailable")
    assert not_taken.status_code == 503
    assert answer.json()["balance"] in range(50, 71, 10)
    assert recovered < RECOVERY_SECONDS
    assert [job["status"] for job in ended] == ["completed"] * 3 + ["failed"] * 2
    assert await ann.balance() == 70
    await person.api.aclose()
