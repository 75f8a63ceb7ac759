"""Fifty identical jobs at once, done by two worker processes, and a provider that counts how often it is asked."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ai.gemini_server import answers, gemini_server
from tests.ai.http_server import Reply
from tests.house import Person, Servers, clean_environment, wait_for
from tests.jobs.cache.place import KEY, Place, ask, balance, open_place
from tests.migrations.scratch import scratch_database

CROWD = 50
SUMMARY = {"summary": "The Lune bridge is closed. Two piers are cracked."}


@contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator[None]:
    """`nexus worker`, as a container runs it."""
    command = [sys.executable, "-m", "nexus.cli", "worker"]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=clean_environment() | environment, cwd=log.parent, stdout=out) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def started(log: Path) -> bool:
    """Whether it works."""
    return any(json.loads(line)["event"] == "worker.started" for line in log.read_text().splitlines())


@pytest.fixture
async def busy(servers: Servers) -> AsyncIterator[Place]:
    """A place of its own, where nobody looks for work yet."""
    async with scratch_database(servers) as scratch, open_place(scratch.environment, servers.idp) as opened:
        yield opened


async def settled(place: Place, person: Person) -> bool:
    """Whether nothing waits or runs any more."""
    left = await place.truth.fetchval(
        "SELECT count(*) FROM jobs WHERE organisation_id = $1 AND status IN ('pending', 'running')",
        person.organisation_id,
    )
    return not left


async def test_fifty_identical_jobs_reach_the_provider_at_most_twice_and_each_is_charged(
    busy: Place, servers: Servers, tmp_path: Path
) -> None:
    ann = await busy.somebody()
    await busy.fund(ann, 400)
    logs = [tmp_path / f"worker-{number}" for number in range(2)]
    async with gemini_server() as gemini:
        gemini.script(*[Reply(body=answers(SUMMARY).body, after_seconds=1)] * CROWD)
        accepted = await asyncio.gather(*(ask(ann) for _ in range(CROWD)))
        database = {name: value for name, value in busy.environment.items() if "DATABASE" in name}
        environment = servers.environment | database | KEY | {"NEXUS_GEMINI_BASE_URL": gemini.url}

        with worker(environment, logs[0]), worker(environment, logs[1]):
            await wait_for(lambda: settled(busy, ann), 60)

        asked = len(gemini.asked)
    listed = (await ann.api.get("/jobs", params={"limit": 100})).json()["items"]
    jobs = [(await ann.api.get(f"/jobs/{one['id']}")).json() for one in listed]
    hit = await ask(ann)
    assert [answer.status_code for answer in accepted] == [202] * CROWD
    assert [(job["status"], job["output_data"], job["cost"]) for job in jobs] == [("completed", SUMMARY, 10)] * CROWD
    assert all(started(log) for log in logs)
    assert 1 <= asked <= 2
    assert (await balance(ann), hit.status_code) == (0, 200)
    assert await busy.broken_invariants() == []
