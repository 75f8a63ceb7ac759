"""
The upkeep of webhooks, in every worker: every secret is sealed with the newest key.

So the operator can take an old key out of the settings a day after a new one was put in front.
"""

from collections.abc import Awaitable, Callable

import structlog

from nexus.core.db import Database
from nexus.core.sealing import Box, Unreadable
from nexus.webhooks import lookout, services

log = structlog.get_logger()


def upkeep(box: Box) -> Callable[[Database], Awaitable[None]]:
    """A round that keeps the secrets of webhooks up."""

    async def keep_webhooks(db: Database) -> None:
        async with db.system() as tx:
            old = await lookout.find_old_seals(tx, box.name)
        for organisation_id, endpoint_id in old:
            try:
                async with db.transaction(organisation_id) as tx:
                    await services.seal_anew(tx, organisation_id, endpoint_id, box)
            except Unreadable:
                log.critical("webhook.secret_unreadable", webhook_id=str(endpoint_id))

    return keep_webhooks
