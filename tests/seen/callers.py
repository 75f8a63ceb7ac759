"""Callers who put recognisable texts and secrets wherever the API's description says that something can be put."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import asyncpg
import httpx

from tests.house import Person
from tests.isolation.operations import SOME_TEXT, TABLE_OF, Operation

SECRET_FIELDS = {"access_token", "refresh_token", "value", "secret", "token", "link", "id_token"}
SHORTEST_SECRET = 16
AN_EMAIL, AN_ADDRESS = "somebody@elsewhere.test", "https://hooks.elsewhere.test/nexus"


@dataclass
class Caller:
    """Somebody whose every word has a mark, and who keeps whatever secret is handed out."""

    person: Person
    truth: asyncpg.Connection
    receiver: str
    mark: str = field(default_factory=lambda: f"Zinnober{secrets.token_hex(8)}")
    handed_out: set[str] = field(default_factory=set)

    async def ask_in_every_way(self, operations: list[Operation]) -> None:
        """Ask each operation rightly, and wrongly in every place that takes something."""
        for operation in operations:
            for request in self._ways(operation, await self._own_ids(operation)):
                await self._send(request)

    async def ask_rightly(self, operations: list[Operation]) -> list[int]:
        """Ask each operation once as it wants to be asked; the statuses."""
        return [(await self._send(self._right(one, await self._own_ids(one)))).status_code for one in operations]

    async def ask_as_a_stranger(self, operations: list[Operation]) -> None:
        """Ask with what is no token of ours."""
        for operation in operations:
            for given in (f"Bearer {self.mark}", f"Bearer nx_live_{self.mark}", f"Bearer nxr_{self.mark}", self.mark):
                ids = {name: str(uuid4()) for name in operation.ids}
                await self._send(self._right(operation, ids) | {"headers": self._noise() | {"Authorization": given}})

    def fill(self, value: Any) -> Any:
        """The same with the mark in every text."""
        if isinstance(value, dict):
            return {name: self.fill(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        if value == AN_EMAIL:
            return f"{self.mark}{secrets.token_hex(4)}@elsewhere.test"
        if value == AN_ADDRESS:
            return f"http://{self.receiver}/{self.mark}"
        if isinstance(value, str) and value and SOME_TEXT.startswith(value):
            return f"{self.mark} {uuid4()} {value}"[: max(len(value), 40)]
        return value

    def _ways(self, operation: Operation, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
        right = self._right(operation, ids)
        yield right
        yield right | {"params": dict.fromkeys((*operation.query, "token", self.mark), self.mark)}
        if operation.in_path:
            yield right | {"url": self._url(operation, dict.fromkeys(operation.in_path, self.mark))}
        if operation.body is not None:
            for wrong in ({self.mark: self.mark}, self.mark, [self.mark], _all_strings(operation.body, self.mark)):
                yield right | {"json": wrong}
            del right["json"]
            for unreadable in (f"{{'{self.mark}", f'{{"text": "{self.mark}\\ud800"}}', self.mark * 100_000):
                yield right | {"content": unreadable.encode()}
            yield right | {"content": self.mark.encode(), "headers": self._signed() | {"Content-Type": self.mark}}

    def _right(self, operation: Operation, ids: dict[str, str]) -> dict[str, Any]:
        body = None if operation.body is None else self.fill(operation.content(ids))
        url = self._url(operation, {name: ids[name] for name in operation.in_path})
        request = {"method": operation.method, "url": url, "headers": self._signed()}
        return request if body is None else request | {"json": body}

    def _url(self, operation: Operation, ids: dict[str, str]) -> str:
        return f"{str(self.person.api.base_url).removesuffix('/v1/')}{operation.url(ids)}"

    def _signed(self) -> dict[str, str]:
        return self._noise() | {"Authorization": self.person.api.headers["Authorization"]}

    def _noise(self) -> dict[str, str]:
        """Headers that a caller may send with anything."""
        told = {"Cookie": f"nexus_sign_in={self.mark}", "User-Agent": self.mark, "Referer": f"http://x/{self.mark}"}
        key = {"Idempotency-Key": f"{self.mark}-{uuid4()}", "Stripe-Signature": f"t=1,v1={self.mark}"}
        return told | key | {"Content-Type": "application/json", "X-Forwarded-For": self.mark, "X-Api-Key": self.mark}

    async def _own_ids(self, operation: Operation) -> dict[str, str]:
        found = {}
        for name in operation.ids:
            column = "id" if name == "organisation_id" else "organisation_id"
            query = f"SELECT id FROM {TABLE_OF[name]} WHERE {column} = $1 ORDER BY id DESC LIMIT 1"  # noqa: S608 - names of ours
            found[name] = str(await self.truth.fetchval(query, self.person.organisation_id) or uuid4())
        return found

    async def _send(self, request: dict[str, Any]) -> httpx.Response:
        try:
            answer = await self.person.api.request(**request, timeout=30)
        except httpx.RemoteProtocolError:
            return httpx.Response(500)  # it broke in the middle of an answer that had begun
        self.handed_out |= set(secrets_in(answer))
        return answer


def secrets_in(answer: httpx.Response) -> Iterator[str]:
    """What an answer hands out that nobody else may know."""
    location = answer.headers.get("location", "")
    found = [
        value for name, value in parse_qsl(urlsplit(location).query) if name in ("state", "nonce", "code_challenge")
    ]
    found += list(answer.cookies.values())
    if answer.content and answer.headers.get("content-type", "").endswith("json"):
        found += _secret_fields(answer.json())
    yield from (one for one in found if len(one) >= SHORTEST_SECRET and " " not in one)


def _secret_fields(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in _secret_fields(one)]
    if not isinstance(value, dict):
        return []
    own = [one for name, one in value.items() if name in SECRET_FIELDS and isinstance(one, str)]
    return own + [found for one in value.values() for found in _secret_fields(one)]


def _all_strings(value: Any, mark: str) -> Any:
    """The same shape with the mark for every value, of whatever kind that was to be."""
    if isinstance(value, dict):
        return {name: _all_strings(one, mark) for name, one in value.items()}
    return mark
