"""Asking for work: what is taken, what is refused before any charge, and races for the last credits."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from nexus.config import Settings
from nexus.core.db import Database
from tests.house import door, refusal, run_app
from tests.jobs.attempts import attempt, key_of, runner
from tests.jobs.floor import Client, Floor
from tests.jobs.scripted import PRICE, catalogue

TRIALS = 50
JSON = {"Content-Type": "application/json"}
EMOJI = "\U0001f600"

TAKEN = {
    "one character": "x",
    "the longest text": "x" * 50_000,
    "as many emoji": EMOJI * 50_000,
    "spaces around": "  x \n",
    "markup": "<script>alert(1)</script> ' OR 1=1; --",
}
REFUSED: dict[str, tuple[bytes, str]] = {
    "too long": (b'{"text": "' + b"x" * 50_001 + b'"}', "text"),
    "empty": (b'{"text": ""}', "text"),
    "spaces": (b'{"text": " \\n\\t\\u00a0"}', "text"),
    "zero-width spaces": (b'{"text": "\\u200b\\u200b\\u200b"}', "text"),
    "fillers": (b'{"text": "\\u3164 \\u2800"}', "text"),
    "NUL": (b'{"text": "a\\u0000b"}', "text"),
    "half a surrogate pair": (b'{"text": "\\ud800"}', "body"),
    "a number": (b'{"text": 7}', "text"),
    "null": (b'{"text": null}', "text"),
    "a list": (b'{"text": ["x"]}', "text"),
    "nothing": (b"{}", "text"),
    "an unknown field": (b'{"text": "x", "cost": 0}', "cost"),
    "no object": (b'["text"]', "body"),
    "no JSON": (b'{"text": ', "body"),
}


@pytest.mark.parametrize("name", TAKEN)
async def test_a_text_is_taken_as_it_is(client: Client, name: str) -> None:
    answer = await client.person.api.post("/summarize", json={"text": TAKEN[name]})

    accepted = answer.json()
    job = await client.job(accepted["job_id"])
    assert answer.status_code == 202
    assert accepted == {
        "job_id": job["id"],
        "status": "pending",
        "cost": 10,
        "cached": False,
        "output_data": None,
    }
    assert job["input_data"] == {"text": TAKEN[name]}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_worked_on_is_refused_and_charges_nothing(client: Client, name: str) -> None:
    body, field = REFUSED[name]

    answer = await client.person.api.post("/summarize", content=body, headers=JSON)

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await client.balance() == 100


async def test_a_body_of_more_than_a_megabyte_is_refused(client: Client) -> None:
    answer = await client.person.api.post("/summarize", content=b" " * 1_000_001, headers=JSON)

    assert refusal(answer) == (413, "body_too_large")
    assert await client.balance() == 100


async def test_key_order_does_not_make_another_request(client: Client) -> None:
    headers = JSON | {"Idempotency-Key": "order"}
    first = await client.person.api.post("/scripted", content=b'{"do":"busy","seconds":1}', headers=headers)

    again = await client.person.api.post("/scripted", content=b'{"seconds":1,"do":"busy"}', headers=headers)

    assert (again.status_code, again.content) == (202, first.content)
    assert await client.balance() == 90


async def test_without_enough_credits_nothing_is_taken_and_the_facts_are_told(client: Client) -> None:
    for _ in range(10):
        await client.submit()

    answer = await client.person.api.post("/scripted", json={})

    assert refusal(answer) == (402, "insufficient_credits")
    assert (answer.json()["needed"], answer.json()["available"]) == (PRICE, 0)
    assert len((await client.person.api.get("/jobs")).json()["items"]) == 10
    assert await client.balance() == 0


@pytest.fixture
async def without_a_model(settings: Settings) -> AsyncIterator[FastAPI]:
    """The API of an operator who has configured no model."""
    unconfigured = settings.model_copy(update={"gemini_api_key": None})
    async with run_app(unconfigured, catalogue()) as running:
        yield running


async def test_work_that_needs_a_model_is_refused_before_any_charge_while_none_is_configured(
    client: Client, without_a_model: FastAPI
) -> None:
    async with door(without_a_model) as api:
        api.headers.update(client.person.api.headers)
        answer = await api.post("/scripted", json={})
        offline = await api.post("/offline", json={})
        listed = (await api.get("/job-types")).json()["items"]

    available = {kind["name"]: kind["available"] for kind in listed}
    assert refusal(answer) == (503, "model_not_configured")
    assert answer.headers["Retry-After"] == "60"
    assert offline.status_code == 202
    assert (available["scripted"], available["offline"], available["summarize"]) == (False, True, True)
    assert await client.balance() == 90


async def test_a_job_type_of_one_file_is_in_the_catalogue_a_route_and_a_workers_work(
    client: Client, db: Database
) -> None:
    listed = {kind["name"]: kind for kind in (await client.person.api.get("/job-types")).json()["items"]}
    job_id = await client.submit()
    await attempt(key_of(client, job_id), runner(db))

    kind, job = listed["scripted"], await client.job(job_id)
    assert (kind["price"], kind["available"], kind["description"]) == (PRICE, True, "Do what the script says.")
    assert set(kind["input_schema"]["properties"]) == {"do", "seconds", "until", "marks"}
    assert set(kind["output_schema"]["properties"]) == {"said", "figure"}
    assert (job["status"], job["output_data"], job["cost"]) == ("completed", {"said": "done", "figure": 0.0}, PRICE)


async def test_a_job_type_of_one_file_has_its_path_in_the_openapi_document(app: FastAPI) -> None:
    path = app.openapi()["paths"]["/v1/scripted"]["post"]

    assert path["summary"] == f"Scripted ({PRICE} credits)"
    assert set(path["responses"]) >= {"202", "422"}


async def test_two_processes_that_race_for_the_last_credits_never_spend_more_nor_less(
    floor: Floor, anna: Client
) -> None:
    processes = await asyncio.gather(floor.api(), floor.api())
    headers = {"Authorization": anna.person.api.headers["Authorization"]}
    wins = []
    async with (
        httpx.AsyncClient(base_url=f"{processes[0].url}/v1", headers=headers, trust_env=False) as one,
        httpx.AsyncClient(base_url=f"{processes[1].url}/v1", headers=headers, trust_env=False) as other,
    ):
        for _ in range(TRIALS):
            await anna.adjust(PRICE)
            answers = await asyncio.gather(*(api.post("/newer", json={}) for api in (one, other, one, other)))
            wins.append(sorted(answer.status_code for answer in answers))

    assert wins == [[202, 402, 402, 402]] * TRIALS
    assert await anna.balance() == 0
