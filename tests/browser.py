"""A browser that signs in: it follows the redirects, fills in the login form, and keeps its cookies."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from urllib.parse import urljoin

import httpx
from fastapi import FastAPI

HERE = "http://127.0.0.1:8000"  # the provider sends a browser back to this machine only
ACTION = re.compile(r'<form method="post" action="([^"]+)"')


class Browser:
    """One person's browser. The API is in this process, the identity provider is not."""

    def __init__(self, api: httpx.AsyncClient, web: httpx.AsyncClient) -> None:
        self.api = api
        self._web = web

    async def begin(self) -> str:
        """Ask the API to sign in; where it sends the browser."""
        answer = await self.api.get("/v1/auth/google")
        assert answer.status_code == 307
        return answer.headers["location"]

    async def log_in(self, login_page: str, email: str) -> str:
        """Fill in the form of the identity provider; where it sends the browser back to."""
        page = await self._web.get(login_page)
        form = ACTION.search(page.text)
        assert form, page.text
        sent = await self._web.post(urljoin(login_page, unescape(form[1])), data={"email": email})
        assert sent.status_code == 303
        return sent.headers["location"]

    async def come_back(self, email: str) -> str:
        """Everything up to the callback; its address."""
        return await self.log_in(await self.begin(), email)


@asynccontextmanager
async def open_browser(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser without any cookie."""
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url=HERE) as api,
        httpx.AsyncClient(trust_env=False) as web,
    ):
        yield Browser(api, web)
