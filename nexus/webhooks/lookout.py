"""
Looking across organisations for what is to be sent. Nothing here sees an address, a secret or what is sent.

What is found is a key; whoever acts on it does so in the organisation's own name.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    Float,
    Integer,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from nexus.core.db import Hot, SystemTx, fixed
from nexus.webhooks.deliveries import Claim, EndpointKey
from nexus.webhooks.models import PENDING, WebhookDispatch, WebhookEndpoint, WebhookEvent
from nexus.webhooks.statements import AT_ONCE, seconds, unleased

KEEP = timedelta(days=30)
FORGET_BATCH = 500
SEAL_BATCH = 50


class Due(NamedTuple):
    """An endpoint that something waits for: how much more it may be sent at once, and how it does."""

    endpoint: EndpointKey
    free: int
    disabled: bool
    failing: bool


def _waiting() -> CTE:
    """The endpoints that something is to be sent to, found by jumping along the index from one to the next."""
    on_its_way = select(WebhookDispatch.organisation_id, WebhookDispatch.endpoint_id).where(PENDING)
    place = (WebhookDispatch.organisation_id, WebhookDispatch.endpoint_id)
    first = on_its_way.order_by(*place).limit(fixed(1)).subquery()
    waiting = select(first.c.organisation_id, first.c.endpoint_id).cte("waiting", recursive=True)
    following = (
        on_its_way.where(tuple_(*place) > tuple_(waiting.c.organisation_id, waiting.c.endpoint_id))
        .order_by(*place)
        .limit(fixed(1))
        .correlate(waiting)
        .lateral("following")
    )
    jump = select(following.c.organisation_id, following.c.endpoint_id).select_from(waiting).join(following, true())
    return waiting.union_all(jump)


def _busy(waiting: CTE) -> LateralFromClause:
    """How many requests an endpoint is being sent."""
    sent = aliased(WebhookDispatch)
    return (
        select(func.count().label("requests"))
        .where(
            sent.organisation_id == waiting.c.organisation_id,
            sent.endpoint_id == waiting.c.endpoint_id,
            sent.lease_expires_at > func.now(),
        )
        .correlate(waiting)
        .lateral("busy")
    )


def _oldest(waiting: CTE) -> LateralFromClause:
    """Since when something has been due for an endpoint; whatever waits for one that is disabled is to be closed."""
    return (
        select(WebhookDispatch.next_attempt_at)
        .where(
            WebhookDispatch.organisation_id == waiting.c.organisation_id,
            WebhookDispatch.endpoint_id == waiting.c.endpoint_id,
            WebhookEndpoint.organisation_id == waiting.c.organisation_id,
            PENDING,
            unleased(),
            or_(WebhookDispatch.next_attempt_at <= func.now(), WebhookEndpoint.disabled_at.is_not(None)),
        )
        .order_by(WebhookDispatch.next_attempt_at)
        .limit(fixed(1))
        .correlate(waiting, WebhookEndpoint)
        .lateral("oldest")
    )


def _due() -> Hot:
    """Endpoints with something due and not enough under way; those that do well come before those that fail."""
    waiting = _waiting()
    busy, oldest = _busy(waiting), _oldest(waiting)
    failing = WebhookEndpoint.failing_since.is_not(None)
    return Hot(
        select(
            waiting.c.organisation_id,
            waiting.c.endpoint_id,
            (fixed(AT_ONCE) - busy.c.requests).label("free"),
            WebhookEndpoint.disabled_at.is_not(None).label("disabled"),
            failing.label("failing"),
        )
        .select_from(waiting)
        .join(
            WebhookEndpoint,
            (WebhookEndpoint.organisation_id == waiting.c.organisation_id)
            & (WebhookEndpoint.id == waiting.c.endpoint_id),
        )
        .join(busy, true())
        .join(oldest, true())
        .where(busy.c.requests < fixed(AT_ONCE))
        .order_by(failing, oldest.c.next_attempt_at)
        .limit(bindparam("most", type_=Integer))
    )


def _extend() -> Hot:
    held = func.unnest(
        bindparam("organisations", type_=ARRAY(Uuid)),
        bindparam("dispatches", type_=ARRAY(Uuid)),
        bindparam("claims", type_=ARRAY(Integer)),
    ).table_valued(column("organisation_id", Uuid), column("id", Uuid), column("claim_number", Integer), name="held")
    held = held.render_derived()
    return Hot(
        update(WebhookDispatch)
        .where(
            WebhookDispatch.organisation_id == held.c.organisation_id,
            WebhookDispatch.id == held.c.id,
            WebhookDispatch.claim_number == held.c.claim_number,
            WebhookDispatch.lease_expires_at.is_not(None),
        )
        .values(lease_expires_at=func.now() + seconds(bindparam("lease_seconds", type_=Float)))
        .returning(WebhookDispatch.id)
    )


DUE = _due()
EXTEND = _extend()


async def find_due(tx: SystemTx, most: int) -> list[Due]:
    """Endpoints that something is due for, or that are disabled while something still waits for them."""
    return [
        Due(EndpointKey(row["organisation_id"], row["endpoint_id"]), row["free"], row["disabled"], row["failing"])
        for row in await tx.fetch_all(DUE, most=most)
    ]


async def extend_leases(tx: SystemTx, held: Sequence[Claim], lease_seconds: float) -> None:
    """Renew these claims, those of them that still hold."""
    await tx.fetch_all(
        EXTEND,
        organisations=[claim.endpoint.organisation_id for claim in held],
        dispatches=[claim.dispatch_id for claim in held],
        claims=[claim.number for claim in held],
        lease_seconds=float(lease_seconds),
    )


async def forget_old(tx: SystemTx, keep: timedelta = KEEP, most: int = FORGET_BATCH) -> int:
    """Forget some events that have had their day, with what was sent of them; how many that were."""
    still_open = (
        select(WebhookDispatch.id)
        .where(
            WebhookDispatch.organisation_id == WebhookEvent.organisation_id,
            WebhookDispatch.event_id == WebhookEvent.id,
            PENDING,
        )
        .exists()
    )
    old = (
        select(WebhookEvent.organisation_id, WebhookEvent.id)
        .where(WebhookEvent.created_at < func.now() - literal(keep), ~still_open)
        .order_by(WebhookEvent.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    return await tx.execute(
        delete(WebhookEvent).where(WebhookEvent.organisation_id == old.c.organisation_id, WebhookEvent.id == old.c.id)
    )


async def erase(tx: SystemTx, organisation_id: UUID, most: int) -> bool:
    """Erase an organisation's endpoints, and some of what was and is to be sent to them; whether more is left."""
    busy = select(WebhookDispatch.endpoint_id).where(WebhookDispatch.organisation_id == organisation_id)
    await tx.execute(
        delete(WebhookEndpoint).where(  # one with dispatches would take all of them with it, in one statement
            WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.id.not_in(busy)
        )
    )
    some = select(WebhookEvent.id).where(WebhookEvent.organisation_id == organisation_id).limit(most)
    gone = await tx.execute(
        delete(WebhookEvent).where(WebhookEvent.organisation_id == organisation_id, WebhookEvent.id.in_(some))
    )
    there = select(WebhookEndpoint.id).where(WebhookEndpoint.organisation_id == organisation_id).limit(1)
    return gone > 0 or await tx.scalar(there) is not None


async def find_old_seals(tx: SystemTx, newest: str) -> list[tuple[UUID, UUID]]:
    """Some endpoints whose secrets are sealed with another key than the newest: organisation and id."""
    rows = await tx.rows(
        select(WebhookEndpoint.organisation_id, WebhookEndpoint.id)
        .where(WebhookEndpoint.sealed_with != newest)
        .order_by(func.random())  # so that those which no key opens do not stand before the others for ever
        .limit(SEAL_BATCH)
    )
    return [(row.organisation_id, row.id) for row in rows]
