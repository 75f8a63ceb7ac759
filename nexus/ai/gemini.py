"""
Google's Gemini, behind the promise of `model.py`.

Importing this module loads google's library (about 25 MB), so only a worker with a key does: see `configured.py`.
Every question is one HTTP request: PostgreSQL decides about retries. Nothing that is raised or logged here
holds the key, the address, the prompt or the answer.
"""

import asyncio
from collections.abc import AsyncIterator

import httpx
import structlog
from google import genai
from google.genai import errors, types
from pydantic import ValidationError

from nexus.ai.gemini_schema import structure_of
from nexus.ai.gemini_trouble import ProviderTrouble, refusal_in, trouble_of
from nexus.ai.model import Answer, MalformedAnswer, ModelRefused, ModelUnavailable

LONGEST_ANSWER = 1_000_000  # bytes of the provider's whole response
SHOWN_IN_REPAIR = 20_000  # characters of a malformed answer that the model sees again
REPAIRS = 1

# What google's library raises when a response is JSON of some other shape, or no JSON at all.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)

AWAY = "The language model is not available for the moment. Nothing is wrong with your text."
REFUSED = "The language model refused to work on this text. Change the text and ask again."
MALFORMED = "The language model gave no usable answer, twice. Ask again, or change the text."

log = structlog.get_logger(__name__)


class _TooLongError(Exception):
    """The response is longer than LONGEST_ANSWER."""


class _MisshapenError(Exception):
    """An answer that is not in the shape: `said` is the answer, `problem` is what to tell the model."""

    def __init__(self, said: str, problem: str) -> None:
        super().__init__(problem)
        self.said = said
        self.problem = problem


class _Bounded(httpx.AsyncByteStream):
    """A response's bytes, up to a limit: beyond it an error's rest is left unread, and an answer is given up."""

    def __init__(self, stream: httpx.AsyncByteStream, *, is_error: bool) -> None:
        self._stream = stream
        self._is_error = is_error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > LONGEST_ANSWER and self._is_error:
                return
            if read > LONGEST_ANSWER:
                raise _TooLongError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream, is_error=response.is_error)


class Gemini:
    """One of google's models. `timeout_seconds` is for one request from its first to its last byte."""

    def __init__(self, api_key: str, model: str, base_url: str | None, timeout_seconds: float = 60) -> None:
        self._model = model
        self._timeout_seconds = timeout_seconds
        # The limit counts bytes as they come, so nothing packed is asked for. A redirect would take the key along.
        self._http = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity"}, event_hooks={"response": [_bound]}, follow_redirects=False
        )
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

    async def ask(self, prompt: str, shape: type[Answer]) -> Answer:
        """
        Return an answer of this shape.

        Raises ModelUnavailable (with `retry_after` where google gave one), ModelRefused, or MalformedAnswer when
        the answer does not have the shape and neither has the one to a second question that says what was wrong.
        """
        turns = [_turn("user", prompt)]
        for _ in range(1 + REPAIRS):
            try:
                return _read(await self._say(turns, shape), shape)
            except _MisshapenError as misshapen:
                log.warning("model_answer.rejected", model=self.name, shape=shape.__name__, length=len(misshapen.said))
                turns = [*turns, *_correction(misshapen)]
        raise MalformedAnswer(MALFORMED)

    async def _say(self, turns: list[types.Content], shape: type[Answer]) -> str:
        """Send one question, and return the words of its answer."""
        response = await self._generate(turns, shape)
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

    async def _generate(self, turns: list[types.Content], shape: type[Answer]) -> types.GenerateContentResponse:
        trouble: ProviderTrouble | None = None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._google.aio.models.generate_content(
                    model=self._model, contents=list(turns), config=_config(shape)
                )
        except _TooLongError:
            raise _MisshapenError("", f"It was longer than {LONGEST_ANSWER} bytes.") from None
        except errors.APIError as error:
            trouble = trouble_of(error)
        except (httpx.HTTPError, TimeoutError, *UNREADABLE) as error:
            trouble = ProviderTrouble(type(error).__name__)
        # A fault that only the operator can mend is an error in the log. A caller can only come again.
        say = log.error if trouble.is_ours else log.warning
        say("model_request.failed", model=self.name, reason=trouble.reason, http_status=trouble.http_status)
        raise ModelUnavailable(AWAY, retry_after=trouble.retry_after)


def _turn(role: str, words: str) -> types.Content:
    return types.Content(role=role, parts=[types.Part(text=words)])


def _config(shape: type[Answer]) -> types.GenerateContentConfig:
    """Ask for JSON of this shape, once, without tools."""
    return types.GenerateContentConfig(
        response_mime_type="application/json",
        response_json_schema=structure_of(shape),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
    )


def _read(said: str, shape: type[Answer]) -> Answer:
    """Read an answer in its shape. A NUL is refused here, because PostgreSQL could not keep it."""
    if "\\u0000" in said:
        raise _MisshapenError(said, "It held the character U+0000.")
    try:
        return shape.model_validate_json(said)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[:5]
    fields = (".".join(map(str, found["loc"])) or "the whole" for found in wrong)
    raise _MisshapenError(said, " ".join(f"{field}: {e['msg']}." for field, e in zip(fields, wrong, strict=True)))


def _correction(misshapen: _MisshapenError) -> list[types.Content]:
    """Show the model what it said, and say what was wrong with it."""
    said = misshapen.said[:SHOWN_IN_REPAIR] or "(an answer that could not be used)"
    asked = f"Your answer did not match the JSON schema. {misshapen.problem} Answer again with that JSON only."
    return [_turn("model", said), _turn("user", asked)]
