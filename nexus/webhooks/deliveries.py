"""
Sending, as the tables see it: claim, book, read. Every query filters by organisation_id.

An attempt that was made and not booked, because the worker died in between, is made again: at least once, and always
with the event's own id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, case, select

from nexus.audit import services as audit
from nexus.core.db import Tx
from nexus.core.errors import NotFound
from nexus.core.models import new_id
from nexus.core.paging import Asked, Slice, read_slice
from nexus.core.queue import DELIVERIES
from nexus.webhooks import statements
from nexus.webhooks.egress import Sent
from nexus.webhooks.events import CompleteBody, as_it_is
from nexus.webhooks.models import DispatchStatus, WebhookDelivery, WebhookDispatch, WebhookEvent

GONE = 410
GOOD = range(200, 300)


class EndpointKey(NamedTuple):
    """Which endpoint, and whose."""

    organisation_id: UUID
    id: UUID


@dataclass(frozen=True)
class Claim:
    """One attempt that a worker holds: what is to be sent, where to, and the sealed secrets that sign it."""

    endpoint: EndpointKey
    dispatch_id: UUID
    event_id: UUID
    number: int
    attempts_before: int
    round: int
    url: str = field(repr=False)  # there may be a token in it
    secrets: Sequence[bytes] = field(repr=False)
    body: bytes = field(repr=False)
    happened_at: datetime
    at: datetime


class Booked(NamedTuple):
    """What an attempt came to: the dispatch's status then, and why its endpoint was disabled, if it was."""

    status: DispatchStatus
    attempt: int
    given_up: str | None


async def claim_next(
    tx: Tx, endpoint: EndpointKey, lease_seconds: float, complete: CompleteBody = as_it_is
) -> Claim | None:
    """Take the endpoint's longest-waiting due dispatch; None when there is none, or enough are under way."""
    row = await tx.fetch(
        statements.CLAIM_NEXT,
        organisation=endpoint.organisation_id,
        endpoint=endpoint.id,
        lease_seconds=float(lease_seconds),
    )
    if row is None:
        return None
    return Claim(
        endpoint=endpoint,
        dispatch_id=row["id"],
        event_id=row["event_id"],
        number=row["claim_number"],
        attempts_before=row["attempt_count"],
        round=row["round_count"],
        url=row["url"],
        secrets=[secret for secret in (row["secret"], row["previous"]) if secret is not None],
        body=await complete(tx, endpoint.organisation_id, bytes(row["body"])),
        happened_at=row["happened_at"],
        at=row["at"],
    )


async def book(tx: Tx, claim: Claim, sent: Sent, again_after_seconds: float | None) -> Booked | None:
    """
    Write an attempt down, with what follows from it: delivered, once more after the pause, or dead (no pause given).

    None when the claim no longer holds: then nothing is changed. 2xx alone is good. An endpoint that answers 410, or
    has failed for too long, is disabled, which leaves an audit entry.
    """
    gone = sent.status_code == GONE
    row = await tx.fetch(
        statements.RECORD,
        organisation=claim.endpoint.organisation_id,
        dispatch=claim.dispatch_id,
        claim=claim.number,
        delivery=new_id(),
        begun_at=claim.at,
        status_code=sent.status_code,
        error=sent.error,
        latency_ms=sent.latency_ms,
        ok=is_good(sent),
        url=claim.url,
        gone=gone,
        again_after_seconds=None if gone or again_after_seconds is None else float(again_after_seconds),
    )
    if row is None:
        return None
    if row["given_up"] is not None:
        organisation_id, target = claim.endpoint.organisation_id, str(claim.endpoint.id)
        facts = {"reason": row["given_up"]}
        await audit.record(tx, organisation_id, "webhook.disabled", user_id=None, target=target, **facts)
    return Booked(DispatchStatus(row["status"]), row["attempt_count"], row["given_up"])


def is_good(sent: Sent) -> bool:
    """Whether the receiver took it."""
    return sent.error is None and sent.status_code in GOOD


async def hand_back(tx: Tx, claim: Claim) -> None:
    """Let somebody else make this attempt, at once."""
    await tx.fetch(
        statements.HAND_BACK,
        organisation=claim.endpoint.organisation_id,
        dispatch=claim.dispatch_id,
        claim=claim.number,
    )
    tx.ring(DELIVERIES)


async def close(tx: Tx, endpoint: EndpointKey) -> int:
    """Declare dead what waits for an endpoint that is disabled; how much that was."""
    return len(await tx.fetch_all(statements.CLOSE, organisation=endpoint.organisation_id, endpoint=endpoint.id))


async def list_deliveries(
    tx: Tx, organisation_id: UUID, endpoint_id: UUID, page: Asked, status: DispatchStatus | None = None
) -> Slice:
    """What was and is to be sent to an endpoint, newest first, each with its attempts; all, or those of one status."""
    query = _shown().where(
        WebhookDispatch.organisation_id == organisation_id,
        WebhookEvent.organisation_id == organisation_id,
        WebhookDispatch.endpoint_id == endpoint_id,
    )
    if status is not None:
        query = query.where(WebhookDispatch.status == status.value)
    found = await read_slice(tx, query, WebhookDispatch.id, page)
    return Slice(await _with_attempts(tx, organisation_id, found.items), found.next_cursor)


async def read_delivery(tx: Tx, organisation_id: UUID, dispatch_id: UUID) -> Any:
    """One of them. Raises NotFound."""
    query = _shown().where(
        WebhookDispatch.organisation_id == organisation_id,
        WebhookEvent.organisation_id == organisation_id,
        WebhookDispatch.id == dispatch_id,
    )
    row = await tx.first(query)
    if row is None:
        raise NotFound
    return (await _with_attempts(tx, organisation_id, [row]))[0]


async def read_with_body(tx: Tx, organisation_id: UUID, dispatch_id: UUID, complete: CompleteBody) -> dict[str, Any]:
    """One of them, and the body that is sent, as text. Raises NotFound."""
    found: dict[str, Any] = await read_delivery(tx, organisation_id, dispatch_id)
    body = await tx.scalar(
        select(WebhookEvent.body).where(
            WebhookEvent.organisation_id == organisation_id, WebhookEvent.id == found["event_id"]
        )
    )
    return found | {"body": (await complete(tx, organisation_id, bytes(body))).decode()}


def _shown() -> Select[*tuple[Any, ...]]:
    """A delivery as the API shows it, but for its attempts. When it goes on is told only while it does."""
    waits = WebhookDispatch.status == DispatchStatus.PENDING.value
    return select(
        WebhookDispatch.id,
        WebhookDispatch.event_id,
        WebhookEvent.type,
        WebhookDispatch.status,
        WebhookDispatch.created_at,
        case((waits, WebhookDispatch.next_attempt_at)).label("next_attempt_at"),
    ).join(WebhookEvent, WebhookEvent.id == WebhookDispatch.event_id)


async def _with_attempts(tx: Tx, organisation_id: UUID, rows: Sequence[Any]) -> list[dict[str, Any]]:
    attempt = WebhookDelivery
    made = await tx.rows(
        select(attempt.dispatch_id, attempt.attempt, attempt.at, attempt.status_code, attempt.error, attempt.latency_ms)
        .where(attempt.organisation_id == organisation_id, attempt.dispatch_id.in_([row.id for row in rows]))
        .order_by(attempt.attempt)
    )
    by_dispatch: dict[UUID, list[Any]] = {row.id: [] for row in rows}
    for one in made:
        by_dispatch[one.dispatch_id].append(one)
    return [row._asdict() | {"attempts": by_dispatch[row.id]} for row in rows]
