"""An issuer that answers nonsense is an issuer that is away: 503, and nothing of ours breaks."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus.config import Settings
from nexus.local.ports import free_port
from tests.house import Servers, door, id_token, run_app, serve_in_thread

GOOD = {"authorization_endpoint": "/a", "token_endpoint": "/t", "jwks_uri": "/keys"}


@asynccontextmanager
async def issuer_that_answers(discovery: object, keys: object) -> AsyncIterator[str]:
    """An issuer with these two documents; a text stands for itself, everything else for its JSON."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def document(content: object) -> Response:
        filled = {**content, "issuer": url, "jwks_uri": f"{url}/keys"} if content == GOOD else content
        return Response(filled if isinstance(filled, str) else json.dumps(filled), media_type="application/json")

    async def answer(request: Request) -> Response:
        return document(keys if request.url.path == "/keys" else discovery)

    app = Starlette(routes=[Route("/{anything:path}", answer)])
    with serve_in_thread(uvicorn.Config(app, port=port, log_config=None, lifespan="off")):
        yield url


@pytest.mark.parametrize(
    ("discovery", "keys"),
    [("<html>Sorry</html>", {"keys": []}), ({}, {"keys": []}), ([], {"keys": []}), (GOOD, "nothing"), (GOOD, {})],
)
async def test_an_issuer_that_answers_nonsense_is_away(
    settings: Settings, servers: Servers, discovery: object, keys: object
) -> None:
    token = await id_token(servers.idp, "ann@acme.test")

    async with (
        issuer_that_answers(discovery, keys) as url,
        run_app(settings.model_copy(update={"google_issuer": url})) as app,
        door(app) as api,
    ):
        answer: httpx.Response = await api.post("/auth/google", json={"id_token": token})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
