"""
What happened, written down for those who listen. Every query filters by organisation_id.

Whoever does the thing writes the event in the same transaction, and asks who listens in the statement that does it:
so an event never tells of what was rolled back, and where nobody listens nothing is written and nothing more is asked.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    LargeBinary,
    ScalarSelect,
    String,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from nexus.core.clock import now
from nexus.core.db import Hot, Tx
from nexus.core.models import new_id
from nexus.core.queue import DELIVERIES
from nexus.webhooks.models import EventType, WebhookDispatch, WebhookEndpoint, WebhookEvent

ORGANISATION = bindparam("organisation", type_=Uuid)

CompleteBody = Callable[[Tx, UUID, bytes], Awaitable[bytes]]


async def as_it_is(_tx: Tx, _organisation_id: UUID, body: bytes) -> bytes:
    """The body of an event that holds all that is sent."""
    return body


def listeners(kind: EventType) -> ScalarSelect[Sequence[UUID]]:
    """The part of a statement that gives who in `organisation` listens for this, or null: the argument of `record`."""
    return (
        select(func.array_agg(WebhookEndpoint.id))
        .where(
            WebhookEndpoint.organisation_id == ORGANISATION,
            _takes(kind),
        )
        .scalar_subquery()
    )


def anybody_listens(kind: EventType, organisation: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether anybody in this row's organisation listens for this."""
    return exists().where(WebhookEndpoint.organisation_id == organisation, _takes(kind))


def _takes(kind: EventType) -> ColumnElement[bool]:
    return and_(WebhookEndpoint.disabled_at.is_(None), literal(kind.value) == func.any(WebhookEndpoint.events))


def _record() -> Hot:
    """The event, and its way to each endpoint that is still there: one that is just being deleted is left out."""
    event_id, at = bindparam("event", type_=Uuid), bindparam("at", type_=DateTime(timezone=True))
    told = {
        WebhookEvent.organisation_id: ORGANISATION,
        WebhookEvent.id: event_id,
        WebhookEvent.created_at: at,
        WebhookEvent.type: bindparam("kind", type_=String),
        WebhookEvent.body: bindparam("body", type_=LargeBinary),
    }
    event = insert(WebhookEvent).from_select(list(told), select(*told.values())).cte("event")
    named = func.unnest(
        bindparam("endpoints", type_=ARRAY(Uuid)), bindparam("dispatches", type_=ARRAY(Uuid))
    ).table_valued(column("endpoint_id", Uuid), column("dispatch_id", Uuid), name="named")
    named = named.render_derived()
    there = (
        select(named.c.dispatch_id, WebhookEndpoint.id)
        .join(WebhookEndpoint, WebhookEndpoint.id == named.c.endpoint_id)
        .where(WebhookEndpoint.organisation_id == ORGANISATION)
        .with_for_update(read=True, key_share=True, of=WebhookEndpoint)
        .cte("there")
    )
    way = {
        WebhookDispatch.organisation_id: ORGANISATION,
        WebhookDispatch.id: there.c.dispatch_id,
        WebhookDispatch.endpoint_id: there.c.id,
        WebhookDispatch.event_id: event_id,
        WebhookDispatch.next_attempt_at: func.now(),
    }
    ways = (
        insert(WebhookDispatch)
        .from_select(list(way), select(*way.values()).select_from(there))
        .returning(WebhookDispatch.id)
        .cte("ways")
    )
    return Hot(select(ways.c.id).add_cte(event))


RECORD = _record()


async def record(tx: Tx, organisation_id: UUID, kind: str, data_json: str, endpoints: Sequence[UUID]) -> list[UUID]:
    """
    Write an event down for these endpoints, in the transaction of what happened; the ids of its dispatches.

    The bytes that are sent are made here, once. The senders are woken after the commit.
    """
    event_id, at = new_id(), now()
    head = f'{{"id":"{event_id}","type":"{kind}","created_at":"{at:%Y-%m-%dT%H:%M:%S.%fZ}","data":'
    rows = await tx.fetch_all(
        RECORD,
        organisation=organisation_id,
        event=event_id,
        at=at,
        kind=kind,
        body=f"{head}{data_json}}}".encode(),
        endpoints=list(endpoints),
        dispatches=[new_id() for _ in endpoints],
    )
    tx.ring(DELIVERIES)
    return [row["id"] for row in rows]
