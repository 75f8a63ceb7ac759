"""Metrics are right with several processes, and no stranger can make them grow."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest
from prometheus_client import generate_latest

from nexus.ai.model import ModelUnavailable
from nexus.ai.panel import Panel
from nexus.core.lag import EVERY_SECONDS, watch_loop
from nexus.core.queue import stop
from nexus.local.ports import free_port
from nexus.local.stack import WORKER_METRICS_PORT, of_worker
from tests.ai.scripted import Scripted, Word, away
from tests.house import Servers, sign_in, some_domain
from tests.jobs.floor import HASTE, Floor, Process, until
from tests.migrations.scratch import scratch_database
from tests.seen.shown import Shown, metrics_of, read, value

TOKEN = "a metrics token that only the tests know"
REQUESTS = "nexus_requests_total"


@pytest.fixture(scope="module")
async def floor(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    """Where processes run, on a database of their own."""
    async with scratch_database(servers) as scratch:
        environment = scratch.environment | HASTE | {"NEXUS_METRICS_TOKEN": TOKEN}
        on = Floor(environment, tmp_path_factory.mktemp("metrics"))
        yield on
        await asyncio.to_thread(on.processes.close)


@pytest.fixture(scope="module")
async def apis(floor: Floor) -> list[Process]:
    """Two API processes."""
    return [await floor.api(), await floor.api()]


@pytest.fixture(scope="module")
async def worker_url(floor: Floor) -> str:
    """Where a worker shows its metrics."""
    port = free_port()
    worker = await floor.worker(NEXUS_WORKER_METRICS_PORT=str(port))
    await until(lambda: bool(worker.events("worker.started")))
    return f"http://127.0.0.1:{port}"


async def ask_raw(url: str, sent: bytes, wait: float = 0) -> bytes:
    """Send bytes, wait, and read until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    try:
        writer.write(sent)
        await writer.drain()
        await asyncio.sleep(wait)
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


def series(shown: Shown) -> int:
    """How many there are of requests."""
    return sum(name.startswith(("nexus_request", "nexus_unhandled")) for name, _ in shown)


async def test_each_process_counts_its_own_and_together_they_count_every_request_once(
    apis: list[Process],
) -> None:
    before = [await metrics_of(api.url, TOKEN) for api in apis]
    async with httpx.AsyncClient(trust_env=False) as client:
        for number in range(30):
            await client.get(f"{apis[number % 3 // 2].url}/v1/me")

    after = [await metrics_of(api.url, TOKEN) for api in apis]

    moved = [
        value(now, REQUESTS, route="/v1/me", status="401", method="GET") - value(then, REQUESTS, route="/v1/me")
        for then, now in zip(before, after, strict=True)
    ]
    assert moved == [20, 10]
    assert value(after[0], "nexus_request_seconds_count", route="/v1/me") == value(after[0], REQUESTS, route="/v1/me")


async def test_the_queue_is_the_same_whichever_process_is_asked(
    servers: Servers, apis: list[Process], worker_url: str
) -> None:
    async with httpx.AsyncClient(base_url=f"{apis[0].url}/v1", trust_env=False) as client:
        ann = await sign_in(client, servers.idp, f"ann@{some_domain()}")
        job = (await ann.api.post("/scripted", json={"do": "hang", "seconds": 60})).json()["job_id"]
        while (await ann.api.get(f"/jobs/{job}")).json()["status"] != "running":
            await asyncio.sleep(0.05)

        shown = [await metrics_of(url, TOKEN) for url in (apis[0].url, apis[1].url, worker_url)]

        assert [value(one, "nexus_queue_jobs", state="running") for one in shown] == [1, 1, 1]
        assert [value(one, "nexus_database_up") for one in shown] == [1, 1, 1]
        assert all(("nexus_invariant_violations", frozenset({("invariant", "I1")})) in one for one in shown)
        await ann.api.post(f"/jobs/{job}/cancel")
        cancelled = await metrics_of(apis[0].url, TOKEN)
        assert value(cancelled, "nexus_refunds_total", job_type="scripted", code="cancelled") == 1


async def test_no_stranger_makes_a_series_by_a_path_or_a_method_of_their_own(apis: list[Process]) -> None:
    url = apis[0].url
    async with httpx.AsyncClient(trust_env=False) as client:
        for method in ("GET", "POST", "LOCK", "PROPFIND"):
            await client.request(method, f"{url}/{uuid4()}", headers={"Content-Type": "application/json"})
            await client.request(method, f"{url}/v1/jobs/{uuid4()}", headers={"Content-Type": "application/json"})
    before = series(await metrics_of(url, TOKEN))

    async with httpx.AsyncClient(trust_env=False) as client:
        for number in range(40):
            for method in ("GET", "POST", "LOCK", "PROPFIND", "MKCOL", "REPORT"):
                await client.request(method, f"{url}/{uuid4()}/{number}")
                await client.request(method, f"{url}/v1/jobs/{uuid4()}")

    assert series(await metrics_of(url, TOKEN)) == before


async def test_a_worker_shows_its_metrics_to_whoever_has_the_token_and_says_that_it_lives(worker_url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = [
            await client.get(f"{worker_url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}),
            await client.get(f"{worker_url}/metrics"),
            await client.get(f"{worker_url}/metrics", headers={b"Authorization": "Bearer é".encode()}),
            await client.get(f"{worker_url}/health/live"),
            await client.get(f"{worker_url}/elsewhere"),
            await client.post(f"{worker_url}/metrics", content=b"x" * 100_000),
        ]

    assert [answer.status_code for answer in answers] == [200, 401, 401, 200, 404, 405]
    assert "nexus_event_loop_lag_seconds" in answers[0].text
    assert answers[1].text == ""


async def test_who_says_nothing_speaks_another_language_or_too_long_gets_nothing_and_holds_up_nobody(
    worker_url: str,
) -> None:
    strange = [
        b"",
        b"\x16\x03\x01\x02\x00",
        b"GET /metrics HTTP/1.1\r\n" + b"x: y\r\n" * 10_000,
        b"GET / HTTP/9\r\n\r\n",
    ]
    silent = [asyncio.create_task(ask_raw(worker_url, sent, 1)) for sent in strange * 3]

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{worker_url}/health/live")

    assert answer.status_code == 200
    assert {answer[:12] for answer in await asyncio.gather(*silent)} <= {b"", b"HTTP/1.1 400"}


async def test_a_port_that_is_taken_keeps_no_worker_from_its_work(floor: Floor, worker_url: str) -> None:
    second = await floor.worker(NEXUS_WORKER_METRICS_PORT=worker_url.rpartition(":")[2])

    await until(lambda: bool(second.events("metrics_port.refused")))

    assert second.popen.poll() is None


def test_under_nexus_up_each_worker_has_a_port_of_its_own() -> None:
    named = {WORKER_METRICS_PORT: "9100", "NEXUS_LOG_LEVEL": "INFO"}

    assert [of_worker(number, named)[WORKER_METRICS_PORT] for number in range(3)] == ["9100", "9101", "9102"]
    assert of_worker(1, {"NEXUS_LOG_LEVEL": "INFO"}) == {"NEXUS_LOG_LEVEL": "INFO"}


async def test_a_loop_that_was_held_up_is_seen() -> None:
    watching = asyncio.create_task(watch_loop())
    await asyncio.sleep(EVERY_SECONDS / 5)

    time.sleep(EVERY_SECONDS + 1)  # noqa: ASYNC251 - this is what is to be seen
    await asyncio.sleep(EVERY_SECONDS / 5)

    assert value(read(generate_latest().decode()), "nexus_event_loop_lag_seconds") >= 1
    await stop(watching)


async def test_questions_to_models_are_counted_by_how_they_ended_and_a_breaker_that_is_open_is_seen() -> None:
    panel = Panel([Scripted("away:one", *[away()] * 10)], then_offline=False)

    for _ in range(12):
        with suppress(ModelUnavailable):
            await panel.consult().ask("What is it?", Word)
    await panel.show()

    shown = read(generate_latest().decode())
    outcomes = [
        value(shown, "nexus_model_calls_total", model="away:one", outcome=one)
        for one in ("model_unavailable", "left_alone")
    ]
    assert outcomes == [10, 2]
    assert value(shown, "nexus_model_breaker_open", model="away:one") == 1
    assert value(shown, "nexus_model_seconds_count", model="away:one") == 10
