"""A sender in this process, for as long as a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from nexus.core.db import Database
from nexus.core.sealing import Box
from nexus.webhooks import SECRETS
from nexus.webhooks.egress import Egress
from nexus.webhooks.sender import Pace, Room, Sender
from tests.house import SECRET_KEY
from tests.webhooks.receiver import Receiver

HASTY = (0.2, 0.4, 0.8)
LEASE, BEAT = 2.0, 0.5
NOBODY = "127.0.0.1:9"  # it may be called, and nobody answers


@asynccontextmanager
async def sending(
    db: Database,
    receiver: Receiver,
    retries: tuple[float, ...] = HASTY,
    room: Room | None = None,
    more: Sequence[str] = (),
) -> AsyncIterator[Sender]:
    """Send what is due, to `more` hosts too, until the block ends, then stop in order."""
    egress, stopping = Egress([receiver.host, NOBODY, *more]), asyncio.Event()
    sender = Sender(db, egress, Box([SECRET_KEY], SECRETS), Pace(retries, LEASE, BEAT), room)
    running = asyncio.create_task(sender.run(stopping))
    try:
        yield sender
    finally:
        stopping.set()
        await asyncio.wait_for(running, 20)
        await egress.aclose()
