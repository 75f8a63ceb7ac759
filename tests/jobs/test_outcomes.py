"""What becomes of a job, whatever its job type does. The caller reads our sentence, and the worker lives on."""

import asyncio
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from nexus.core.db import Database
from nexus.jobs.shift import Shift
from tests.jobs.attempts import attempt, held, key_of, runner
from tests.jobs.floor import Client

AGAIN, FINAL = "pending", "failed"

OUTCOMES = [
    ("succeed", "completed", None),
    ("say_escape", "completed", None),
    ("busy", AGAIN, "model_unavailable"),
    ("refuse", FINAL, "model_refused"),
    ("answer_badly", FINAL, "malformed_answer"),
    ("say_nul", FINAL, "malformed_answer"),
    ("say_half_a_character", FINAL, "malformed_answer"),
    ("say_infinity", FINAL, "malformed_answer"),
    ("say_nothing", AGAIN, "internal_error"),
    ("break_down", AGAIN, "internal_error"),
    ("time_out", AGAIN, "internal_error"),
    ("call_exit", AGAIN, "internal_error"),
    ("interrupt", AGAIN, "internal_error"),
    ("cancel_itself", AGAIN, "internal_error"),
    ("raise_unforeseen", AGAIN, "internal_error"),
    ("no_such_deed", AGAIN, "internal_error"),
]
BROKEN = "Something went wrong on our side while doing this work."


def facts(job: dict[str, Any]) -> tuple[Any, ...]:
    """What is told of how a job ended."""
    return job["status"], job["attempt_count"], job["error_code"]


@pytest.mark.parametrize(("do", "status", "code"), OUTCOMES)
async def test_what_an_attempt_does_decides_what_becomes_of_the_job(
    client: Client, db: Database, do: str, status: str, code: str | None
) -> None:
    job_id = await client.submit(do)

    await attempt(key_of(client, job_id), runner(db))

    job = await client.job(job_id)
    assert facts(job) == (status, 1, code)
    assert job["refunded"] is (status == FINAL)
    assert await client.balance() == (100 if status == FINAL else 90)


@pytest.mark.parametrize("do", ["break_down", "call_exit", "cancel_itself", "raise_unforeseen"])
async def test_what_breaks_fails_after_three_attempts_and_says_nothing_of_the_inside(
    client: Client, db: Database, do: str
) -> None:
    job_id = await client.submit(do)
    by = runner(db)

    for _ in range(3):
        await attempt(key_of(client, job_id), by)

    job = await client.job(job_id)
    assert (*facts(job), job["error_message"]) == ("failed", 3, "internal_error", BROKEN)
    assert await client.ledger(job_id) == [("deduction", -10), ("refund", 10)]


@pytest.mark.parametrize(("said", "paused"), [(0.0, 5), (3.0, 5), (60.0, 60)])
async def test_a_provider_is_asked_again_after_its_own_delay_if_that_is_longer_than_ours(
    client: Client, db: Database, truth: asyncpg.Connection, said: float, paused: float
) -> None:
    job_id = await client.submit("busy_for", seconds=said)

    await attempt(key_of(client, job_id), runner(db, retry=5))

    waits = await truth.fetchval(
        "SELECT extract(epoch FROM run_after - now()) FROM jobs WHERE id = $1", key_of(client, job_id).id
    )
    assert paused - 1 < float(waits) <= paused
    again_at = (await client.job(job_id))["next_attempt_at"]
    assert datetime.fromisoformat(again_at).tzinfo is not None


@pytest.mark.parametrize("said", [10_000.0, 1e15, 1e300])
async def test_a_provider_that_asks_for_more_time_than_there_is_fails_the_job_at_once(
    client: Client, db: Database, said: float
) -> None:
    job_id = await client.submit("busy_for", seconds=said)

    await attempt(key_of(client, job_id), runner(db))

    job = await client.job(job_id)
    assert (*facts(job), job["refunded"]) == ("failed", 1, "model_unavailable", True)


async def test_an_attempt_that_runs_into_the_deadline_fails_and_refunds_the_job(
    client: Client, db: Database, truth: asyncpg.Connection
) -> None:
    job_id = await client.submit("hang", seconds=60)
    key = key_of(client, job_id)
    await truth.execute("UPDATE jobs SET deadline_at = now() + interval '0.3 seconds' WHERE id = $1", key.id)

    async with asyncio.timeout(5):
        await attempt(key, runner(db))

    job = await client.job(job_id)
    assert (*facts(job), job["refunded"]) == ("failed", 1, "deadline_exceeded", True)


@pytest.mark.parametrize(
    "stored", ['{"do": 7}', '{"do": "succeed", "unknown": 1}', "[]", '"text"'], ids=["type", "field", "list", "text"]
)
async def test_input_that_no_longer_fits_its_job_type_fails_at_once(
    client: Client, db: Database, truth: asyncpg.Connection, stored: str
) -> None:
    job_id = await client.submit()
    key = key_of(client, job_id)
    await truth.execute("UPDATE jobs SET input_data = $2 WHERE id = $1", key.id, stored)

    by = runner(db)
    await by.run(await held(db, key))

    row = await truth.fetchrow("SELECT status, attempt_count, error_code FROM jobs WHERE id = $1", key.id)
    assert tuple(row or ()) == ("failed", 1, "invalid_input")
    assert await client.ledger(job_id) == [("deduction", -10), ("refund", 10)]


async def test_work_without_a_model_is_done_offline_where_there_is_a_way(client: Client, db: Database) -> None:
    with_a_way, without = await client.submit(kind="offline"), await client.submit()
    by = runner(db, offline=True)

    await attempt(key_of(client, with_a_way), by)
    await attempt(key_of(client, without), by)

    done, waiting = await client.job(with_a_way), await client.job(without)
    assert (done["status"], done["model"]) == ("completed", "offline:script")
    assert facts(waiting) == ("pending", 1, "model_not_configured")


async def test_offline_work_that_calls_exit_costs_an_attempt(client: Client, db: Database) -> None:
    job_id = await client.submit("call_exit", kind="offline")

    await attempt(key_of(client, job_id), runner(db, offline=True))

    assert facts(await client.job(job_id)) == ("pending", 1, "internal_error")


async def test_a_job_type_that_this_worker_does_not_know_is_left_for_one_that_does(
    client: Client, db: Database
) -> None:
    known, unknown = await client.submit(), await client.submit(kind="newer")
    stopping = asyncio.Event()
    working = asyncio.create_task(Shift(db, runner(db), ["scripted"]).run(stopping))

    done = await client.settled(known)
    await asyncio.sleep(0.6)  # longer than a worker waits between two looks
    stopping.set()
    await working

    assert done["status"] == "completed"
    assert facts(await client.job(unknown)) == ("pending", 0, None)


async def test_a_shift_survives_everything_that_job_types_do(client: Client, db: Database) -> None:
    broken = [await client.submit(do) for do in ("call_exit", "raise_unforeseen", "say_infinity", "cancel_itself")]
    stopping = asyncio.Event()
    working = asyncio.create_task(Shift(db, runner(db), ["scripted"]).run(stopping))
    ended = [await client.settled(job_id) for job_id in broken]

    after = await client.settled(await client.submit())
    stopping.set()
    await working

    assert [job["status"] for job in ended] == ["failed"] * 4
    assert after["status"] == "completed"
