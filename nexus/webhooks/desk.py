"""
Where admins set up webhooks: an address is looked at before it is kept, and again at every attempt.

Its name is resolved while the request's transaction is open; the guarded client bounds how long that takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nexus.core.db import Tx
from nexus.core.sealing import Box
from nexus.webhooks import services
from nexus.webhooks.egress import Egress
from nexus.webhooks.services import Actor


@dataclass(frozen=True)
class Desk:
    """The guarded client that looks at addresses, and the box that seals secrets."""

    egress: Egress
    box: Box

    async def register(self, tx: Tx, actor: Actor, asked: Mapping[str, Any]) -> tuple[Any, str]:
        """Take an address on. Raises UrlRefused, and what `create_endpoint` raises."""
        await self.egress.check(asked["url"])
        return await services.create_endpoint(tx, actor, asked, self.box)

    async def change(self, tx: Tx, actor: Actor, endpoint_id: UUID, given: Mapping[str, Any]) -> Any:
        """Change what was given. Raises NotFound before it looks at a new address, then UrlRefused."""
        await services.read_endpoint(tx, actor.organisation_id, endpoint_id)
        if "url" in given:
            await self.egress.check(given["url"])
        return await services.change_endpoint(tx, actor, endpoint_id, given)

    async def rotate(self, tx: Tx, actor: Actor, endpoint_id: UUID) -> tuple[Any, str]:
        """Change the secret. Raises NotFound."""
        return await services.rotate_secret(tx, actor, endpoint_id, self.box)
