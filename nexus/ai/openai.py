"""
Any server that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM and others.

Importing this module loads openai's library (about 15 MB), so only a worker that uses it does: see `configured.py`.
Every question is one HTTP request, and a second one where the server does not know the way in which it was asked.
Nothing that is raised or logged here holds the key, the address, the prompt or the answer.

https://platform.openai.com/docs/api-reference/chat/create
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import httpx2
import openai
import structlog
from openai import AsyncOpenAI, Omit, omit
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel, ValidationError

from nexus.ai.bounded import LONGEST_ANSWER, TooLong, bounded_client
from nexus.ai.conversation import Misshapen, Turn, converse
from nexus.ai.model import AWAY, REFUSED, Answer, ModelRefused, ModelUnavailable, Tokens, answering_model
from nexus.ai.openai_message import refusal_in, words_in
from nexus.ai.structure import structure_of
from nexus.ai.trouble import ProviderTrouble, is_ours, retry_after_in, unavailable

OFFICIAL = "https://api.openai.com/v1"
NO_KEY = "none"  # the library wants one; it is not sent

# Servers that do not know a way of asking say 400, and those that check a request's shape 422.
UNKNOWN_WAY = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
WITHHELD = frozenset({"content_filter", "content_policy_violation"})
IN_JSON = "\n\nAnswer with JSON only, without any words around it. It has to match this JSON schema:\n{schema}"

# What comes of a connection that breaks, an error that is answered, and a response of some other shape.
FAILURES = (openai.OpenAIError, httpx2.HTTPError, ValidationError, ValueError, TimeoutError)

log = structlog.get_logger(__name__)


class _Message(BaseModel, extra="allow"):
    content: str | list[Any] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: Any = None


class _Response(BaseModel):
    """The part of a response that is read: whatever else it holds is passed over."""

    choices: list[_Choice] | None
    usage: Any = None
    model: Any = None


class _Listing(BaseModel):
    id: str


class _Listings(BaseModel):
    """The models that a server offers."""

    data: list[_Listing]


@dataclass(frozen=True)
class _Way:
    """How JSON is asked for: by the request's `response_format`, or by words at the end of the prompt."""

    response_format: dict[str, Any] | None
    words: str = ""


class OpenAI:
    """One model of such a server. `timeout_seconds` is for one request from its first to its last byte."""

    def __init__(self, api_key: str | None, model: str, base_url: str | None, timeout_seconds: float = 60) -> None:
        self._model = model
        self._timeout_seconds = timeout_seconds
        self._http = bounded_client()
        self._library = AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=base_url or OFFICIAL,
            max_retries=0,
            timeout=timeout_seconds,
            http_client=self._http,
        )
        # The library reads these from the environment, past our settings.
        self._library.organization = self._library.project = self._library.admin_api_key = None
        self._headers: dict[str, str | Omit] = {} if api_key else {"Authorization": omit}

    @property
    def name(self) -> str:
        """Whose words these are: `openai:<model name>`."""
        return f"openai:{self._model}"

    async def aclose(self) -> None:
        """Close the connections. It may be called twice."""
        await self._http.aclose()

    async def knows_model(self) -> bool | None:
        """Whether the server lists the model; None where it lists none, or does not answer."""
        try:
            raw = await self._library.models.with_raw_response.list(extra_headers=self._headers)
            listed = {listing.id for listing in _Listings.model_validate_json(raw.http_response.content).data}
        except (TooLong, *FAILURES):
            return None
        # Ollama adds a tag to a name that has none, and google's server puts a folder before it.
        return bool({self._model, f"{self._model}:latest", f"models/{self._model}"} & listed) if listed else None

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """
        Return an answer of this shape.

        Raises ModelUnavailable (with `retry_after` where the server gave one), ModelRefused or MalformedAnswer.
        """
        return await converse(self.name, partial(self._say, _ways(shape), tokens), prompt, shape, tokens)

    async def _say(self, ways: Sequence[_Way], tokens: Tokens, turns: Sequence[Turn]) -> str:
        """Send one question in the first way that the server knows, and return the words of its answer."""
        *others, last = ways
        for way in others:
            try:
                return self._words(await self._complete(way, turns), tokens)
            except openai.APIStatusError:
                log.info("model_request.simplified", model=self.name)
        try:
            return self._words(await self._complete(last, turns), tokens)
        except openai.APIStatusError as error:
            trouble = _trouble_of(error)
        raise unavailable(self.name, trouble)

    def _words(self, response: _Response, tokens: Tokens) -> str:
        used = response.usage if isinstance(response.usage, dict) else {}
        tokens.add(used.get("prompt_tokens"), used.get("completion_tokens"))
        tokens.model = f"openai:{answering_model(response.model, self._model)}"
        if not response.choices:
            log.warning("model_answer.missed", model=self.name)
            raise ModelUnavailable(AWAY)
        message = response.choices[0].message.model_dump()
        if refusal_in(message) or response.choices[0].finish_reason in WITHHELD:
            raise self._refused("refusal" if refusal_in(message) else "content_filter")
        return words_in(message)

    def _refused(self, reason: str) -> ModelRefused:
        log.warning("model_request.refused", model=self.name, reason=reason)
        return ModelRefused(REFUSED)

    async def _complete(self, way: _Way, turns: Sequence[Turn]) -> _Response:
        """Send one request. An APIStatusError that comes out says that the server does not take it as it is."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                raw = await self._library.chat.completions.with_raw_response.create(
                    model=self._model,
                    messages=_messages(turns, way.words),
                    extra_headers=self._headers,
                    extra_body={"response_format": way.response_format} if way.response_format else None,
                )
            return _Response.model_validate_json(raw.http_response.content)
        except TooLong:
            raise Misshapen("", f"It was longer than {LONGEST_ANSWER} bytes.") from None
        except openai.APIStatusError as error:
            if str(error.code) in WITHHELD:
                raise self._refused("content_filter") from None
            if error.status_code in UNKNOWN_WAY:
                raise
            trouble = _trouble_of(error)
        except FAILURES as error:
            if isinstance(error.__cause__, TooLong):  # the library wraps what the connection raises
                raise Misshapen("", f"It was longer than {LONGEST_ANSWER} bytes.") from None
            trouble = ProviderTrouble(type(error).__name__)
        raise unavailable(self.name, trouble)


def _ways(shape: type[Answer]) -> list[_Way]:
    """How answers of this shape are asked for, the most exact way first."""
    schema = structure_of(shape)
    if schema is None:
        return [_Way({"type": "json_object"}), _Way(None, IN_JSON.format(schema='{"type": "object"}'))]
    named = {"name": shape.__name__, "schema": schema, "strict": False}
    return [
        _Way({"type": "json_schema", "json_schema": named}),
        _Way(None, IN_JSON.format(schema=json.dumps(schema, ensure_ascii=False))),
    ]


def _messages(turns: Sequence[Turn], words: str) -> list[ChatCompletionMessageParam]:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": turn.words} if turn.role == "user" else {"role": "assistant", "content": turn.words}
        for turn in turns[:-1]
    ]
    return [*messages, {"role": "user", "content": turns[-1].words + words}]


def _trouble_of(error: openai.APIStatusError) -> ProviderTrouble:
    return ProviderTrouble(
        reason=type(error).__name__,
        http_status=error.status_code,
        retry_after=retry_after_in(error.response.headers),
        is_ours=is_ours(error.status_code),
    )
