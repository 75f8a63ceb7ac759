"""A request is judged in one order, whatever else is wrong with it: 413 and 415, 401, 429, 403, 404 and 422, 402.

Where 429 stands is tried in tests/limits.
"""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from tests.house import Person, refusal

JSON = {"Content-Type": "application/json"}
TOO_LARGE = b"x" * 1_000_001
BROKEN = b'{"text": '


async def _chunks() -> AsyncIterator[bytes]:
    """A body whose length nobody says beforehand."""
    yield TOO_LARGE


@pytest.mark.parametrize("path", ["/summarize", "/auth/google", "/nowhere"])
async def test_too_large_comes_before_not_json_and_not_signed_in_and_not_there(
    api: httpx.AsyncClient, path: str
) -> None:
    answer = await api.post(path, content=TOO_LARGE, headers={"Content-Type": "text/plain"})

    assert refusal(answer) == (413, "body_too_large")


async def test_not_json_comes_before_not_signed_in(api: httpx.AsyncClient) -> None:
    answer = await api.post("/summarize", content=b"text", headers={"Content-Type": "text/plain"})

    assert refusal(answer) == (415, "unsupported_media_type")


async def test_too_large_on_the_way_comes_before_not_signed_in(api: httpx.AsyncClient) -> None:
    answer = await api.post("/summarize", content=_chunks(), headers=JSON)

    assert refusal(answer) == (413, "body_too_large")


@pytest.mark.parametrize("body", [BROKEN, b"[]", b"", b"{}", b'{"text": "x", "unknown": 1}'])
async def test_not_signed_in_comes_before_an_invalid_body(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await api.post("/summarize", content=body, headers=JSON)

    assert refusal(answer) == (401, "not_signed_in")


@pytest.mark.parametrize(
    "path", ["/credits/usage?days=0", "/jobs?limit=0", "/credits/transactions?cursor=x", "/jobs/x"]
)
async def test_not_signed_in_comes_before_an_invalid_query_and_an_unknown_id(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)

    assert refusal(answer) == (401, "not_signed_in")


async def test_with_a_token_malformed_json_is_invalid(ann: Person) -> None:
    answer = await ann.api.post("/summarize", content=BROKEN, headers=JSON)

    assert refusal(answer) == (422, "invalid_request")
    assert answer.json()["errors"] == [{"field": "body", "message": "The body is not valid JSON."}]


async def test_no_longer_a_member_comes_before_an_invalid_body(truth: asyncpg.Connection, ann: Person) -> None:
    await truth.execute("UPDATE users SET status = 'removed' WHERE id = $1", ann.user_id)

    answer = await ann.api.post("/summarize", content=BROKEN, headers=JSON)

    assert refusal(answer) == (401, "not_signed_in")


async def test_not_allowed_comes_before_an_invalid_query(amy: Person) -> None:
    answer = await amy.api.get("/members", params={"limit": 0})

    assert refusal(answer) == (403, "not_allowed")


async def test_invalid_comes_before_not_enough_credits(ann: Person) -> None:
    for _ in range(10):
        await ann.api.post("/summarize", json={"text": "Spend it all."})

    invalid, unpaid = await ann.api.post("/summarize", json={}), await ann.api.post("/summarize", json={"text": "x"})

    assert [refusal(invalid), refusal(unpaid)] == [(422, "invalid_request"), (402, "insufficient_credits")]
