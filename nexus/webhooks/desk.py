"""
Where admins set up webhooks: an address is looked at before it is kept, and again at every attempt.

Its name is resolved while no connection to PostgreSQL is held: whoever owns a name decides how long that takes, up to
the bound of the guarded client. Two look-ups of an organisation at once are enough.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from nexus.core.db import Tx
from nexus.core.sealing import Box
from nexus.webhooks import services
from nexus.webhooks.egress import Egress
from nexus.webhooks.errors import TooManyLookUps
from nexus.webhooks.events import CompleteBody, as_it_is
from nexus.webhooks.services import Actor

LOOKS_AT_ONCE = 2  # of an organisation, in one process


@dataclass(frozen=True)
class Desk:
    """The guarded client that looks at addresses, and the box that seals secrets."""

    egress: Egress
    box: Box
    complete: CompleteBody = as_it_is
    _looking: Counter[UUID] = field(default_factory=Counter)

    async def register(self, tx: Tx, actor: Actor, asked: Mapping[str, Any]) -> tuple[Any, str]:
        """Take an address on. Raises UrlRefused, and what `create_endpoint` raises."""
        await self._check(tx, asked["url"])
        return await services.create_endpoint(tx, actor, asked, self.box)

    async def change(self, tx: Tx, actor: Actor, endpoint_id: UUID, given: Mapping[str, Any]) -> Any:
        """Change what was given. Raises NotFound before it looks at a new address, then UrlRefused or WebhookExists."""
        await services.read_endpoint(tx, actor.organisation_id, endpoint_id)
        if "url" in given:
            await self._check(tx, given["url"])
        return await services.change_endpoint(tx, actor, endpoint_id, given)

    async def _check(self, tx: Tx, url: str) -> None:
        """Judge a URL. Raises UrlRefused, or TooManyLookUps."""
        organisation_id = tx.organisation_id
        if self._looking[organisation_id] >= LOOKS_AT_ONCE:
            raise TooManyLookUps
        self._looking[organisation_id] += 1
        try:
            async with tx.apart():
                await self.egress.check(url)
        finally:
            self._looking[organisation_id] -= 1
            if not self._looking[organisation_id]:
                del self._looking[organisation_id]

    async def rotate(self, tx: Tx, actor: Actor, endpoint_id: UUID) -> tuple[Any, str]:
        """Change the secret. Raises NotFound."""
        return await services.rotate_secret(tx, actor, endpoint_id, self.box)
