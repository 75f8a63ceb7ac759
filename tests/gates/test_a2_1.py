"""Gate A2.1: five jobs created, claimed, completed and failed through the four functions, and what their rows say."""

from typing import Any

import asyncpg

from nexus.ai.model import ModelRefused, ModelUnavailable
from nexus.core.db import Database
from nexus.core.models import new_id
from nexus.jobs import services
from nexus.jobs.models import JobStatus
from nexus.jobs.services import Claim, JobKey, Seen, Terms, Work
from tests.house import Person

WORK = Work("summarize", 10, '{"text": "Five jobs."}')
TERMS = Terms(max_attempts=3, deadline_seconds=900)
COLUMNS = """
SELECT id, status, attempt_count, error_code, output_data IS NOT NULL AS has_output, lease_expires_at,
       created_at, started_at, completed_at, failed_at
FROM jobs WHERE organisation_id = $1 ORDER BY id
"""


async def create(db: Database, ann: Person) -> JobKey:
    key = JobKey(ann.organisation_id, new_id())
    async with db.transaction(ann.organisation_id) as tx:
        await services.create_job(tx, key, ann.user_id, WORK, TERMS)
    return key


async def claim(db: Database, key: JobKey) -> Claim:
    async with db.transaction(key.organisation_id) as tx:
        claimed = await services.claim_job(tx, key, "a worker", 30)
    assert claimed is not None
    return claimed


def times(row: Any) -> dict[str, bool]:
    """Which moments of its life a row knows."""
    return {name: row[name] is not None for name in ("created_at", "started_at", "completed_at", "failed_at")}


async def test_gate_a2_1_five_jobs_go_through_the_four_functions_and_every_row_shows_status_and_timestamps(
    db: Database, ann: Person, truth: asyncpg.Connection
) -> None:
    keys = [await create(db, ann) for _ in range(5)]
    _, running, completed, failed, again = keys

    await claim(db, running)
    first = await claim(db, completed)
    async with db.transaction(ann.organisation_id) as tx:
        assert await services.complete_job(tx, first, '{"summary": "Short."}', "offline:test")
    await claim(db, failed)
    async with db.transaction(ann.organisation_id) as tx:
        await services.fail_job(tx, Seen(failed, 1), ModelRefused("It will not answer this."), 5)
    await claim(db, again)
    async with db.transaction(ann.organisation_id) as tx:
        await services.fail_job(tx, Seen(again, 1), ModelUnavailable("It is busy."), 5)

    rows = await truth.fetch(COLUMNS, ann.organisation_id)
    assert [row["id"] for row in rows] == [key.id for key in keys]
    assert [(row["status"], row["attempt_count"], row["error_code"], row["has_output"]) for row in rows] == [
        (JobStatus.PENDING, 0, None, False),
        (JobStatus.RUNNING, 1, None, False),
        (JobStatus.COMPLETED, 1, None, True),
        (JobStatus.FAILED, 1, "model_refused", False),
        (JobStatus.PENDING, 1, "model_unavailable", False),
    ]
    made = {"created_at": True, "started_at": True, "completed_at": False, "failed_at": False}
    assert [times(row) for row in rows] == [
        made | {"started_at": False},
        made,
        made | {"completed_at": True},
        made | {"failed_at": True},
        made,
    ]
    assert [row["lease_expires_at"] is not None for row in rows] == [False, True, False, False, False]
    done = rows[2]
    assert done["created_at"] < done["started_at"] < done["completed_at"]
    assert rows[3]["created_at"] < rows[3]["started_at"] < rows[3]["failed_at"]


async def test_gate_a2_1_the_api_shows_what_the_rows_say(db: Database, ann: Person) -> None:
    key = await create(db, ann)
    before = (await ann.api.get(f"/jobs/{key.id}")).json()
    held = await claim(db, key)
    during = (await ann.api.get(f"/jobs/{key.id}")).json()
    async with db.transaction(ann.organisation_id) as tx:
        await services.complete_job(tx, held, '{"summary": "Short."}', "offline:test")

    after = (await ann.api.get(f"/jobs/{key.id}")).json()

    assert [job["status"] for job in (before, during, after)] == ["pending", "running", "completed"]
    assert [job["started_at"] is not None for job in (before, during, after)] == [False, True, True]
    assert [job["completed_at"] is not None for job in (before, during, after)] == [False, False, True]
    assert (after["output_data"], after["model"]) == ({"summary": "Short."}, "offline:test")
