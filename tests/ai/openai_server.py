"""
A stand-in for a server that speaks OpenAI's chat completions, on a free loopback port.

    async with openai_server() as server:
        server.script(busy(retry_after="7"), answers({"summary": "Short."}))
        ... NEXUS_OPENAI_BASE_URL=server.url ...
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

USED = {"prompt_tokens": 70, "completion_tokens": 5, "total_tokens": 75}


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str | None:
        """The header that carries the API key."""
        return self.headers.get("authorization")

    @property
    def turns(self) -> list[tuple[str, str]]:
        """Who said what: the conversation up to this request."""
        return [(message["role"], message["content"]) for message in self.body["messages"]]

    @property
    def way(self) -> str | None:
        """How JSON was asked for."""
        found: str | None = self.body.get("response_format", {}).get("type")
        return found


def says(words: str | None, finish_reason: str = "stop", **message: object) -> Reply:
    """An answer whose text is these words."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": words, **message},
        "finish_reason": finish_reason,
    }
    return Reply(body={"id": "1", "object": "chat.completion", "choices": [choice], "usage": USED})


def answers(value: object) -> Reply:
    """An answer whose text is this value as JSON."""
    return says(json.dumps(value))


def refuses(why: str = "I will not.") -> Reply:
    """An answer that says no."""
    return says(None, refusal=why)


def fails(status: int, code: str | None = None, **headers: str) -> Reply:
    """One of the server's errors; a header's name is written with `_` for `-`."""
    error = {"message": "Said by the stand-in.", "type": "error", "param": None, "code": code}
    return Reply(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


def busy(retry_after: str) -> Reply:
    """A 429 that says when to come again."""
    return fails(429, "rate_limit_exceeded", Retry_After=retry_after)


class OpenAIServer:
    """The server: `url` for the base URL, `script` for what comes next, `asked` for what came in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.models: list[str] = []
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
        """Answer one request from the script, or in the shape that it asks for; list `models` to who looks for them."""
        if request.method == "GET":
            reply = self.look_up or self._list(request)
            await asyncio.sleep(reply.after_seconds)
            return reply.response()
        asked = Asked(request.url.path, dict(request.headers), await request.json())
        self.asked.append(asked)
        schema = asked.body.get("response_format", {}).get("json_schema", {}).get("schema", {})
        reply = self._script.next(lambda: answers(smallest(schema, schema.get("$defs", {}))))
        await asyncio.sleep(reply.after_seconds)
        return reply.response()

    def _list(self, request: Request) -> Reply:
        if request.url.path != "/v1/models":
            return fails(404)
        listed = [{"id": name, "object": "model", "created": 1, "owned_by": "nobody"} for name in self.models]
        return Reply(body={"object": "list", "data": listed})


@asynccontextmanager
async def openai_server() -> AsyncIterator[OpenAIServer]:
    """Serve on a free loopback port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = OpenAIServer(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
        async with serving(listening, server.reply):
            yield server
