"""
A stand-in for google's side of Gemini: a real HTTP server on a free loopback port that does what its script says.

    async with gemini_server() as server:
        server.script(busy(retry_delay="7s"), answers({"summary": "Short."}))
        ... NEXUS_GEMINI_BASE_URL=server.url ...
        assert server.asked[0].key == "..."

When the script is used up, it answers with the smallest JSON that has the shape that was asked for.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.ai.http_server import Reply, Script, serving, smallest

RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str | None:
        """The API key that it carried."""
        return self.headers.get("x-goog-api-key")

    @property
    def turns(self) -> list[tuple[str, str]]:
        """Who said what: the conversation up to this request."""
        return [(turn["role"], "".join(part["text"] for part in turn["parts"])) for turn in self.body["contents"]]


def says(words: str, finish_reason: str = "STOP") -> Reply:
    """An answer whose text is these words."""
    content = {"role": "model", "parts": [{"text": words}]}
    candidate = {"index": 0, "content": content, "finishReason": finish_reason}
    return Reply(body={"candidates": [candidate], "modelVersion": "stand-in"})


def answers(value: object) -> Reply:
    """An answer whose text is this value as JSON."""
    return says(json.dumps(value))


def withholds(finish_reason: str) -> Reply:
    """An answer that google does not give out."""
    return Reply(body={"candidates": [{"index": 0, "finishReason": finish_reason}]})


def blocks(reason: str) -> Reply:
    """A prompt that google does not take."""
    return Reply(body={"promptFeedback": {"blockReason": reason}})


def fails(status: int, word: str, *details: object, **headers: str) -> Reply:
    """One of google's errors; a header's name is written with `_` for `-`."""
    error = {"code": status, "message": "Said by the stand-in.", "status": word, "details": list(details)}
    return Reply(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


def busy(retry_delay: str) -> Reply:
    """A 429 that says in its details when to come again."""
    return fails(429, "RESOURCE_EXHAUSTED", {"@type": RETRY_INFO, "retryDelay": retry_delay})


def hangs(seconds: float) -> Reply:
    """An answer that comes too late."""
    return Reply(body={"candidates": []}, after_seconds=seconds)


class GeminiServer:
    """The server: `url` for the base URL, `script` for what comes next, `asked` for what came in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.models: list[str] | None = None
        self.look_up: Reply | None = None
        self._script = Script()

    def script(self, *replies: Reply) -> None:
        """Say what the next requests get."""
        self._script.extend(replies)

    def forget(self) -> None:
        """Begin anew: no script, and nothing asked."""
        self.asked.clear()
        self._script.clear()

    async def reply(self, request: Request) -> Response:
        """Answer one request from the script, or in the shape that it asks for; list `models` to who looks for one."""
        if request.method == "GET":
            reply = self.look_up or self._describe(request)
            return reply.response()
        asked = Asked(request.url.path, dict(request.headers), await request.json())
        self.asked.append(asked)
        schema = asked.body.get("generationConfig", {}).get("responseJsonSchema", {})
        reply = self._script.next(lambda: answers(smallest(schema, schema.get("$defs", {}))))
        await asyncio.sleep(reply.after_seconds)
        return reply.response()

    def _describe(self, request: Request) -> Reply:
        folder, _, name = request.url.path.rpartition("/")
        if folder != "/v1beta/models" or (self.models is not None and name not in self.models):
            return fails(404, "NOT_FOUND")
        return Reply(body={"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]})


@asynccontextmanager
async def gemini_server() -> AsyncIterator[GeminiServer]:
    """Serve on a free loopback port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = GeminiServer(f"http://127.0.0.1:{listening.getsockname()[1]}")
        async with serving(listening, server.reply):
            yield server
