"""What a worker says as it starts of a model that its provider does not know: it works all the same, and at once."""

import signal

from tests.ai.gemini_server import gemini_server
from tests.ai.http_server import Reply
from tests.ai.openai_server import openai_server
from tests.jobs.floor import Floor, until

LONG_SECONDS = 30.0


async def test_a_worker_warns_of_the_models_that_its_providers_do_not_know_and_works(floor: Floor) -> None:
    async with gemini_server() as google, openai_server() as server:
        google.models, server.models = ["another"], ["another"]
        worker = await floor.worker(
            NEXUS_GEMINI_BASE_URL=google.url,
            NEXUS_GEMINI_MODEL="mistyped-1",
            NEXUS_OPENAI_BASE_URL=server.url,
            NEXUS_OPENAI_MODEL="mistyped-2",
        )
        await until(lambda: len(worker.events("model.unknown")) > 1)

        warned = worker.events("model.unknown")
        assert sorted(event["model"] for event in warned) == ["gemini:mistyped-1", "openai:mistyped-2"]
        assert {event["level"] for event in warned} == {"warning"}
        assert worker.popen.poll() is None
        assert await worker.end(signal.SIGTERM) == 0


async def test_a_worker_neither_starts_nor_stops_later_for_a_provider_that_is_silent(floor: Floor) -> None:
    async with openai_server() as server:
        server.look_up = Reply(after_seconds=LONG_SECONDS)

        worker = await floor.worker(NEXUS_OPENAI_BASE_URL=server.url, NEXUS_OPENAI_MODEL="any")

        assert await worker.end(signal.SIGTERM, LONG_SECONDS / 3) == 0
        assert not worker.events("model.unknown")
