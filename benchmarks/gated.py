"""One API process of a bench, with the product's rate limiter or with one that lets everybody in at once."""

import os
import sys

import uvicorn

from nexus.app import create_app
from nexus.config import Settings
from nexus.core.logging import set_up_logging
from nexus.core.ratelimit import Limiter, Policy, Standing

LIMITED, UNLIMITED = "limited", "unlimited"


class Everybody:
    """Lets everybody in, and asks nobody."""

    async def count(self, policy: Policy, whose: str) -> Standing:
        """Count nothing."""
        del whose
        return Standing(policy, admitted=True, remaining=policy.limit, seconds=1)


def main(kind: str) -> None:
    """Run it."""
    set_up_logging("WARNING", kind)
    app = create_app(Settings())
    if kind == UNLIMITED:
        app.state.parts[Limiter] = Everybody()
    uvicorn.run(
        app, port=int(os.environ["GATED_PORT"]), http="httptools", loop="uvloop", access_log=False, log_config=None
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
