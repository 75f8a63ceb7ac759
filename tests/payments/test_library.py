"""The official library is loaded by whoever asks Stripe, and by nobody else: it would cost every API its memory."""

import subprocess
import sys

import pytest

from tests.house import ROOT, Servers, clean_environment
from tests.payments.stripe_server import StripeServer

LOADS = """
import asyncio, sys
from nexus.app import create_app
from nexus.config import Settings
from nexus.payments.signing import is_signed

app = create_app(Settings())
assert not is_signed(b"{}", "t=1,v1=0", [b"secret"], 1.0)
print("stripe" in sys.modules)
"""


@pytest.mark.parametrize("selling", [True, False], ids=["selling", "not selling"])
def test_an_api_that_nobody_buys_at_does_not_load_it(
    servers: Servers, running_stripe: StripeServer, *, selling: bool
) -> None:
    environment = servers.environment | (running_stripe.settings if selling else {})

    done = subprocess.run(
        [sys.executable, "-c", LOADS],
        env=clean_environment() | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout == "False\n", done.stderr
