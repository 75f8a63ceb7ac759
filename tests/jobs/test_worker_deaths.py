"""Real workers that are killed, stopped, paused and blocked: a job counts once, whatever happens to them."""

import asyncio
import signal
import time
from typing import Any

import pytest

from tests.jobs.floor import LEASE, SWEEP, Client, Floor, Process, until

LIMIT_SECONDS = LEASE + SWEEP + 5
HAND_BACK_SECONDS = 10


def facts(job: dict[str, Any]) -> tuple[Any, ...]:
    """What is told of how a job ended."""
    return job["status"], job["attempt_count"], job["error_code"], job["refunded"]


async def taken(client: Client, job_id: str) -> dict[str, Any]:
    """The job, once a worker has it."""
    return await client.when(job_id, "running")


async def test_a_job_that_blocks_the_workers_loop_for_longer_than_its_lease_keeps_it(
    floor: Floor, anna: Client
) -> None:
    marks = floor.path("marks")
    first = await floor.worker()
    job_id = await anna.submit("block", seconds=LEASE * 2, marks=str(marks))
    await taken(anna, job_id)
    await floor.worker()

    job = await anna.settled(job_id)

    assert facts(job) == ("completed", 1, None, False)
    assert marks.read_text().split() == [str(first.popen.pid)]


async def test_a_killed_workers_job_is_taken_up_again_within_lease_and_sweep(floor: Floor, anna: Client) -> None:
    victim = await floor.worker()
    go, marks = floor.path("go"), floor.path("marks")
    job_id = await anna.submit("wait_for_file", until=str(go), marks=str(marks))
    await taken(anna, job_id)
    heir = await floor.worker()
    killed_at = time.monotonic()
    await victim.end(signal.SIGKILL)

    await until(lambda: str(heir.popen.pid) in marks.read_text().split(), LIMIT_SECONDS)
    took = time.monotonic() - killed_at
    go.touch()

    assert took < LIMIT_SECONDS
    assert facts(await anna.settled(job_id)) == ("completed", 2, None, False)


async def test_a_crash_in_the_last_attempt_fails_and_refunds_the_job(floor: Floor, anna: Client) -> None:
    victim = await floor.worker()
    job_id = await anna.submit("hang", seconds=60)
    await anna.truth.execute("UPDATE jobs SET max_attempts = 1 WHERE id = $1", job_id)
    await taken(anna, job_id)
    await victim.end(signal.SIGKILL)
    heir = await floor.worker()

    job = await anna.settled(job_id)

    assert facts(job) == ("failed", 1, "worker_lost", True)
    assert await anna.ledger(job_id) == [("deduction", -10), ("refund", 10)]
    assert [event["code"] for event in heir.events("job.failed")] == ["worker_lost"]


async def test_work_that_cannot_be_stopped_ends_with_its_deadline_and_a_lease(floor: Floor, anna: Client) -> None:
    worker = await floor.worker()
    await floor.worker()
    job_id = await anna.submit("never_stop", seconds=20)
    await anna.truth.execute("UPDATE jobs SET deadline_at = now() + interval '1 second' WHERE id = $1", job_id)

    job = await anna.settled(job_id, seconds=LIMIT_SECONDS + 1)

    assert (job["status"], job["refunded"]) == ("failed", True)
    await worker.end(signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_asked_to_stop_finishes_what_is_nearly_done(
    floor: Floor, anna: Client, number: signal.Signals
) -> None:
    worker = await floor.worker()
    job_id = await anna.submit("hang", seconds=1)
    await taken(anna, job_id)

    status = await worker.end(number)

    assert status == 0
    assert facts(await anna.job(job_id)) == ("completed", 1, None, False)


async def test_a_worker_that_is_asked_to_stop_hands_its_jobs_back_within_eight_seconds(
    floor: Floor, anna: Client
) -> None:
    worker = await floor.worker()
    in_its_loop = await anna.submit("hang", seconds=60)
    await taken(anna, in_its_loop)
    thinker = await floor.worker(NEXUS_GEMINI_API_KEY="")
    worker.send(signal.SIGTERM)
    asked_at = time.monotonic()
    in_a_thread = await anna.submit("hang", kind="offline", seconds=60)
    await taken(anna, in_a_thread)

    statuses = await asyncio.gather(worker.end(signal.SIGTERM), thinker.end(signal.SIGTERM))

    took = time.monotonic() - asked_at
    handed_back = [await anna.job(job_id) for job_id in (in_its_loop, in_a_thread)]
    assert list(statuses) == [0, 0]
    assert took < HAND_BACK_SECONDS
    assert [facts(job) for job in handed_back] == [("pending", 0, "released", False)] * 2
    for job_id in (in_its_loop, in_a_thread):
        (await anna.person.api.post(f"/jobs/{job_id}/cancel")).raise_for_status()


async def pause_beyond_the_lease(floor: Floor, anna: Client, **act: Any) -> tuple[Process, str]:
    """A worker that has a job, and is stopped in the middle of it until somebody else has it."""
    zombie, marks = await floor.worker(), floor.path("marks")
    job_id = await anna.submit(marks=str(marks), **act)
    await until(lambda: marks.exists() and bool(marks.read_text()), 10)
    zombie.send(signal.SIGSTOP)
    heir = await floor.worker()
    await until(lambda: str(heir.popen.pid) in marks.read_text().split(), LIMIT_SECONDS)
    return zombie, job_id


async def wake_up(zombie: Process) -> None:
    """Let a stopped worker go on until it knows that its claim is lost; its heartbeat may be the first to tell."""
    zombie.send(signal.SIGCONT)
    await until(lambda: bool(zombie.events("job.claim_lost") or zombie.events("job.abandoned")), 10)
    await asyncio.sleep(0.5)


async def test_a_worker_that_wakes_up_after_another_completed_its_job_changes_nothing(
    floor: Floor, anna: Client
) -> None:
    go = floor.path("go")
    zombie, job_id = await pause_beyond_the_lease(floor, anna, do="wait_for_file", until=str(go))
    go.touch()
    done = await anna.settled(job_id)

    await wake_up(zombie)

    assert facts(done) == ("completed", 2, None, False)
    assert await anna.job(job_id) == done
    assert await anna.ledger(job_id) == [("deduction", -10)]


async def test_a_worker_that_wakes_up_after_its_job_failed_and_was_refunded_changes_nothing(
    floor: Floor, anna: Client
) -> None:
    go = floor.path("go")
    zombie, job_id = await pause_beyond_the_lease(floor, anna, do="wait_for_file", until=str(go))
    (await anna.person.api.post(f"/jobs/{job_id}/cancel")).raise_for_status()
    failed = await anna.job(job_id)
    go.touch()

    await wake_up(zombie)

    assert facts(failed) == ("failed", 2, "cancelled", True)
    assert await anna.job(job_id) == failed
    assert await anna.ledger(job_id) == [("deduction", -10), ("refund", 10)]
    assert await anna.balance() == 100


async def test_a_job_type_that_only_newer_workers_know_waits_for_one(floor: Floor, anna: Client) -> None:
    await floor.worker(KNOWS_NOTHING_NEWER="1")
    job_id = await anna.submit(kind="newer")
    await anna.settled(await anna.submit())
    waiting = await anna.job(job_id)

    await floor.worker()

    assert facts(waiting) == ("pending", 0, None, False)
    assert facts(await anna.settled(job_id)) == ("completed", 1, None, False)
