"""An API in this process whose windows are narrow, and people at its door."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from tests.house import WEB_CLIENT_SECRET, Person, Servers, door, id_token, run_app, settings_of, some_domain

LIMIT = re.compile(r'"([a-z]+)";r=(\d+);t=(\d+)')


@dataclass
class Narrow:
    """The API, and who comes."""

    app: FastAPI
    api: httpx.AsyncClient
    idp: str
    doors: AsyncExitStack

    async def person(self, email: str = "", *, web: bool = False) -> Person:
        """Somebody who is signed in, perhaps through the web application; of a new organisation unless told."""
        email = email or f"ann@{some_domain()}"
        secret = {"web_client_secret": WEB_CLIENT_SECRET} if web else {}
        answer = await self.api.post("/auth/google", json={"id_token": await id_token(self.idp, email), **secret})
        pair = answer.raise_for_status().json()
        own = await self.doors.enter_async_context(door(self.app))
        own.headers["Authorization"] = f"Bearer {pair['access_token']}"
        return Person(email, own, pair)


@asynccontextmanager
async def narrow_app(servers: Servers, **changed: Any) -> AsyncIterator[Narrow]:
    """The API with these settings."""
    async with (
        run_app(settings_of(servers.environment, **changed)) as app,
        door(app) as api,
        AsyncExitStack() as doors,
    ):
        yield Narrow(app, api, servers.idp, doors)


def told(answer: httpx.Response) -> tuple[str, int]:
    """By which policy an answer was counted, and how many requests it says are left."""
    found = LIMIT.fullmatch(answer.headers["RateLimit"])
    assert found is not None, answer.headers
    return found[1], int(found[2])
