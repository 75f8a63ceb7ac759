"""Whether the providers know the names of their models: a warning in a worker's log as it starts, and nothing more."""

from collections.abc import AsyncIterator
from time import monotonic

import pytest
from structlog.testing import capture_logs

from nexus.ai.configured import GEMINI, OPENAI, Access, configured_panel
from nexus.ai.gemini import Gemini
from nexus.ai.openai import OpenAI
from nexus.local.ports import free_port
from tests.ai.gemini_server import GeminiServer, gemini_server
from tests.ai.http_server import Reply
from tests.ai.openai_server import OpenAIServer, openai_server

NAME = "small-1"
LONG = 2_000_000


@pytest.fixture
async def google() -> AsyncIterator[GeminiServer]:
    """Google's side."""
    async with gemini_server() as server:
        yield server


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """Any other server."""
    async with openai_server() as server:
        yield server


@pytest.mark.parametrize(
    ("listed", "known"),
    [
        ([NAME, "another"], True),
        ([f"{NAME}:latest"], True),
        ([f"models/{NAME}"], True),
        ([f"{NAME}0", "another"], False),
        ([], None),
    ],
)
async def test_a_server_knows_the_models_that_it_lists(
    server: OpenAIServer, listed: list[str], *, known: bool | None
) -> None:
    server.models = listed
    provider = OpenAI("key", NAME, server.url)

    assert await provider.knows_model() is known

    await provider.aclose()


@pytest.mark.parametrize(("models", "known"), [([NAME], True), (["small-2"], False)])
async def test_google_knows_the_models_that_it_has(google: GeminiServer, models: list[str], *, known: bool) -> None:
    google.models = models
    provider = Gemini("key", NAME, google.url)

    assert await provider.knows_model() is known

    await provider.aclose()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(401, {"error": {"code": 401, "message": "No.", "status": "UNAUTHENTICATED"}}),
        Reply(429, "busy"),
        Reply(500, {"error": []}),
        Reply(302, headers={"Location": "http://127.0.0.1:9/"}),
        Reply(200, "no JSON"),
        Reply(200, {"data": [{"id": 7}]}),
        Reply(200, ["a"]),
        Reply(200, {"data": [{"id": "a" * LONG}]}),
    ],
)
async def test_whatever_else_comes_of_it_is_no_answer_and_no_error(
    google: GeminiServer, server: OpenAIServer, reply: Reply
) -> None:
    google.look_up = server.look_up = reply
    gemini, openai = Gemini("key", NAME, google.url), OpenAI("key", NAME, server.url)
    away = OpenAI(None, NAME, f"http://127.0.0.1:{free_port()}/v1")

    assert await openai.knows_model() is None
    assert await away.knows_model() is None
    assert await gemini.knows_model() is not False

    for provider in (gemini, openai, away):
        await provider.aclose()


async def test_a_warning_names_each_unknown_model_and_neither_a_key_nor_an_address(
    google: GeminiServer, server: OpenAIServer
) -> None:
    google.models, server.models = [], ["another"]
    access = {GEMINI: Access("g", "a key", google.url), OPENAI: Access("o", "a key", server.url)}
    panel = configured_panel([GEMINI, OPENAI], access, then_offline=False)

    with capture_logs() as logged:
        await panel.warn_of_unknown_models()

    warned = [event for event in logged if event["event"] == "model.unknown"]
    assert sorted(event["model"] for event in warned) == ["gemini:g", "openai:o"]
    assert {event["log_level"] for event in warned} == {"warning"}
    assert "a key" not in str(logged)
    assert "127.0.0.1" not in str(logged)
    await panel.aclose()


async def test_a_provider_that_does_not_answer_is_not_waited_for(server: OpenAIServer) -> None:
    server.look_up = Reply(after_seconds=5)
    panel = configured_panel([OPENAI], {OPENAI: Access("o", None, server.url)}, then_offline=False)
    started = monotonic()

    with capture_logs() as logged:
        await panel.warn_of_unknown_models(seconds=0.2)

    assert monotonic() - started < 2
    assert "model.unknown" not in {event["event"] for event in logged}
    await panel.aclose()
