"""A stand-in with the names of the guarded client: it guards nothing."""

from collections.abc import Collection, Mapping
from time import perf_counter
from typing import NamedTuple

import httpx

from nexus.core.errors import InvalidRequest


class Sent(NamedTuple):
    """One attempt's outcome."""

    status_code: int | None
    error: str | None
    latency_ms: int


class UrlRefused(InvalidRequest):
    """The address may not be called."""

    example = ([{"field": "url", "message": "Begin the URL with https://."}],)


class Egress:
    """Posts to receivers."""

    def __init__(self, allowed_hosts: Collection[str] = ()) -> None:
        self._allowed = frozenset(allowed_hosts)
        self._http = httpx.AsyncClient(timeout=15, trust_env=False)

    async def check(self, url: str) -> None:
        """Take an allowed host, or https."""
        if url.partition("://")[2].partition("/")[0] not in self._allowed and not url.startswith("https://"):
            raise UrlRefused([{"field": "url", "message": "Begin the URL with https://."}])

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        """Post once."""
        started = perf_counter()
        try:
            answer = await self._http.post(url, content=body, headers=dict(headers))
        except httpx.HTTPError as error:
            kind = "timeout" if isinstance(error, httpx.TimeoutException) else "connect"
            return Sent(None, kind, int((perf_counter() - started) * 1000))
        return Sent(answer.status_code, None, int((perf_counter() - started) * 1000))

    async def aclose(self) -> None:
        """Hang up."""
        await self._http.aclose()
