"""
The statements of a dispatch's life, each a single round trip. Every one filters by organisation_id.

`deliveries.py` says when each is used.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    ScalarSelect,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from nexus.core.db import Hot, fixed
from nexus.webhooks.models import (
    PENDING,
    DisabledReason,
    DispatchStatus,
    WebhookDelivery,
    WebhookDispatch,
    WebhookEndpoint,
    WebhookEvent,
)

ORGANISATION = bindparam("organisation", type_=Uuid)
ENDPOINT = bindparam("endpoint", type_=Uuid)
DISPATCH = bindparam("dispatch", type_=Uuid)
CLAIM = bindparam("claim", type_=Integer)

AT_ONCE = 2  # how many requests one endpoint is sent at the same time, by all workers together
FAILING_FOR = timedelta(days=3)
FAILED_EVENTS = 100  # in a row, before an endpoint is given up
UNCONFIRMED_EVENTS = 5  # under way at the same time to an endpoint that has never answered 2xx
UNCONFIRMED_FAILED_EVENTS = 10  # in a row, before such an endpoint is given up


def seconds(amount: ColumnElement[float]) -> ColumnElement[Any]:
    """A length of time."""
    return amount * literal_column("interval '1 second'")


def unleased() -> ColumnElement[bool]:
    """Nobody is sending it, as far as the lease says."""
    return or_(WebhookDispatch.lease_expires_at.is_(None), WebhookDispatch.lease_expires_at < func.now())


def is_begun(dispatch: type[WebhookDispatch]) -> ColumnElement[bool]:
    """An attempt at a pending dispatch was made or is being made."""
    return and_(
        dispatch.status == fixed(DispatchStatus.PENDING),
        or_(dispatch.round_count > fixed(0), dispatch.lease_expires_at > func.now()),
    )


def _may_begin() -> ColumnElement[bool]:
    """The endpoint has answered 2xx, or few of its events are under way."""
    other = aliased(WebhookDispatch)
    begun = select(func.count()).where(
        other.organisation_id == ORGANISATION, other.endpoint_id == ENDPOINT, is_begun(other)
    )
    confirmed = select(WebhookEndpoint.confirmed_at.is_not(None)).where(
        WebhookEndpoint.organisation_id == ORGANISATION, WebhookEndpoint.id == ENDPOINT
    )
    return or_(confirmed.scalar_subquery(), begun.scalar_subquery() < fixed(UNCONFIRMED_EVENTS))


def _due() -> ScalarSelect[Any]:
    """What has been due for an endpoint for longest, unless enough is on its way there."""
    other = aliased(WebhookDispatch)
    busy = (
        select(func.count())
        .where(
            other.organisation_id == ORGANISATION,
            other.endpoint_id == ENDPOINT,
            other.lease_expires_at > func.now(),
        )
        .scalar_subquery()
    )
    return (
        select(WebhookDispatch.id)
        .where(
            WebhookDispatch.organisation_id == ORGANISATION,
            WebhookDispatch.endpoint_id == ENDPOINT,
            PENDING,
            WebhookDispatch.next_attempt_at <= func.now(),
            unleased(),
            busy < fixed(AT_ONCE),
            or_(WebhookDispatch.round_count > fixed(0), _may_begin()),
        )
        .order_by(WebhookDispatch.next_attempt_at)
        .limit(fixed(1))
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


def _claim() -> Hot:
    return Hot(
        update(WebhookDispatch)
        .where(
            WebhookDispatch.organisation_id == ORGANISATION,
            WebhookDispatch.id == _due(),
            WebhookEndpoint.organisation_id == WebhookDispatch.organisation_id,
            WebhookEndpoint.id == WebhookDispatch.endpoint_id,
            WebhookEndpoint.disabled_at.is_(None),
            WebhookEvent.organisation_id == WebhookDispatch.organisation_id,
            WebhookEvent.id == WebhookDispatch.event_id,
        )
        .values(
            claim_number=WebhookDispatch.claim_number + fixed(1),
            lease_expires_at=func.now() + seconds(bindparam("lease_seconds", type_=Float)),
        )
        .returning(
            WebhookDispatch.id,
            WebhookDispatch.event_id,
            WebhookDispatch.claim_number,
            WebhookDispatch.attempt_count,
            WebhookDispatch.round_count,
            WebhookEndpoint.url,
            WebhookEndpoint.secret,
            case((WebhookEndpoint.previous_until > func.now(), WebhookEndpoint.previous_secret)).label("previous"),
            WebhookEvent.body,
            WebhookEvent.created_at.label("happened_at"),
            func.now().label("at"),
        )
    )


def _settled(ok: ColumnElement[bool], again_after: ColumnElement[float | None]) -> CTE:
    """Book what came of an attempt, once: whoever books gives the lease back."""
    status = case(
        (ok, fixed(DispatchStatus.DELIVERED)),
        (again_after.is_(None), fixed(DispatchStatus.DEAD)),
        else_=fixed(DispatchStatus.PENDING),
    )
    return (
        update(WebhookDispatch)
        .where(
            WebhookDispatch.organisation_id == ORGANISATION,
            WebhookDispatch.id == DISPATCH,
            WebhookDispatch.claim_number == CLAIM,
            WebhookDispatch.lease_expires_at.is_not(None),
        )
        .values(
            status=status,
            attempt_count=WebhookDispatch.attempt_count + fixed(1),
            round_count=WebhookDispatch.round_count + fixed(1),
            next_attempt_at=func.now() + seconds(func.coalesce(again_after, fixed(0))),
            lease_expires_at=null(),
        )
        .returning(
            WebhookDispatch.id, WebhookDispatch.endpoint_id, WebhookDispatch.status, WebhookDispatch.attempt_count
        )
        .cte("settled")
    )


def _entered(settled: CTE) -> CTE:
    values = {
        WebhookDelivery.organisation_id: ORGANISATION,
        WebhookDelivery.id: bindparam("delivery", type_=Uuid),
        WebhookDelivery.dispatch_id: settled.c.id,
        WebhookDelivery.attempt: settled.c.attempt_count,
        WebhookDelivery.at: bindparam("begun_at", type_=DateTime(timezone=True)),
        WebhookDelivery.status_code: bindparam("status_code", type_=Integer),
        WebhookDelivery.error: bindparam("error", type_=String),
        WebhookDelivery.latency_ms: bindparam("latency_ms", type_=Integer),
    }
    chosen = select(*values.values()).select_from(settled)
    return insert(WebhookDelivery).from_select(list(values), chosen).cte("entered")


def _health(settled: CTE, ok: ColumnElement[bool], gone: ColumnElement[bool]) -> CTE:
    """Keep how the endpoint does, and give it up where it is gone or has failed for too long."""
    endpoint = WebhookEndpoint
    dead = settled.c.status == fixed(DispatchStatus.DEAD)
    too_long = endpoint.failing_since < func.now() - literal(FAILING_FOR)
    most = case((endpoint.confirmed_at.is_(None), fixed(UNCONFIRMED_FAILED_EVENTS)), else_=fixed(FAILED_EVENTS))
    too_many = and_(dead, endpoint.failed_events + fixed(1) >= most)
    confirms = and_(ok, endpoint.confirmed_at.is_(None), endpoint.url == bindparam("url", type_=String))
    give_up = and_(endpoint.disabled_at.is_(None), ~ok, or_(gone, too_long, too_many))
    reason = case((gone, fixed(DisabledReason.GONE)), else_=fixed(DisabledReason.FAILING))
    return (
        update(endpoint)
        .where(
            endpoint.organisation_id == ORGANISATION,
            endpoint.id == settled.c.endpoint_id,
            or_(~ok, endpoint.failing_since.is_not(None), endpoint.failed_events > fixed(0), confirms),
        )
        .values(
            failing_since=case((~ok, func.coalesce(endpoint.failing_since, func.now()))),
            failed_events=case((ok, fixed(0)), (dead, endpoint.failed_events + fixed(1)), else_=endpoint.failed_events),
            confirmed_at=case((confirms, func.now()), else_=endpoint.confirmed_at),
            disabled_at=case((give_up, func.now()), else_=endpoint.disabled_at),
            disabled_reason=case((give_up, reason), else_=endpoint.disabled_reason),
        )
        .returning(case((endpoint.disabled_at == func.now(), endpoint.disabled_reason)).label("given_up"))
        .cte("health")
    )


def _record() -> Hot:
    ok, gone = bindparam("ok", type_=Boolean), bindparam("gone", type_=Boolean)
    settled = _settled(ok, bindparam("again_after_seconds", type_=Float))
    given_up = select(_health(settled, ok, gone).c.given_up).scalar_subquery()
    return Hot(select(settled.c.status, settled.c.attempt_count, given_up.label("given_up")).add_cte(_entered(settled)))


def _hand_back() -> Hot:
    return Hot(
        update(WebhookDispatch)
        .where(
            WebhookDispatch.organisation_id == ORGANISATION,
            WebhookDispatch.id == DISPATCH,
            WebhookDispatch.claim_number == CLAIM,
        )
        .values(lease_expires_at=null())
        .returning(WebhookDispatch.id)
    )


def _close() -> Hot:
    """What waits for an endpoint that is disabled is dead; it can be replayed once the endpoint is enabled again."""
    disabled = (
        select(WebhookEndpoint.id)
        .where(
            WebhookEndpoint.organisation_id == ORGANISATION,
            WebhookEndpoint.id == ENDPOINT,
            WebhookEndpoint.disabled_at.is_not(None),
        )
        .scalar_subquery()
    )
    return Hot(
        update(WebhookDispatch)
        .where(
            WebhookDispatch.organisation_id == ORGANISATION,
            WebhookDispatch.endpoint_id == disabled,
            PENDING,
            unleased(),
        )
        .values(status=fixed(DispatchStatus.DEAD), lease_expires_at=cast(null(), DateTime(timezone=True)))
        .returning(WebhookDispatch.id)
    )


CLAIM_NEXT = _claim()
RECORD = _record()
HAND_BACK = _hand_back()
CLOSE = _close()
