"""Which providers a worker asks, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nexus.ai.model import Provider
from nexus.ai.panel import Panel

GEMINI, OPENAI, OFFLINE = "gemini", "openai", "offline"


@dataclass(frozen=True)
class Access:
    """How a provider is reached. An address of None is the vendor's own."""

    model: str
    api_key: str | None = field(repr=False)
    base_url: str | None = None


def configured_panel(order: Sequence[str], known: Mapping[str, Access]) -> Panel:
    """Build the providers of this order that there is access to. `offline` in it allows the offline ways."""
    providers = [_provider(name, known[name]) for name in order if name in known]
    return Panel(providers, then_offline=OFFLINE in order)


def _provider(name: str, access: Access) -> Provider:
    if name == GEMINI:
        from nexus.ai.gemini import Gemini  # noqa: PLC0415 - google's library is loaded only where it is used

        return Gemini(access.api_key or "", access.model, access.base_url)
    if name == OPENAI:
        from nexus.ai.openai import OpenAI  # noqa: PLC0415 - openai's library is loaded only where it is used

        return OpenAI(access.api_key, access.model, access.base_url)
    raise ValueError(f"there is no provider called {name!r}")
