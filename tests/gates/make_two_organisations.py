"""The script of gate A1.1: makes two organisations with two people each, as sign-in does, and prints who is who."""

import asyncio
import json
import sys
from functools import partial

from nexus.accounts import signin
from nexus.accounts.google import Person
from nexus.config import Settings
from nexus.core.db import Database
from nexus.credits import services as credits


async def main(*domains: str) -> None:
    """Make an organisation for each domain."""
    settings = Settings()
    db = Database(settings.database_url, settings.system_database_url, pool_size=1)
    made = [[await _enter(db, f"{name}@{domain}") for name in ("first", "second")] for domain in domains]
    await db.close()
    sys.stdout.write(json.dumps(made))


async def _enter(db: Database, email: str) -> dict[str, str]:
    person = Person("https://issuer.test", email, email, None, email.partition("@")[2])
    async with db.system() as tx:
        welcome = signin.Welcome(partial(credits.open_account, credits_given=100), _tell_nobody)
        entry = await signin.enter(tx, person, welcome)
    return {"organisation_id": str(entry.organisation_id), "user_id": str(entry.user_id)}


async def _tell_nobody(*_: object) -> None:
    """Nobody waits in these organisations."""


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
