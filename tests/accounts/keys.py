"""API keys as a program has them: made through the real route, sent as the only header."""

from collections.abc import Sequence
from typing import Any

import httpx

from tests.house import Person

ALL = ("read", "jobs", "admin")


async def make_key(person: Person, scopes: Sequence[str] = ALL, **more: Any) -> dict[str, Any]:
    """A key of this person's organisation, with its value."""
    answer = await person.api.post("/api-keys", json={"name": "a program", "scopes": list(scopes), **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def bearer(value: str) -> dict[str, str]:
    """The header that says it."""
    return {"Authorization": f"Bearer {value}"}


async def status(api: httpx.AsyncClient, value: str, path: str = "/me") -> tuple[int, str | None]:
    """How a read with this key is answered: the status, and the reason of a 401."""
    answer = await api.get(path, headers=bearer(value))
    return answer.status_code, answer.json().get("reason")
