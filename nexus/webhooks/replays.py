"""
Sending a delivery once more because an admin asks for it. Every query filters by organisation_id.

A replay costs the admin one request and the receiver four, so it has two bounds: one for each delivery and one for each
endpoint and hour. Dispatches are locked before their endpoint, in the order in which an attempt is booked.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, literal, select, update

from nexus.audit import services as audit
from nexus.core.db import Tx
from nexus.core.errors import NotFound
from nexus.core.queue import DELIVERIES
from nexus.webhooks.deliveries import read_delivery
from nexus.webhooks.errors import DeliveryUnderWay, ReplayLimitReached, TooManyReplays, WebhookDisabled
from nexus.webhooks.models import DispatchStatus, WebhookDispatch, WebhookEndpoint

MAX_REPLAYS = 5  # of one delivery
MAX_REPLAYS_PER_HOUR = 1000  # of one endpoint
HOUR = timedelta(hours=1)


async def replay_delivery(tx: Tx, organisation_id: UUID, user_id: UUID, dispatch_id: UUID) -> Any:
    """
    Send a delivery once more, from its first attempt.

    Raises NotFound, WebhookDisabled, DeliveryUnderWay, ReplayLimitReached or TooManyReplays.
    """
    row = await tx.first(
        select(WebhookDispatch.endpoint_id, WebhookDispatch.status, WebhookDispatch.replay_count)
        .where(WebhookDispatch.organisation_id == organisation_id, WebhookDispatch.id == dispatch_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    left, retry_after = await _lock_endpoint(tx, organisation_id, row.endpoint_id)
    if row.status == DispatchStatus.PENDING:
        raise DeliveryUnderWay
    if row.replay_count >= MAX_REPLAYS:
        raise ReplayLimitReached(MAX_REPLAYS)
    if left < 1:
        raise TooManyReplays(MAX_REPLAYS_PER_HOUR, retry_after)
    await _begin_again(tx, organisation_id, row.endpoint_id, [dispatch_id])
    await audit.record(tx, organisation_id, "webhook.delivery_replayed", user_id=user_id, target=str(dispatch_id))
    return await read_delivery(tx, organisation_id, dispatch_id)


async def replay_failed(tx: Tx, organisation_id: UUID, user_id: UUID, endpoint_id: UUID) -> int:
    """
    Send once more what could not be delivered to an endpoint, oldest first; how many deliveries that is.

    Raises NotFound, WebhookDisabled, ReplayLimitReached (for all of them) or TooManyReplays.
    """
    dead = select(WebhookDispatch.id).where(
        WebhookDispatch.organisation_id == organisation_id,
        WebhookDispatch.endpoint_id == endpoint_id,
        WebhookDispatch.status == DispatchStatus.DEAD.value,
    )
    rows = await tx.rows(
        dead.where(WebhookDispatch.replay_count < MAX_REPLAYS)
        .order_by(WebhookDispatch.id)
        .limit(MAX_REPLAYS_PER_HOUR)
        .with_for_update()
    )
    left, retry_after = await _lock_endpoint(tx, organisation_id, endpoint_id)
    if rows and left < 1:
        raise TooManyReplays(MAX_REPLAYS_PER_HOUR, retry_after)
    if not rows and await tx.first(dead.limit(1)) is not None:
        raise ReplayLimitReached(MAX_REPLAYS)
    chosen = [row.id for row in rows[:left]]
    await _begin_again(tx, organisation_id, endpoint_id, chosen)
    facts, target = {"deliveries": len(chosen)}, str(endpoint_id)
    await audit.record(tx, organisation_id, "webhook.failed_replayed", user_id=user_id, target=target, **facts)
    return len(chosen)


async def _lock_endpoint(tx: Tx, organisation_id: UUID, endpoint_id: UUID) -> tuple[int, int]:
    """How many replays the endpoint has left, and in how many seconds it has all of them again."""
    row = await tx.first(
        select(
            WebhookEndpoint.disabled_reason,
            WebhookEndpoint.replay_count,
            func.extract("epoch", WebhookEndpoint.replays_counted_since + literal(HOUR) - func.now()).label("seconds"),
        )
        .where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.id == endpoint_id)
        .with_for_update(key_share=True)
    )
    if row is None:
        raise NotFound
    if row.disabled_reason is not None:
        raise WebhookDisabled(row.disabled_reason)
    if row.seconds is None or row.seconds <= 0:
        return MAX_REPLAYS_PER_HOUR, 0
    return max(0, MAX_REPLAYS_PER_HOUR - row.replay_count), ceil(row.seconds)


async def _begin_again(tx: Tx, organisation_id: UUID, endpoint_id: UUID, dispatch_ids: Sequence[UUID]) -> None:
    if not dispatch_ids:
        return
    await tx.execute(
        update(WebhookDispatch)
        .where(WebhookDispatch.organisation_id == organisation_id, WebhookDispatch.id.in_(dispatch_ids))
        .values(
            status=DispatchStatus.PENDING.value,
            round_count=0,
            next_attempt_at=func.now(),
            replay_count=WebhookDispatch.replay_count + 1,
            claim_number=WebhookDispatch.claim_number + 1,
        )
    )
    is_counting = WebhookEndpoint.replays_counted_since > func.now() - literal(HOUR)
    await tx.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.id == endpoint_id)
        .values(
            replay_count=case((is_counting, WebhookEndpoint.replay_count), else_=0) + len(dispatch_ids),
            replays_counted_since=case((is_counting, WebhookEndpoint.replays_counted_since), else_=func.now()),
        )
    )
    tx.ring(DELIVERIES)
