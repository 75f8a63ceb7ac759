"""The list of jobs: newest first, a page at a time, by status and by type."""

from typing import Any
from uuid import UUID

import pytest

from nexus.ai.model import ModelRefused
from nexus.core.db import Database
from tests.house import refusal
from tests.jobs.attempts import complete, fail, held, key_of
from tests.jobs.floor import Client


async def listed(client: Client, **asked: Any) -> list[str]:
    """The ids of a page."""
    answer = await client.person.api.get("/jobs", params=asked)
    return [job["id"] for job in answer.raise_for_status().json()["items"]]


async def test_jobs_are_listed_newest_first_a_page_at_a_time_and_none_is_missed(client: Client) -> None:
    made = [await client.submit() for _ in range(5)]
    pages, cursor = [], None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.person.api.get("/jobs", params=asked)).json()
        pages.append([job["id"] for job in page["items"]])
        await client.submit()  # what comes meanwhile is on no later page
        if not (cursor := page["next_cursor"]):
            break

    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]


async def test_a_page_that_ends_exactly_with_the_last_job_says_so(client: Client) -> None:
    for _ in range(2):
        await client.submit()

    page = (await client.person.api.get("/jobs", params={"limit": 2})).json()

    assert (len(page["items"]), page["next_cursor"]) == (2, None)


async def test_jobs_are_found_by_where_they_stand_and_of_what_type_they_are(client: Client, db: Database) -> None:
    pending, running, completed, failed = [await client.submit() for _ in range(4)]
    other = await client.submit(kind="offline")
    await held(db, key_of(client, running))
    await complete(db, await held(db, key_of(client, completed)))
    await fail(db, await held(db, key_of(client, failed)), ModelRefused("No."))

    assert await listed(client, status="pending") == [other, pending]
    assert await listed(client, status="running") == [running]
    assert await listed(client, status="completed") == [completed]
    assert await listed(client, status="failed") == [failed]
    assert await listed(client, job_type="offline") == [other]
    assert await listed(client, status="running", job_type="offline") == []
    assert await listed(client, job_type="unheard-of") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "done"},
        {"limit": 0},
        {"limit": 101},
        {"limit": "x"},
        {"cursor": "nonsense"},
        {"cursor": "x" * 201},
        {"job_type": "x" * 41},
    ],
    ids=str,
)
async def test_a_list_that_cannot_be_given_is_refused(client: Client, asked: dict[str, Any]) -> None:
    answer = await client.person.api.get("/jobs", params=asked)

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == list(asked)


async def test_a_job_says_everything_the_contract_names(client: Client) -> None:
    job = await client.job(await client.submit())

    assert set(job) == {
        *("id", "job_type", "status", "cost", "cached", "refunded", "attempt_count", "max_attempts", "input_data"),
        *("output_data", "model", "error_code", "error_message", "created_at", "started_at", "completed_at"),
        *("failed_at", "next_attempt_at"),
    }
    assert (job["max_attempts"], job["cost"], job["cached"], job["refunded"]) == (3, 10, False, False)
    assert job["created_at"].endswith("Z")


async def test_a_list_carries_no_texts_but_how_each_job_begins_and_who_asked(client: Client) -> None:
    text = "Ä" + "x" * 300
    made = await client.person.api.post("/summarize", json={"text": text})
    key = (await client.person.api.post("/api-keys", json={"name": "nightly", "scopes": ["read", "jobs"]})).json()
    with_key = {"Authorization": f"Bearer {key['value']}"}
    by_key = await client.person.api.post("/summarize", json={"text": "Short."}, headers=with_key)

    second, first = (await client.person.api.get("/jobs")).json()["items"]

    whole = await client.job(made.json()["job_id"])
    assert set(first) == set(whole) - {"input_data", "output_data"} | {"excerpt", "requested_by"}
    assert {name: first[name] for name in set(first) & set(whole)} == {
        name: whole[name] for name in set(first) & set(whole)
    }
    me = (await client.person.api.get("/me")).json()["user"]
    assert (first["excerpt"], second["excerpt"]) == (text[:120], "Short.")
    assert first["requested_by"] == {"type": "user", "id": me["id"], "name": me["name"]}
    assert second["requested_by"] == {"type": "api_key", "id": key["id"], "name": "nightly"}
    assert second["id"] == by_key.json()["job_id"]


async def test_a_job_that_is_older_than_excerpts_says_neither(client: Client) -> None:
    job_id = await client.submit()
    old = "UPDATE jobs SET requester_type = NULL, excerpt = NULL WHERE id = $1"
    await client.truth.execute(old, UUID(job_id))

    [job] = (await client.person.api.get("/jobs")).json()["items"]

    assert (job["id"], job["excerpt"], job["requested_by"]) == (job_id, None, None)


async def test_a_page_of_long_texts_weighs_little(client: Client) -> None:
    text = "".join(chr(0x4E00 + number % 20_000) for number in range(50_000))
    for number in range(3):
        assert (await client.person.api.post("/summarize", json={"text": f"{number}{text[1:]}"})).status_code == 202

    page = await client.person.api.get("/jobs")

    assert len(page.content) < 3 * 2_000
