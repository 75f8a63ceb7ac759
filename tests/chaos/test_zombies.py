"""
A worker that was taken for dead changes nothing when it comes back, and one that died is not waited for.

Two real worker processes. One is frozen, or killed, while it has a job in hand; what the other does then must stand to
the letter: the row, the ledger, the balance.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from time import monotonic
from uuid import UUID

import pytest

from tests.chaos.script import HANG_SECONDS, Behaviour
from tests.chaos.workers import LEASE_SECONDS, SWEEP_SECONDS, Floor, Worker, floor
from tests.house import Servers

pytestmark = pytest.mark.alone

LOST = "job.claim_lost"
LONG = LEASE_SECONDS * 1.5
RETURN_SECONDS, SETTLE_SECONDS = 10, 2
A_MOMENT = 0.01


@pytest.fixture(scope="module")
async def one_floor(servers: Servers) -> AsyncIterator[Floor]:
    """A floor for all of these proofs."""
    async with floor(servers) as made:
        yield made


@pytest.fixture
async def two_workers(one_floor: Floor) -> Floor:
    """The floor, with two workers that live."""
    await one_floor.staff(2)
    return one_floor


async def freeze_holder(made: Floor, job_id: UUID) -> Worker:
    """Freeze the worker that has the job in hand, between two transactions: locks are another matter."""
    zombie = await made.holder(job_id)
    zombie.send(signal.SIGSTOP)
    while await made.open_transactions():
        zombie.send(signal.SIGCONT)
        await asyncio.sleep(A_MOMENT)  # a signal to go on is undone by a signal to stop that comes at once
        zombie.send(signal.SIGSTOP)
    assert (await made.job(job_id))["worker"] == zombie.name
    return zombie


async def let_it_come_back(made: Floor, zombie: Worker, job_id: UUID) -> None:
    """Let a frozen worker go on, until it has found out that its claim holds no more, or has changed what stands."""
    before = await made.everything()

    async def has_settled() -> bool:
        return zombie.said(LOST, job_id) or await made.everything() != before

    async def has_tried() -> bool:
        return zombie.said("job.abandoned", job_id) or await has_settled()

    zombie.send(signal.SIGCONT)
    assert await made.eventually(has_tried, RETURN_SECONDS), "the worker that came back did not even try"
    await made.eventually(has_settled, SETTLE_SECONDS)  # it may be told to drop the work while it settles: never, then


async def test_a_worker_that_comes_back_after_another_finished_changes_nothing(two_workers: Floor) -> None:
    job_id = await two_workers.submit(Behaviour.HANGS_FIRST, LONG)
    zombie = await freeze_holder(two_workers, job_id)
    done = await two_workers.until(lambda row: row["status"] == "completed", job_id)

    before = await two_workers.everything()

    await let_it_come_back(two_workers, zombie, job_id)

    assert await two_workers.everything() == before, "a worker that came back changed what stood"
    assert (done["attempt_count"], done["claim_number"]) == (2, 2)
    assert done["worker"] != zombie.name


@pytest.mark.parametrize("behaviour", [Behaviour.HANGS_FIRST, Behaviour.HANGS_THEN_REFUSES])
@pytest.mark.parametrize("seconds", [HANG_SECONDS, LONG], ids=["in the middle of it", "when it is done"])
async def test_a_worker_that_comes_back_after_its_job_was_refunded_refunds_nothing_more(
    two_workers: Floor, behaviour: Behaviour, seconds: float
) -> None:
    job_id = await two_workers.submit(behaviour, seconds, attempts=1)
    zombie = await freeze_holder(two_workers, job_id)
    failed = await two_workers.until(lambda row: row["status"] == "failed", job_id)
    await asyncio.sleep(LONG - LEASE_SECONDS)
    before = await two_workers.everything()
    assert (failed["error_code"], await two_workers.refunds(job_id)) == ("worker_lost", 1)

    await let_it_come_back(two_workers, zombie, job_id)

    assert await two_workers.refunds(job_id) == 1, "a job was refunded twice"
    assert await two_workers.everything() == before, "a worker that came back changed what stood"


async def test_a_worker_that_comes_back_while_another_works_leaves_it_alone(two_workers: Floor) -> None:
    job_id = await two_workers.submit(Behaviour.HANGS_THEN_SLOW, LONG)
    zombie = await freeze_holder(two_workers, job_id)
    taken = await two_workers.until(lambda row: row["status"] == "running" and row["claim_number"] == 2, job_id)

    zombie.send(signal.SIGCONT)
    await two_workers.until(lambda row: row["status"] != "running" or zombie.said(LOST, job_id), job_id)
    row = await two_workers.job(job_id)

    assert row["status"] == "running", "a worker that came back settled the job of another"
    assert (row["worker"], row["claim_number"]) == (taken["worker"], 2)
    done = await two_workers.until(lambda row: row["status"] != "running", job_id)
    assert (done["status"], done["attempt_count"], done["worker"]) == ("completed", 2, taken["worker"])


async def test_the_job_of_a_killed_worker_goes_on_within_its_lease_a_sweep_and_five_seconds(two_workers: Floor) -> None:
    job_id = await two_workers.submit(Behaviour.HANGS_FIRST, LONG)
    dead = await two_workers.holder(job_id)
    dead.send(signal.SIGKILL)
    died = monotonic()

    async def goes_on() -> bool:
        return bool((await two_workers.job(job_id))["claim_number"] == 2)

    again = await two_workers.eventually(goes_on, LEASE_SECONDS + SWEEP_SECONDS + 5)

    assert again, "the job of a killed worker was left lying"
    assert monotonic() - died < LEASE_SECONDS + SWEEP_SECONDS + 5
    done = await two_workers.until(lambda row: row["status"] == "completed", job_id)
    assert (done["attempt_count"], done["worker"] != dead.name) == (2, True)


async def test_a_worker_that_lives_keeps_its_job_for_longer_than_a_lease(two_workers: Floor) -> None:
    blocked = await two_workers.submit(Behaviour.BLOCKS, LONG)
    busy = await two_workers.submit(Behaviour.SLOW, LONG)

    for job_id in (blocked, busy):
        done = await two_workers.until(lambda row: row["status"] == "completed", job_id)
        assert (done["attempt_count"], done["claim_number"]) == (1, 1)
