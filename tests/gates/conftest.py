"""Whole stacks for the gates that want one: started once, and shared."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.ai.gemini_server import GeminiServer, gemini_server
from tests.gates.whole_stack import WholeStack, nexus_up

MODEL = "gemini-3.5-flash-lite"


@pytest.fixture(scope="session")
async def gemini() -> AsyncIterator[GeminiServer]:
    """A local server that speaks Gemini's wire format."""
    async with gemini_server() as server:
        yield server


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, gemini: GeminiServer) -> Iterator[WholeStack]:
    """`nexus up` with Gemini configured, and everything else as it comes."""
    settings = {
        "NEXUS_GEMINI_API_KEY": "a key that only the tests know",
        "NEXUS_GEMINI_MODEL": MODEL,
        "NEXUS_GEMINI_BASE_URL": gemini.url,
    }
    with nexus_up(tmp_path_factory.mktemp("stack"), settings) as running:
        yield running


@pytest.fixture(scope="session")
def web_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    """`nexus up` with the web application: for the gates that a browser passes."""
    with nexus_up(tmp_path_factory.mktemp("web"), {}, web=True) as running:
        yield running
