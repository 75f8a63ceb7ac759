"""The list of jobs: newest first, a page at a time, by status and by type."""

from typing import Any

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
