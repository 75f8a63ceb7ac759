"""Which providers a worker asks, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nexus.ai.model import Provider
from nexus.ai.panel import Panel

GEMINI, OPENAI = "gemini", "openai"


@dataclass(frozen=True)
class Access:
    """How a provider is reached. An address of None is the vendor's own."""

    model: str
    api_key: str | None = field(repr=False)
    base_url: str | None = None


def configured_names(order: Sequence[str], models: Mapping[str, str | None]) -> tuple[str, ...]:
    """The names that the providers of this order go by, without building them."""
    return tuple(f"{name}:{models[name]}" for name in order)


def configured_panel(order: Sequence[str], known: Mapping[str, Access], *, then_offline: bool) -> Panel:
    """Build the providers of this order that there is access to. `then_offline` allows the offline ways after them."""
    return Panel([_provider(name, known[name]) for name in order if name in known], then_offline=then_offline)


def _provider(name: str, access: Access) -> Provider:
    if name == GEMINI:
        from nexus.ai.gemini import Gemini  # noqa: PLC0415 - google's library is loaded only where it is used

        return Gemini(access.api_key or "", access.model, access.base_url)
    if name == OPENAI:
        from nexus.ai.openai import OpenAI  # noqa: PLC0415 - openai's library is loaded only where it is used

        return OpenAI(access.api_key, access.model, access.base_url)
    raise ValueError(f"there is no provider called {name!r}")
