"""
Gate A4.3: a request, a spinner, a result without a reload, and readable words when the network goes in between.

The tests are web/e2e/gates/a4_3.spec.ts; here stands which of them have to run and pass.
"""

import pytest

from tests.gates.browser_gate import prove
from tests.gates.whole_stack import WholeStack

pytestmark = pytest.mark.alone

TESTS = (
    "A4.3 a job is submitted, a spinner turns, its result appears without a reload, and then nobody asks any more",
    "A4.3 the network goes in the middle of a request: words say so, the text stays, nothing is charged twice",
    "A4.3 a request without a network says that nothing was sent, and the text outlives a reload",
)


@pytest.mark.timeout(420)
def test_gate_a4_3_a_job_runs_to_its_result_and_a_lost_network_is_said_in_words(web_stack: WholeStack) -> None:
    prove("a4_3", web_stack, *TESTS)
