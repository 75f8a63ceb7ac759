"""
Gate A4.2: a balance that changes elsewhere appears within 30 seconds, and the last one stays while the API is away.

The tests are web/e2e/gates/a4_2.spec.ts; here stands which of them have to run and pass.
"""

import pytest

from tests.gates.browser_gate import prove
from tests.gates.whole_stack import WholeStack

pytestmark = pytest.mark.alone

TESTS = (
    "A4.2 a balance that changes elsewhere appears within 30 seconds, without a reload",
    "A4.2 the dashboard has name, balance with its time, transactions, seven days, jobs and the limit",
    "A4.2 when the API is stopped, the balance stays with its time, also over a reload, and recovers",
)


@pytest.mark.timeout(420)
def test_gate_a4_2_the_balance_follows_within_30_seconds_and_survives_an_api_that_is_away(
    web_stack: WholeStack,
) -> None:
    prove("a4_2", web_stack, *TESTS)
