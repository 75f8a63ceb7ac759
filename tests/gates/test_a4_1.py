"""
Gate A4.1: after a sign-in the tokens lie in a cookie that is httpOnly, and nowhere that a script could read.

The tests are web/e2e/gates/a4_1.spec.ts; here stands which of them have to run and pass.
"""

import pytest

from tests.gates.browser_gate import prove
from tests.gates.whole_stack import WholeStack

pytestmark = pytest.mark.alone

TESTS = (
    "A4.1 the sign-in sets a cookie that no script can read, and the page works by it",
    "A4.1 no token is in the HTML, in a script, in the browser's storage or in a log",
)


@pytest.mark.timeout(420)
def test_gate_a4_1_the_tokens_lie_in_a_cookie_that_no_script_can_read(web_stack: WholeStack) -> None:
    prove("a4_1", web_stack, *TESTS)
