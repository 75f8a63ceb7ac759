"""How late the event loop comes: what computes in it makes everybody wait who is served by it."""

import asyncio
from collections import deque

from nexus.core import metrics

EVERY_SECONDS = 0.5
KEPT = 60  # looks: half a minute


async def watch_loop() -> None:
    """Look twice a second how much later than asked this loop came, until cancelled."""
    loop, late = asyncio.get_running_loop(), deque[float](maxlen=KEPT)
    while True:
        wanted = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        late.append(max(0.0, loop.time() - wanted))
        metrics.event_loop_lag_seconds.set(max(late))
