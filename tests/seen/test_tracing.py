"""A trace leads from the request to the job, and from the job through the model to the webhook."""

import asyncio
import signal
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from nexus.core.models import new_id
from nexus.core.spans import Spans
from nexus.local.ports import free_port
from tests.house import Servers
from tests.seen.otlp_server import collector
from tests.seen.place import Place, a_place
from tests.webhooks.hooks import register

TEXT = {"text": "The old bridge over the Lune was closed on Monday. Repairs will take until March."}


@pytest.fixture(scope="module")
async def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """Where everything is traced."""
    async with a_place(servers, tmp_path_factory.mktemp("traced")) as running:
        yield running


async def test_a_job_is_followed_from_its_request_through_the_model_to_the_webhook(place: Place) -> None:
    async with place.somebody() as ann:
        await register(ann, place.receiver.url("traced"))
        answer = await ann.api.post("/summarize", json=TEXT)
        job_id = answer.json()["job_id"]
        await place.receiver.when("traced")

        spans = await place.collector.when(
            job_id.replace("-", ""), "job.asked", "job.attempt", "model.ask", "webhook.attempt"
        )

        asked, attempt = spans["job.asked"], spans["job.attempt"]
        assert (asked.process, asked.parent) == ("nexus-api", "")
        assert (attempt.process, attempt.parent) == ("nexus-worker", asked.id)
        assert spans["model.ask"].parent == attempt.id
        assert spans["webhook.attempt"].parent == asked.id
        (linked,) = asked.links
        request = (await place.collector.when(linked, "POST /v1/summarize"))["POST /v1/summarize"]
        assert request.facts["nexus.request_id"] == answer.headers["X-Request-ID"]
        assert request.facts["nexus.organisation_id"] == str(ann.organisation_id)
        assert (request.facts["nexus.job_id"], request.facts["http.response.status_code"]) == (job_id, 202)


async def test_a_job_that_was_never_asked_for_has_no_trace(place: Place) -> None:
    async with place.somebody() as ann:
        for _ in range(9):
            await ann.api.post("/summarize", json=TEXT, headers={"Cache-Control": "no-cache"})
        await ann.api.post(
            "/analyze", json={"text": "A text of its own, for which the credits no longer suffice at all."}
        )
        refused = await ann.api.post("/analyze", json=TEXT)
        assert refused.status_code == 402

        async def told() -> bool:
            return any(
                span.facts.get("nexus.request_id") == refused.headers["X-Request-ID"] for span in place.collector.spans
            )

        async with asyncio.timeout(15):
            while not await told():
                await asyncio.sleep(0.05)
        (request,) = [
            one for one in place.collector.spans if one.facts.get("nexus.request_id") == refused.headers["X-Request-ID"]
        ]
        assert [one for one in place.collector.spans if request.trace in one.links] == []


async def test_a_collector_that_is_away_delays_neither_a_request_nor_the_stop(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with a_place(servers, tmp_path_factory.mktemp("away"), NEXUS_OTLP_ENDPOINT=nowhere) as place:
        async with place.somebody() as ann:
            assert (await ann.api.post("/summarize", json=TEXT)).status_code == 202
        started = monotonic()
        await asyncio.gather(place.api.end(signal.SIGTERM), place.worker.end(signal.SIGTERM))
        assert monotonic() - started < 10


async def test_a_step_that_fails_tells_its_error_by_type_and_none_of_its_words() -> None:
    async with collector() as seen:
        spans = Spans(seen.url, 1, "test", "test")
        with pytest.raises(ValueError, match="what a customer wrote"), spans.span("step", {}, kind="CLIENT"):
            raise ValueError("what a customer wrote")
        await asyncio.to_thread(spans.close)

        assert [(one.name, one.failed) for one in seen.spans] == [("step", "ValueError")]
        assert b"customer" not in b"".join(seen.raw)


def test_the_share_is_a_share_and_every_process_takes_the_same() -> None:
    ids = [new_id() for _ in range(4000)]
    nowhere = "http://127.0.0.1:9"
    some, same, none, every = (Spans(nowhere, share, "test", "test") for share in (0.25, 0.25, 0, 1))
    try:
        taken = [some.takes(one) for one in ids]
        assert 700 < sum(taken) < 1300
        assert taken == [same.takes(one) for one in ids]
        assert not any(none.takes(one) for one in ids)
        assert all(every.takes(one) for one in ids)
    finally:
        for spans in (some, same, none, every):
            spans.close()
