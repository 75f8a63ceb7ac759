"""
Looking across organisations for what is to be sent. Of an address it sees the host alone, and it sees neither a secret
nor what is sent.

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
    String,
    Uuid,
    all_,
    and_,
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
from nexus.webhooks.statements import AT_ONCE, UNCONFIRMED_EVENTS, is_begun, seconds, unleased

KEEP = timedelta(days=30)
FORGET_BATCH = 500
SEAL_BATCH = 50


class Due(NamedTuple):
    """
    An endpoint that something waits for: how much more it may be sent at once, how it does, and on which host it is.

    It is `sound` when it has answered 2xx at its URL and does not fail.
    """

    endpoint: EndpointKey
    free: int
    disabled: bool
    failing: bool
    sound: bool
    host: str


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


def _begun(waiting: CTE) -> LateralFromClause:
    """How many events are under way to an endpoint that has never answered 2xx; 0 for every other."""
    sent = aliased(WebhookDispatch)
    return (
        select(func.count().label("events"))
        .where(
            sent.organisation_id == waiting.c.organisation_id,
            sent.endpoint_id == waiting.c.endpoint_id,
            WebhookEndpoint.organisation_id == waiting.c.organisation_id,
            WebhookEndpoint.confirmed_at.is_(None),
            is_begun(sent),
        )
        .correlate(waiting, WebhookEndpoint)
        .lateral("begun")
    )


def _oldest(waiting: CTE, begun: LateralFromClause) -> LateralFromClause:
    """Since when something has been due for an endpoint; whatever waits for one that is disabled is to be closed."""
    return (
        select(WebhookDispatch.next_attempt_at)
        .where(
            WebhookDispatch.organisation_id == waiting.c.organisation_id,
            WebhookDispatch.endpoint_id == waiting.c.endpoint_id,
            WebhookEndpoint.organisation_id == waiting.c.organisation_id,
            PENDING,
            unleased(),
            or_(
                and_(
                    WebhookDispatch.next_attempt_at <= func.now(),
                    or_(WebhookDispatch.round_count > fixed(0), begun.c.events < fixed(UNCONFIRMED_EVENTS)),
                ),
                WebhookEndpoint.disabled_at.is_not(None),
            ),
        )
        .order_by(WebhookDispatch.next_attempt_at)
        .limit(fixed(1))
        .correlate(waiting, WebhookEndpoint, begun)
        .lateral("oldest")
    )


def _due() -> Hot:
    """Endpoints with something due and not enough under way; those that do well come before those that fail."""
    waiting = _waiting()
    busy, begun = _busy(waiting), _begun(waiting)
    oldest, host = _oldest(waiting, begun), WebhookEndpoint.host
    failing = WebhookEndpoint.failing_since.is_not(None)
    sound = and_(~failing, WebhookEndpoint.confirmed_at.is_not(None))
    full, half_full = bindparam("full_hosts", type_=ARRAY(String)), bindparam("half_full_hosts", type_=ARRAY(String))
    return Hot(
        select(
            waiting.c.organisation_id,
            waiting.c.endpoint_id,
            (fixed(AT_ONCE) - busy.c.requests).label("free"),
            WebhookEndpoint.disabled_at.is_not(None).label("disabled"),
            failing.label("failing"),
            sound.label("sound"),
            host,
        )
        .select_from(waiting)
        .join(
            WebhookEndpoint,
            (WebhookEndpoint.organisation_id == waiting.c.organisation_id)
            & (WebhookEndpoint.id == waiting.c.endpoint_id),
        )
        .join(busy, true())
        .join(begun, true())
        .join(oldest, true())
        .where(busy.c.requests < fixed(AT_ONCE), host != all_(full), or_(sound, host != all_(half_full)))
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


async def find_due(
    tx: SystemTx, most: int, full_hosts: Sequence[str] = (), half_full_hosts: Sequence[str] = ()
) -> list[Due]:
    """
    Endpoints that something is due for, or that are disabled while something still waits for them.

    None is on one of `full_hosts`, and only sound ones are on one of `half_full_hosts`.
    """
    rows = await tx.fetch_all(DUE, most=most, full_hosts=list(full_hosts), half_full_hosts=list(half_full_hosts))
    return [
        Due(
            EndpointKey(row["organisation_id"], row["endpoint_id"]),
            *(row[name] for name in ("free", "disabled", "failing", "sound", "host")),
        )
        for row in rows
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
