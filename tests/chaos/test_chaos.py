"""The short form of `make chaos`: one seed, half a minute; the same stack, the same load, the same verdict."""

import pytest

from tests.chaos.faults import counted
from tests.chaos.plan import faults, orders
from tests.chaos.run import chaos

pytestmark = pytest.mark.alone

SEED, SECONDS = 21, 13.0
AT_LEAST = 4  # faults whose victim held work


@pytest.mark.timeout(150)
async def test_no_job_is_lost_and_no_credit_is_wrong_whatever_dies() -> None:
    outcome = await chaos(SEED, SECONDS)

    assert outcome.verdict.wrong == []
    assert counted(outcome.done) >= AT_LEAST, outcome.done
    assert outcome.verdict.statuses["completed"] > outcome.verdict.statuses["failed"] > 0


def test_a_seed_repeats_its_orders_and_its_faults() -> None:
    assert (orders(3, 60), faults(3, 60)) == (orders(3, 60), faults(3, 60))
    assert orders(3, 60) != orders(4, 60)
    assert faults(3, 60) != faults(4, 60)
