"""The short form of `make hostile`: fewer requests and a shorter quiet, the same bounds."""

import pytest

from tests.hostile.run import run

pytestmark = pytest.mark.alone

REQUESTS = 220
QUIET_SECONDS = 25  # processes that check schemas end after 20 without work


@pytest.mark.timeout(170)
async def test_hostile_requests_cost_nobody_else_time_and_no_process_its_memory() -> None:
    outcome = await run(REQUESTS, QUIET_SECONDS)

    assert outcome.faults == [], "\n".join(outcome.lines())
    assert sum(outcome.statuses.values()) >= REQUESTS
