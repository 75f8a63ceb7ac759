"""Who is asked, by the settings."""

import pytest
from pydantic import ValidationError

from nexus.ai.configured import GEMINI, OPENAI, Access, configured_panel
from nexus.ai.model import Tokens
from nexus.config import Settings
from nexus.house import models_of
from nexus.worker import panel_of
from tests.ai.gemini_server import fails, gemini_server
from tests.ai.openai_server import answers, openai_server
from tests.ai.scripted import Word
from tests.house import settings_of


async def test_providers_are_built_in_the_order_of_the_setting_and_ask_each_other_over_http() -> None:
    async with gemini_server() as google, openai_server() as server:
        access = {GEMINI: Access("g", "key", google.url), OPENAI: Access("o", None, server.url)}
        google.script(fails(503, "UNAVAILABLE"))
        server.script(answers({"word": "Second."}))
        panel = configured_panel([GEMINI, OPENAI], access, then_offline=True)
        consultation = panel.consult()

        assert (await consultation.ask("Say a word.", Word)).word == "Second."

        await panel.aclose()
    assert panel.names == ["gemini:g", "openai:o"]
    assert panel.then_offline
    assert consultation.name == "openai:o"
    assert consultation.tokens == Tokens(70, 5)


def test_without_access_there_is_nobody_to_ask() -> None:
    panel = configured_panel(["gemini", "openai"], {}, then_offline=False)

    assert not panel
    assert not panel.then_offline


GIVEN = {
    "NEXUS_DATABASE_URL": "postgresql://a@b/c",
    "NEXUS_SYSTEM_DATABASE_URL": "postgresql://a@b/c",
    "NEXUS_REDIS_URL": "redis://b",
    "NEXUS_SECRET_KEYS": "k" * 32,
    "NEXUS_GOOGLE_CLIENT_ID": "id",
    "NEXUS_GOOGLE_CLIENT_SECRET": "secret",
}


def settings(**given: str) -> Settings:
    return settings_of(GIVEN | {f"NEXUS_{name.upper()}": value for name, value in given.items()}, _env_file=None)


@pytest.mark.parametrize(
    ("given", "configured", "offline"),
    [
        ({}, (), True),
        ({"providers": "gemini"}, (), True),
        ({"gemini_api_key": "k"}, ("gemini",), False),
        ({"gemini_api_key": "k", "providers": "gemini,openai,offline"}, ("gemini",), True),
        ({"gemini_api_key": "k", "providers": "offline"}, (), True),
        ({"openai_api_key": "k", "openai_model": "m"}, ("openai",), False),
        ({"openai_base_url": "http://b/v1", "openai_model": "m", "gemini_api_key": "k"}, ("gemini", "openai"), False),
        (
            {"gemini_api_key": "k", "openai_api_key": "k", "openai_model": "m", "providers": "openai"},
            ("openai",),
            False,
        ),
        (
            {"gemini_api_key": "k", "openai_api_key": "k", "openai_model": "m", "providers": "openai, gemini"},
            ("openai", "gemini"),
            False,
        ),
        ({"openai_model": "m"}, (), True),
    ],
)
def test_only_what_is_configured_counts(given: dict[str, str], configured: tuple[str, ...], *, offline: bool) -> None:
    read = settings(**given)

    assert (read.models_configured, read.offline_allowed) == (configured, offline)


@pytest.mark.parametrize("order", ["gemini,openai", "openai,offline,gemini", "openai", "offline"])
async def test_api_and_worker_call_the_models_by_the_same_names_in_the_same_order(order: str) -> None:
    read = settings(gemini_api_key="k", openai_base_url="http://b/v1", openai_model="m", providers=order)

    panel = panel_of(read)

    assert tuple(panel.names) == models_of(read)
    assert panel.then_offline == read.offline_allowed
    await panel.aclose()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"providers": "gemini,claude"}, "NEXUS_PROVIDERS: name one or more of gemini, openai, offline"),
        ({"providers": "gemini,gemini"}, "NEXUS_PROVIDERS: name one or more of gemini, openai, offline"),
        ({"providers": ","}, "NEXUS_PROVIDERS: name one or more of gemini, openai, offline"),
        ({"openai_base_url": "http://b/v1"}, "NEXUS_OPENAI_MODEL: name the model"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_the_start(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**given)

    assert sentence in str(refused.value)
