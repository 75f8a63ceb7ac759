"""Anybody of an organisation may cancel its job while it waits or runs; its credits come back once."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from nexus.ai.model import ModelRefused
from nexus.core.db import Database
from tests.house import Person, refusal
from tests.jobs.attempts import complete, fail, held, key_of, runner
from tests.jobs.floor import Client, Floor

REFUSED = ModelRefused("The provider will not answer this.")
ROUNDS = 10


async def test_a_job_that_waits_is_cancelled_and_refunded(client: Client, amy: Person, db: Database) -> None:
    job_id = await client.submit()

    answer = await amy.api.post(f"/jobs/{job_id}/cancel")

    job = answer.json()
    assert answer.status_code == 200
    assert (job["status"], job["error_code"], job["refunded"]) == ("failed", "cancelled", True)
    assert (job["failed_at"] is not None, job["attempt_count"]) == (True, 0)
    assert job == await client.job(job_id)
    assert await client.balance() == 100
    assert await runner(db).claim(key_of(client, job_id)) is None


async def test_the_result_of_a_job_that_was_cancelled_while_it_ran_is_discarded(client: Client, db: Database) -> None:
    job_id = await client.submit("hang", seconds=0.3)
    by = runner(db)
    working = asyncio.create_task(by.run(await held(db, key_of(client, job_id))))

    (await client.person.api.post(f"/jobs/{job_id}/cancel")).raise_for_status()
    await working

    job = await client.job(job_id)
    assert (job["status"], job["error_code"], job["output_data"]) == ("failed", "cancelled", None)
    assert await client.ledger(job_id) == [("deduction", -10), ("refund", 10)]


async def test_a_worker_drops_a_job_that_was_cancelled_and_has_a_free_hand(floor: Floor, anna: Client) -> None:
    worker = await floor.worker()
    marks = floor.path("marks")
    job_id = await anna.submit("hang", seconds=60, marks=str(marks))
    await anna.when(job_id, "running")

    (await anna.person.api.post(f"/jobs/{job_id}/cancel")).raise_for_status()

    async with asyncio.timeout(5):
        while not worker.events("job.claim_lost"):
            await asyncio.sleep(0.05)
    assert (await anna.job(job_id))["error_code"] == "cancelled"


@pytest.mark.parametrize("ending", ["completed", "failed"])
async def test_a_job_that_has_ended_is_not_cancelled(client: Client, db: Database, ending: str) -> None:
    job_id = await client.submit()
    claimed = await held(db, key_of(client, job_id))
    await (complete(db, claimed) if ending == "completed" else fail(db, claimed, REFUSED))
    before = await client.job(job_id)

    answer = await client.person.api.post(f"/jobs/{job_id}/cancel")

    assert refusal(answer) == (409, "job_is_settled")
    assert answer.json()["job_status"] == ending
    assert await client.job(job_id) == before


async def test_another_organisations_job_does_not_exist(client: Client, bob: Person) -> None:
    job_id = await client.submit()

    foreign = await bob.api.post(f"/jobs/{job_id}/cancel")
    unknown = await bob.api.post(f"/jobs/{uuid4()}/cancel")
    malformed = await bob.api.post("/jobs/no-id/cancel")

    bodies = [{**answer.json(), "request_id": ""} for answer in (foreign, unknown, malformed)]
    assert refusal(foreign) == (404, "not_found")
    assert bodies[0] == bodies[1] == bodies[2]
    assert (await client.job(job_id))["status"] == "pending"


async def test_of_two_cancels_at_once_one_refunds(client: Client) -> None:
    for _ in range(ROUNDS):
        job_id = await client.submit()

        answers = await asyncio.gather(*(client.person.api.post(f"/jobs/{job_id}/cancel") for _ in range(2)))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert await client.ledger(job_id) == [("deduction", -10), ("refund", 10)]
    assert await client.balance() == 100


@pytest.mark.parametrize("other", ["complete", "fail"])
async def test_whoever_settles_a_job_at_the_moment_of_its_cancelling_there_is_one_outcome(
    client: Client, db: Database, truth: asyncpg.Connection, other: str
) -> None:
    for _ in range(ROUNDS):
        job_id = await client.submit()
        claimed = await held(db, key_of(client, job_id))
        settling = complete(db, claimed) if other == "complete" else fail(db, claimed, REFUSED)

        cancelled, settled = await asyncio.gather(client.person.api.post(f"/jobs/{job_id}/cancel"), settling)

        job = await client.job(job_id)
        assert (cancelled.status_code == 200) is not bool(settled)
        assert job["refunded"] is (job["status"] == "failed")
        assert len(await client.ledger(job_id)) == (2 if job["refunded"] else 1)
    assert await truth.fetchval(
        "SELECT sum(amount) = (SELECT balance FROM org_credits WHERE organisation_id = $1)"
        " FROM credit_transactions WHERE organisation_id = $1",
        client.person.organisation_id,
    )
