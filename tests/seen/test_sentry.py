"""Sentry gets types, places and ids. Away, frozen or flooded it costs nobody anything; unasked it is not loaded."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx
import pytest

from nexus.core.sentry import MOST_OF_A_KIND, Allowance
from nexus.local.ports import free_port
from tests.house import ROOT, Person, Servers, clean_environment, sign_in, some_domain
from tests.jobs.floor import HASTE, Floor, Process
from tests.migrations.scratch import Scratch, looking, scratch_database
from tests.seen.sentry_server import SentryServer, sentry_server
from tests.seen.shown import metrics_of, value

LOADED = """
import sys
import nexus.app, nexus.worker
print(*sorted(sys.modules.keys() & {"sentry_sdk", "opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf"}))
"""
BROKEN = """
import sys
from nexus.core.logging import set_up_logging
from nexus.core.watch import Watch, watched
set_up_logging("INFO", "worker")
with watched(Watch("development", sys.argv[1]), "worker"):
    raise RuntimeError("what a customer wrote")
"""
STOP_SECONDS = 10  # Cloud Run kills after that


@pytest.fixture
async def scratch(servers: Servers) -> AsyncIterator[Scratch]:
    """A database that may be broken."""
    async with scratch_database(servers) as database:
        yield database


@pytest.fixture
async def sentry() -> AsyncIterator[SentryServer]:
    """Where errors are reported."""
    async with sentry_server() as server:
        yield server


@pytest.fixture
async def floor(scratch: Scratch, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    """Where processes run."""
    on = Floor(scratch.environment | HASTE, tmp_path_factory.mktemp("sentry"))
    yield on
    await asyncio.to_thread(on.processes.close)


@asynccontextmanager
async def breaking_api(floor: Floor, scratch: Scratch, idp: str, dsn: str) -> AsyncIterator[tuple[Process, Person]]:
    """An API whose list of invitations fails, and somebody who asks for it."""
    api = await floor.api(NEXUS_SENTRY_DSN=dsn)
    async with (
        httpx.AsyncClient(base_url=f"{api.url}/v1", trust_env=False) as client,
        looking(scratch.superuser_url) as database,
    ):
        ann = await sign_in(client, idp, f"ann@{some_domain()}")
        await database.execute("ALTER TABLE invitations RENAME TO mislaid")
        yield api, ann


def fields_of(value: Any) -> set[str]:
    """Every field that there is anywhere in an event."""
    if isinstance(value, list):
        return {found for one in value for found in fields_of(one)}
    if isinstance(value, dict):
        return set(value) | {found for one in value.values() for found in fields_of(one)}
    return set()


async def test_an_event_holds_types_places_and_ids_and_nothing_else(
    floor: Floor, scratch: Scratch, servers: Servers, sentry: SentryServer
) -> None:
    async with breaking_api(floor, scratch, servers.idp, sentry.dsn) as (_, ann):
        answer = await ann.api.get("/invitations?mark=a-word-that-nobody-says")
        event = await sentry.when(lambda one: one["tags"]["event"] == "request.failed")

    places = [frame["function"] for one in event["exception"]["values"] for frame in one["stacktrace"]["frames"]]
    assert "list_invitations" in places
    assert not fields_of(event) & {
        "vars",
        "request",
        "breadcrumbs",
        "headers",
        "cookies",
        "data",
        "ip_address",
        "email",
    }
    assert event["tags"]["request_id"] == answer.headers["X-Request-ID"]
    assert event["environment"] == "development"
    told = json.dumps(event)
    assert not [word for word in (ann.email, ann.domain, "a-word", "SELECT", ann.pair["access_token"]) if word in told]


async def test_a_sentry_that_freezes_costs_a_request_nothing_and_the_stop_no_more_than_a_moment(
    floor: Floor, scratch: Scratch, servers: Servers, sentry: SentryServer
) -> None:
    sentry.after_seconds = 60
    async with breaking_api(floor, scratch, servers.idp, sentry.dsn) as (api, ann):
        started = monotonic()

        answers = [await ann.api.get("/invitations") for _ in range(20)]

        assert {answer.status_code for answer in answers} == {500}
        assert monotonic() - started < 10, "nobody waits for a report"
        started = monotonic()
        assert await api.end(signal.SIGTERM, STOP_SECONDS) == 0
        assert monotonic() - started < STOP_SECONDS


async def test_what_went_wrong_just_before_the_stop_is_reported_too(
    floor: Floor, scratch: Scratch, servers: Servers, sentry: SentryServer
) -> None:
    sentry.after_seconds = 0.3
    async with breaking_api(floor, scratch, servers.idp, sentry.dsn) as (api, ann):
        await ann.api.get("/invitations")
        await ann.api.get("/invitations")
        assert await api.end(signal.SIGTERM, STOP_SECONDS) == 0

    assert len(sentry.of("request.failed")) == 2


async def test_a_sentry_that_is_away_is_no_error(floor: Floor, scratch: Scratch, servers: Servers) -> None:
    nowhere = f"http://public@127.0.0.1:{free_port()}/7"
    async with breaking_api(floor, scratch, servers.idp, nowhere) as (api, ann):
        assert (await ann.api.get("/invitations")).status_code == 500
        assert (await ann.api.get("/me")).status_code == 200
        assert len(api.events("request.failed")) == 1


async def test_a_flood_of_one_error_is_reported_a_few_times_and_counted(
    floor: Floor, scratch: Scratch, servers: Servers, sentry: SentryServer
) -> None:
    async with breaking_api(floor, scratch, servers.idp, sentry.dsn) as (api, ann):
        for _ in range(20):
            await ann.api.get("/invitations")
        await sentry.when(lambda one: one["tags"]["event"] == "request.failed")
        shown = await metrics_of(api.url)

    reported = [value(shown, "nexus_error_reports_total", outcome=outcome) for outcome in ("queued", "held_back")]
    assert reported == [MOST_OF_A_KIND, 20 - MOST_OF_A_KIND]
    assert len(sentry.of("request.failed")) <= MOST_OF_A_KIND


def test_kinds_do_not_take_each_others_place_until_the_whole_is_used_up() -> None:
    allowance = Allowance()

    taken = [[allowance.takes(kind) for _ in range(MOST_OF_A_KIND + 1)] for kind in range(20)]

    assert taken[0] == [True] * MOST_OF_A_KIND + [False]
    assert taken[11] == taken[0]
    assert not any(taken[12])


def test_nothing_of_sentry_or_of_traces_is_loaded_without_somewhere_to_send_to() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""


async def test_a_process_that_breaks_says_so_in_its_log_and_to_sentry_before_it_ends(sentry: SentryServer) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", BROKEN, sentry.dsn],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    line = json.loads(done.stdout)
    event = await sentry.when(lambda one: one["tags"]["event"] == "process.broke")
    assert (done.returncode, done.stderr, line["event"]) == (1, "", "process.broke")
    assert line["exception"].endswith("RuntimeError")
    assert (event["level"], event["exception"]["values"][0]["value"]) == ("fatal", "RuntimeError")
