"""
One of the processes that race for the last credits.

    python -m tests.chaos.racer <url of nexus_app> <url of nexus_system> <organisation> <user>

For each line it reads, `<moment> <how many>`, it waits until that moment of the machine's monotonic clock, which every
process reads alike, asks for so many jobs at once, and writes what came of it.
"""

import asyncio
import json
import sys
import time
from uuid import UUID

from nexus.core.db import Database
from nexus.core.models import new_id
from nexus.credits.errors import InsufficientCredits
from nexus.jobs import services
from nexus.jobs.services import JobKey, Terms, Work

COST = 10
TERMS = Terms(3, 900)
WORK = Work("chaos", COST, '{"text": "x"}')
MOST_AT_ONCE = 4


async def race(db: Database, organisation_id: UUID, user_id: UUID) -> None:
    """Race as long as somebody says when."""
    await asyncio.gather(*(_ask(db, organisation_id, user_id) for _ in range(MOST_AT_ONCE)))  # opens the connections
    print("ready", flush=True)  # noqa: T201 - the other end of the pipe
    for line in sys.stdin:
        moment, number = line.split()
        while time.monotonic() < float(moment):
            pass
        begun = time.monotonic()
        won = await asyncio.gather(*(_ask(db, organisation_id, user_id) for _ in range(int(number))))
        print(json.dumps([begun, time.monotonic(), *won]), flush=True)  # noqa: T201 - the other end of the pipe


async def _ask(db: Database, organisation_id: UUID, user_id: UUID) -> str:
    """Ask for a job: `won`, `refused`, or the name of the error that nobody foresaw."""
    try:
        async with db.transaction(organisation_id) as tx:
            await services.create_job(tx, JobKey(organisation_id, new_id()), user_id, WORK, TERMS)
    except InsufficientCredits:
        return "refused"
    except Exception as error:  # noqa: BLE001 - whatever it is, the race must be told
        return type(error).__name__
    return "won"


async def main(url: str, system_url: str, organisation_id: str, user_id: str) -> None:
    """Open the doors, and race."""
    db = Database(url, system_url, pool_size=MOST_AT_ONCE)
    try:
        await race(db, UUID(organisation_id), UUID(user_id))
    finally:
        await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
