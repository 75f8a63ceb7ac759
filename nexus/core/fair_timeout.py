"""A timeout for the other side alone: what this process spends on itself does not count."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

TICK_SECONDS = 0.01


@asynccontextmanager
async def fair_timeout(seconds: float) -> AsyncIterator[None]:
    """
    Raise TimeoutError when so many seconds have passed in which the event loop came round.

    They pass in ticks of 10 ms. While something holds the loop, or the process is stopped, at most one tick passes, and
    what arrived meanwhile is read before the next.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:

        def tick(left: int) -> None:
            if left:
                timers[0] = loop.call_later(TICK_SECONDS, tick, left - 1)
            else:
                limit.reschedule(loop.time())

        timers = [loop.call_later(TICK_SECONDS, tick, math.ceil(seconds / TICK_SECONDS) - 1)]
        try:
            yield
        finally:
            timers[0].cancel()
