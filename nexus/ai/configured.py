"""Which model a worker uses. A further provider, and an order of them, has its place here."""

from typing import Protocol

from nexus.ai.model import LanguageModel


class ClosableModel(LanguageModel, Protocol):
    """A model that holds connections, and lets them go when the worker ends."""

    async def aclose(self) -> None:
        """Close the connections. It may be called twice."""
        ...


def configured_names(gemini_api_key: str | None, gemini_model: str) -> tuple[str, ...]:
    """The names of the models that these settings name, in the order in which they are asked."""
    return (f"gemini:{gemini_model}",) if gemini_api_key else ()


def configured_model(
    gemini_api_key: str | None, gemini_model: str, gemini_base_url: str | None
) -> ClosableModel | None:
    """Build the model that these settings name, or None: then the work is done offline where it can be."""
    if not gemini_api_key:
        return None
    from nexus.ai.gemini import Gemini  # noqa: PLC0415 - google's library is loaded only where it is used

    return Gemini(gemini_api_key, gemini_model, gemini_base_url)
