"""
Google's Gemini, behind the promise of `model.py`.

Importing this module loads google's library (about 25 MB), so only a worker with a key does: see `configured.py`.
Every question is one HTTP request: PostgreSQL decides about retries. Nothing that is raised or logged here
holds the key, the address, the prompt or the answer.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

import httpx2
import structlog
from google import genai
from google.genai import errors, types

from nexus.ai.bounded import LONGEST_ANSWER, TooLong, bounded_client
from nexus.ai.conversation import Misshapen, Turn, converse
from nexus.ai.gemini_trouble import refusal_in, trouble_of
from nexus.ai.model import AWAY, REFUSED, Answer, ModelRefused, ModelUnavailable, Tokens, answering_model
from nexus.ai.structure import structure_of
from nexus.ai.trouble import ProviderTrouble, unavailable

# What google's library raises when a response is JSON of some other shape, or no JSON at all.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)

log = structlog.get_logger(__name__)


class Gemini:
    """One of google's models. `timeout_seconds` is for one request from its first to its last byte."""

    def __init__(self, api_key: str, model: str, base_url: str | None, timeout_seconds: float = 60) -> None:
        self._model = model
        self._timeout_seconds = timeout_seconds
        self._http = bounded_client()
        self._google = genai.Client(
            api_key=api_key,
            enterprise=False,
            http_options=types.HttpOptions(
                base_url=base_url,
                api_version="v1beta",
                timeout=max(1, round(timeout_seconds * 1000)),
                retry_options=types.HttpRetryOptions(attempts=1),
                httpx_async_client=self._http,
            ),
        )

    @property
    def name(self) -> str:
        """Whose words these are: `gemini:<model name>`."""
        return f"gemini:{self._model}"

    async def aclose(self) -> None:
        """Close the connections. It may be called twice."""
        await self._google.aio.aclose()
        await self._http.aclose()
        self._google.close()

    async def knows_model(self) -> bool | None:
        """Whether google knows the model; None where it does not say so."""
        try:
            await self._google.aio.models.get(model=self._model)
        except errors.APIError as error:
            return False if error.code == HTTPStatus.NOT_FOUND else None
        except (TooLong, httpx2.HTTPError, TimeoutError, *UNREADABLE):
            return None
        return True

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """
        Return an answer of this shape.

        Raises ModelUnavailable (with `retry_after` where google gave one), ModelRefused or MalformedAnswer.
        """
        return await converse(self.name, partial(self._say, _config(shape), tokens), prompt, shape, tokens)

    async def _say(self, config: types.GenerateContentConfig, tokens: Tokens, turns: Sequence[Turn]) -> str:
        """Send one question, and return the words of its answer."""
        response = await self._generate(config, turns)
        _count(response, tokens)
        tokens.model = f"gemini:{answering_model(response.model_version, self._model)}"
        reason = refusal_in(response)
        if reason is not None:
            log.warning("model_request.refused", model=self.name, reason=reason)
            raise ModelRefused(REFUSED)
        if not response.candidates:
            log.warning("model_answer.missed", model=self.name)
            raise ModelUnavailable(AWAY)
        content = response.candidates[0].content
        parts = content.parts if content is not None else None
        return "".join(part.text for part in parts or [] if part.text and not part.thought)

    async def _generate(
        self, config: types.GenerateContentConfig, turns: Sequence[Turn]
    ) -> types.GenerateContentResponse:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._google.aio.models.generate_content(
                    model=self._model, contents=[_content(turn) for turn in turns], config=config
                )
        except TooLong:
            raise Misshapen("", f"It was longer than {LONGEST_ANSWER} bytes.") from None
        except errors.APIError as error:
            trouble = trouble_of(error)
        except (httpx2.HTTPError, TimeoutError, *UNREADABLE) as error:
            trouble = ProviderTrouble(type(error).__name__)
        raise unavailable(self.name, trouble)


def _content(turn: Turn) -> types.Content:
    return types.Content(role=turn.role, parts=[types.Part(text=turn.words)])


def _config(shape: type[Answer]) -> types.GenerateContentConfig:
    """Ask for JSON of this shape, once, without tools."""
    return types.GenerateContentConfig(
        response_mime_type="application/json",
        response_json_schema=structure_of(shape),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
    )


def _count(response: types.GenerateContentResponse, tokens: Tokens) -> None:
    """Thoughts are paid for like words: https://ai.google.dev/gemini-api/docs/thinking."""
    used = response.usage_metadata
    if used is not None:
        tokens.add(used.prompt_token_count, used.candidates_token_count)
        tokens.add(None, used.thoughts_token_count)
