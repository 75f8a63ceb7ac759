"""
Writing down who did what. Every query filters by organisation_id.

An entry is written in the transaction that does the thing, so that neither is ever there without the other.
"""

from uuid import UUID

import structlog
from sqlalchemy import insert

from nexus.audit.models import AuditEvent
from nexus.core.db import Transaction


async def record(
    tx: Transaction, organisation_id: UUID, action: str, *, user_id: UUID | None, target: str | None, **facts: object
) -> None:
    """
    Write down an action, as `object.past_tense`. `user_id` is None where the operator or the house acted.

    The request that does it is named, and the API key that it came with.
    """
    known = structlog.contextvars.get_contextvars()
    by_key = {"api_key_id": known["api_key_id"]} if "api_key_id" in known else {}
    await tx.execute(
        insert(AuditEvent).values(
            organisation_id=organisation_id,
            action=action,
            user_id=user_id,
            target=target,
            facts=facts | by_key,
            request_id=known.get("request_id"),
        )
    )
