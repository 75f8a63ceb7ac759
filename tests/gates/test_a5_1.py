"""
Gate A5.1: errors that are triggered on purpose reach Sentry within seconds, with organisation and user; metrics move.

A local server speaks Sentry's protocol. API and worker are processes of their own, on a database of their own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from nexus.local.ports import free_port
from tests.house import Person, Servers, sign_in, some_domain
from tests.jobs.floor import HASTE, Floor, Process
from tests.migrations.scratch import Scratch, looking, scratch_database
from tests.seen.sentry_server import Event, SentryServer, sentry_server
from tests.seen.shown import metrics_of, value

WITHIN_SECONDS = 10
TEXT = {"text": "The old bridge over the Lune was closed on Monday. Repairs will take until March."}


@pytest.fixture(scope="module")
async def sentry() -> AsyncIterator[SentryServer]:
    """Where errors are reported."""
    async with sentry_server() as server:
        yield server


@pytest.fixture(scope="module")
async def scratch(servers: Servers) -> AsyncIterator[Scratch]:
    """A database that may be broken."""
    async with scratch_database(servers) as database:
        yield database


@pytest.fixture
async def floor(
    scratch: Scratch, sentry: SentryServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Floor]:
    """Where API and worker run."""
    environment = scratch.environment | HASTE | {"NEXUS_SENTRY_DSN": sentry.dsn}
    on = Floor(environment, Path(tmp_path_factory.mktemp("gate")))
    yield on
    await asyncio.to_thread(on.processes.close)


@asynccontextmanager
async def someone(url: str, idp: str) -> AsyncIterator[Person]:
    """The admin of a new organisation."""
    async with httpx.AsyncClient(base_url=f"{url}/v1", trust_env=False) as client:
        yield await sign_in(client, idp, f"ann@{some_domain()}")


def says_whose(event: Event, person: Person) -> bool:
    """Whether an event names this organisation and user, by their ids alone."""
    organisation = str(person.organisation_id)
    return bool(
        event["user"] == {"id": str(person.user_id)}
        and event["contexts"]["organisation"] == {"id": organisation}
        and event["tags"]["organisation_id"] == organisation
    )


@dataclass(frozen=True)
class Scene:
    """Two people of two organisations, API and worker, and a database that may be broken."""

    ann: Person
    amy: Person
    api: Process
    database: asyncpg.Connection
    sentry: SentryServer

    async def break_a_statement(self) -> Event:
        """PostgreSQL refuses a statement of the API; what Sentry is told."""
        await self.database.execute("ALTER TABLE invitations RENAME TO mislaid")
        assert (await self.ann.api.get("/invitations")).status_code == 500
        told = await self.sentry.when(lambda one: one["tags"].get("route") == "/v1/invitations", WITHIN_SECONDS)
        await self.database.execute("ALTER TABLE mislaid RENAME TO invitations")
        return told

    async def break_a_row(self) -> tuple[Event, str]:
        """The API's own code fails over a row that cannot be; what Sentry is told, and the request's id."""
        job_id = (await self.amy.api.post("/scripted", json={"do": "succeed"})).json()["job_id"]
        async with asyncio.timeout(30):
            while (await self.amy.api.get(f"/jobs/{job_id}")).json()["status"] != "completed":
                await asyncio.sleep(0.05)
        await self.database.execute("UPDATE jobs SET output_data = '\"no object\"' WHERE id = $1", UUID(job_id))
        answer = await self.amy.api.get(f"/jobs/{job_id}")
        assert answer.status_code == 500
        told = await self.sentry.when(lambda one: one["tags"].get("route") == "/v1/jobs/{job_id}", WITHIN_SECONDS)
        return told, answer.headers["X-Request-ID"]

    async def break_work(self) -> Event:
        """A kind of work has a bug, in the worker; what Sentry is told."""
        job_id = (await self.ann.api.post("/scripted", json={"do": "break_down"})).json()["job_id"]
        return await self.sentry.when(lambda one: one["tags"].get("job_id") == job_id, WITHIN_SECONDS)


@pytest.fixture
async def scene(servers: Servers, scratch: Scratch, floor: Floor, sentry: SentryServer) -> AsyncIterator[Scene]:
    """Where errors are triggered."""
    api = await floor.api()
    async with (
        someone(api.url, servers.idp) as ann,
        someone(api.url, servers.idp) as amy,
        looking(scratch.superuser_url) as database,
    ):
        yield Scene(ann, amy, api, database, sentry)


async def test_gate_a5_1_three_different_errors_reach_sentry_with_organisation_and_user_and_metrics_show_them(
    scene: Scene, floor: Floor
) -> None:
    shown_at = free_port()
    await floor.worker(NEXUS_WORKER_METRICS_PORT=str(shown_at))
    before = await metrics_of(scene.api.url)

    refused = await scene.break_a_statement()
    in_code, request_id = await scene.break_a_row()
    in_work = await scene.break_work()

    assert says_whose(refused, scene.ann)
    assert "UndefinedTableError: 42P01" in refused["exception"]["values"][0]["value"]
    assert says_whose(in_code, scene.amy)
    assert in_code["exception"]["values"][-1]["type"] == "ValidationError"
    assert in_code["tags"]["request_id"] == request_id
    assert says_whose(in_work, scene.ann)
    assert (in_work["exception"]["values"][-1]["type"], in_work["tags"]["job_type"]) == ("RuntimeError", "scripted")
    assert (in_work["tags"]["process"], refused["tags"]["process"]) == ("worker", "api")
    assert not scene.sentry.wrong

    after = await metrics_of(scene.api.url)
    failed = [value(shown, "nexus_requests_total", status="500") for shown in (before, after)]
    of_all = [value(shown, "nexus_requests_total") for shown in (before, after)]
    assert (failed[1] - failed[0], of_all[1] > of_all[0] + 2) == (2, True)
    assert value(after, "nexus_unhandled_errors_total", route="/v1/invitations") == 1
    assert value(after, "nexus_error_reports_total", outcome="queued") == 2
    of_worker = await metrics_of(f"http://127.0.0.1:{shown_at}")
    assert value(of_worker, "nexus_job_attempts_total", outcome="completed") == 1
    assert value(of_worker, "nexus_job_attempts_total", outcome="retried") >= 1


async def test_gate_a5_1_books_that_do_not_agree_reach_sentry_with_their_organisation(
    servers: Servers, scratch: Scratch, floor: Floor, sentry: SentryServer
) -> None:
    api = await floor.api()
    async with someone(api.url, servers.idp) as bob, looking(scratch.superuser_url) as database:
        await database.execute(
            "UPDATE org_credits SET balance = balance + 1 WHERE organisation_id = $1", bob.organisation_id
        )
        await database.execute("DELETE FROM invariant_findings")
        await floor.worker()

        told = await sentry.when(
            lambda one: one.get("contexts", {}).get("organisation") == {"id": str(bob.organisation_id)}, WITHIN_SECONDS
        )

        assert (told["level"], told["message"]) == ("fatal", "organisation.spending_stopped")
        broken = await sentry.when(lambda one: one["tags"]["event"] == "invariant.broken", WITHIN_SECONDS)
        assert (broken["tags"]["invariant"], broken["tags"]["violations"]) == ("I1", "1")
        assert value(await metrics_of(api.url), "nexus_invariant_violations") > 0
