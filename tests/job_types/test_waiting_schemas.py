"""A schema that waits for its check keeps nobody else from the database, and what is sent twice is done once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nexus.ai.json_schema.checker import CHECKER
from nexus.config import Settings
from nexus.core.queue import stop
from tests.house import Person, door, refusal, run_app

SLOW = {"allOf": [{"$ref": "#/$defs/a"}] * 70, "$defs": {"a": {"uniqueItems": True}}}
DATA = [{"a": [at]} for at in range(450)]  # a second of computing under this schema
LARGE: dict[str, Any] = {"anyOf": [{"type": "string", "minLength": at} for at in range(100)]}
IMPOSSIBLE = LARGE | {"not": True}
BUSY_SECONDS = 0.2


@pytest.fixture
async def narrow_app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API with a single connection, and a model."""
    with_model = settings.model_copy(update={"openai_base_url": "http://127.0.0.1:9/v1", "openai_model": "m"})
    async with run_app(with_model, pool_size=1) as app:
        yield app


@pytest.fixture
async def api(narrow_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Its door."""
    async with door(narrow_app) as client:
        yield client


@pytest.fixture
async def slow_check(ann: Person) -> AsyncIterator[None]:
    """Something of ann's organisation is being judged for a second: the next schema of hers waits for it."""
    checking = asyncio.create_task(CHECKER.find_error(SLOW, DATA, str(ann.organisation_id)))
    await asyncio.sleep(BUSY_SECONDS)
    yield
    await stop(checking)


async def submit(api: httpx.AsyncClient, person: Person, schema: Any, key: str | None = None) -> httpx.Response:
    headers = dict(person.api.headers) | ({"Idempotency-Key": key} if key else {})
    return await api.post("/extract", json={"text": "A.", "schema": schema}, headers=headers)


@pytest.mark.usefixtures("slow_check")
@pytest.mark.parametrize("key", [None, "a key"])
async def test_nobody_waits_for_a_connection_while_a_schema_waits_for_its_check(
    api: httpx.AsyncClient, ann: Person, bob: Person, key: str | None
) -> None:
    asking = asyncio.create_task(submit(api, ann, LARGE, key))
    await asyncio.sleep(BUSY_SECONDS)

    for _ in range(3):
        assert (await api.get("/credits", headers=bob.api.headers)).status_code == 200

    assert not asking.done()
    assert (await asking).status_code == 202


@pytest.mark.usefixtures("slow_check")
async def test_an_order_that_is_sent_twice_while_its_schema_waits_is_taken_once(
    api: httpx.AsyncClient, ann: Person
) -> None:
    first, second = await asyncio.gather(*(submit(api, ann, LARGE, "once") for _ in range(2)))
    again = await submit(api, ann, LARGE, "once")

    assert again.json()["job_id"] in {answer.json().get("job_id") for answer in (first, second)}
    assert (await api.get("/credits", headers=ann.api.headers)).json()["balance"] == 100 - 15


async def test_the_key_of_a_refused_schema_is_free_for_the_next_order(api: httpx.AsyncClient, ann: Person) -> None:
    refused = await submit(api, ann, IMPOSSIBLE, "the same")
    taken = await submit(api, ann, LARGE, "the same")

    assert refusal(refused) == (422, "invalid_request")
    assert taken.status_code == 202
    assert (await api.get("/credits", headers=ann.api.headers)).json()["balance"] == 100 - 15
