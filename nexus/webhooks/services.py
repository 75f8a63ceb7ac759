"""
The endpoints of an organisation. Every query filters by organisation_id.

Whatever changes one leaves an audit entry in the same transaction. An entry names the host, not the whole address:
many receivers have a token in the path.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, case, delete, func, insert, literal, select, update

from nexus.accounts.models import Organisation
from nexus.accounts.services import CHANGED
from nexus.audit import services as audit
from nexus.core.db import Tx
from nexus.core.errors import NotFound
from nexus.core.models import new_id
from nexus.core.paging import Asked, Slice, read_slice
from nexus.core.queue import DELIVERIES
from nexus.core.sealing import Box
from nexus.webhooks import deliveries, events
from nexus.webhooks.errors import TooManyWebhooks, WebhookDisabled, WebhookExists
from nexus.webhooks.models import TEST, DisabledReason, WebhookDispatch, WebhookEndpoint
from nexus.webhooks.signing import new_secret
from nexus.webhooks.urls import is_same_url

MOST = 10  # endpoints of one organisation
BOTH_SIGN_FOR = timedelta(hours=24)


class Actor(NamedTuple):
    """Who does it, and for which organisation."""

    organisation_id: UUID
    user_id: UUID


async def create_endpoint(tx: Tx, actor: Actor, asked: Mapping[str, Any], box: Box) -> tuple[Any, str]:
    """A new endpoint, and the secret that is shown this once. Raises WebhookExists or TooManyWebhooks."""
    if await _lock_urls(tx, actor.organisation_id, asked["url"]) >= MOST:
        raise TooManyWebhooks(MOST)
    endpoint_id, secret = new_id(), new_secret()
    sealed = {"secret": box.seal(secret.encode()), "sealed_with": box.name}
    await tx.execute(
        insert(WebhookEndpoint).values(organisation_id=actor.organisation_id, id=endpoint_id, **asked, **sealed)
    )
    await _note(tx, actor, "webhook.created", endpoint_id, **_told(asked))
    return await read_endpoint(tx, actor.organisation_id, endpoint_id), secret


async def list_endpoints(tx: Tx, organisation_id: UUID, page: Asked) -> Slice:
    """The organisation's endpoints, newest first."""
    query = _shown().where(WebhookEndpoint.organisation_id == organisation_id)
    return await read_slice(tx, query, WebhookEndpoint.id, page)


async def read_endpoint(tx: Tx, organisation_id: UUID, endpoint_id: UUID) -> Any:
    """One endpoint. Raises NotFound."""
    row = await tx.first(
        _shown().where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.id == endpoint_id)
    )
    if row is None:
        raise NotFound
    return row


async def change_endpoint(tx: Tx, actor: Actor, endpoint_id: UUID, given: Mapping[str, Any]) -> Any:
    """
    Change what was given and differs; the endpoint as it is then. `enabled` begins, or ends, a fresh start.

    Raises NotFound or WebhookExists. Whoever answers at another URL has not yet agreed to be called.
    """
    if "url" in given:
        await _lock_urls(tx, actor.organisation_id, given["url"], endpoint_id)
    await _lock(tx, actor.organisation_id, endpoint_id)
    found = await read_endpoint(tx, actor.organisation_id, endpoint_id)
    changed = {field: value for field, value in given.items() if getattr(found, field) != value}
    if changed:
        enabled = changed.get("enabled")
        plain = {field: value for field, value in changed.items() if field != "enabled"}
        turned = {} if enabled is None else _ENABLED if enabled else _SWITCHED_OFF
        unconfirmed = {"confirmed_at": None} if "url" in changed else {}
        await tx.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.organisation_id == actor.organisation_id, WebhookEndpoint.id == endpoint_id)
            .values(**plain, **turned, **unconfirmed)
        )
        await _note(tx, actor, "webhook.changed", endpoint_id, **_told(changed))
        tx.ring(DELIVERIES)
    return await read_endpoint(tx, actor.organisation_id, endpoint_id)


async def delete_endpoint(tx: Tx, actor: Actor, endpoint_id: UUID) -> None:
    """
    Remove an endpoint, with all that was and is to be sent to it. Raises NotFound.

    What is on its way is waited for first: whoever books an attempt locks in the same order, the dispatch, then this.
    """
    await tx.rows(
        select(WebhookDispatch.id)
        .where(
            WebhookDispatch.organisation_id == actor.organisation_id,
            WebhookDispatch.endpoint_id == endpoint_id,
            WebhookDispatch.lease_expires_at.is_not(None),
        )
        .with_for_update()
    )
    gone = await tx.execute(
        delete(WebhookEndpoint).where(
            WebhookEndpoint.organisation_id == actor.organisation_id, WebhookEndpoint.id == endpoint_id
        )
    )
    if not gone:
        raise NotFound
    await _note(tx, actor, "webhook.deleted", endpoint_id)


async def rotate_secret(tx: Tx, actor: Actor, endpoint_id: UUID, box: Box) -> tuple[Any, str]:
    """A new secret, shown this once; for a day the one before it signs as well. Raises NotFound."""
    sealed = await _lock(tx, actor.organisation_id, endpoint_id)
    secret = new_secret()
    await tx.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.organisation_id == actor.organisation_id, WebhookEndpoint.id == endpoint_id)
        .values(
            secret=box.seal(secret.encode()),
            previous_secret=box.seal(box.open(sealed.secret)),
            previous_until=func.now() + literal(BOTH_SIGN_FOR),
            sealed_with=box.name,
        )
    )
    await _note(tx, actor, "webhook.secret_rotated", endpoint_id)
    return await read_endpoint(tx, actor.organisation_id, endpoint_id), secret


async def seal_anew(tx: Tx, organisation_id: UUID, endpoint_id: UUID, box: Box) -> None:
    """Seal an endpoint's secrets with the newest key, so that the older keys can be taken away."""
    sealed = await _lock(tx, organisation_id, endpoint_id)
    previous = None if sealed.previous_secret is None else box.seal(box.open(sealed.previous_secret))
    await tx.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.id == endpoint_id)
        .values(secret=box.seal(box.open(sealed.secret)), previous_secret=previous, sealed_with=box.name)
    )


async def send_test(tx: Tx, actor: Actor, endpoint_id: UUID) -> Any:
    """Send an event to this endpoint alone, to try it; its delivery. Raises NotFound or WebhookDisabled."""
    await need_enabled(tx, actor.organisation_id, endpoint_id)
    data = f'{{"webhook_id":"{endpoint_id}"}}'
    (dispatch_id,) = await events.record(tx, actor.organisation_id, TEST, data, [endpoint_id])
    await _note(tx, actor, "webhook.tested", endpoint_id)
    return await deliveries.read_delivery(tx, actor.organisation_id, dispatch_id)


async def need_enabled(tx: Tx, organisation_id: UUID, endpoint_id: UUID) -> None:
    """Raise NotFound, or WebhookDisabled; and keep the endpoint there until the end of the transaction."""
    await _lock(tx, organisation_id, endpoint_id)
    found = await read_endpoint(tx, organisation_id, endpoint_id)
    if not found.enabled:
        raise WebhookDisabled(found.disabled_reason)


_ENABLED = {"disabled_at": None, "disabled_reason": None, "failing_since": None, "failed_events": 0}
_SWITCHED_OFF = {"disabled_at": func.now(), "disabled_reason": DisabledReason.SWITCHED_OFF.value}


async def _lock(tx: Tx, organisation_id: UUID, endpoint_id: UUID) -> Any:
    """Hold the endpoint until the end of the transaction; its sealed secrets. Raises NotFound."""
    row = await tx.first(
        select(WebhookEndpoint.secret, WebhookEndpoint.previous_secret)
        .where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.id == endpoint_id)
        .with_for_update(key_share=True)
    )
    if row is None:
        raise NotFound
    return row


async def _lock_urls(tx: Tx, organisation_id: UUID, url: str, own_id: UUID | None = None) -> int:
    """
    Let admins who add or move endpoints at the same moment go one after the other; how many endpoints there are.

    Raises WebhookExists where an endpoint other than `own_id` has this URL.
    """
    await tx.first(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))
    rows = await tx.rows(
        select(WebhookEndpoint.id, WebhookEndpoint.url).where(WebhookEndpoint.organisation_id == organisation_id)
    )
    for row in rows:
        if row.id != own_id and is_same_url(row.url, url):
            raise WebhookExists(str(row.id))
    return len(rows)


async def _note(tx: Tx, actor: Actor, action: str, endpoint_id: UUID, **facts: object) -> None:
    target = str(endpoint_id)
    await audit.record(tx, actor.organisation_id, action, user_id=actor.user_id, target=target, **facts)


def _told(fields: Mapping[str, Any]) -> dict[str, object]:
    """What an audit entry says of these fields."""
    told: dict[str, object] = {field: value for field, value in fields.items() if field not in ("url", "description")}
    if fields.get("description"):
        told["description"] = CHANGED
    return told | ({"host": urlsplit(fields["url"]).hostname} if "url" in fields else {})


def _shown() -> Select[*tuple[Any, ...]]:
    """An endpoint as the API shows it: never its secrets."""
    endpoint = WebhookEndpoint
    return select(
        endpoint.id,
        endpoint.url,
        endpoint.description,
        endpoint.events,
        endpoint.disabled_at.is_(None).label("enabled"),
        endpoint.disabled_at,
        endpoint.disabled_reason,
        endpoint.failing_since,
        endpoint.failed_events,
        case((endpoint.previous_until > func.now(), endpoint.previous_until)).label("previous_secret_until"),
        endpoint.created_at,
    )
