"""The paths of webhooks, all for admins: who is told of events, and what became of the telling."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from nexus.accounts.auth import AdminCaller, AdminPersonCaller, CallerTx
from nexus.core.errors import may_raise
from nexus.core.http import JudgedRoute
from nexus.core.ids import id_of
from nexus.core.paging import Page, PageAsked
from nexus.core.parts import part
from nexus.core.ratelimit import ends_access
from nexus.webhooks import deliveries, replays, services
from nexus.webhooks.desk import Desk
from nexus.webhooks.errors import (
    DeliveryUnderWay,
    ReplayLimitReached,
    TooManyLookUps,
    TooManyReplays,
    TooManyWebhooks,
    WebhookDisabled,
    WebhookExists,
)
from nexus.webhooks.models import DispatchStatus
from nexus.webhooks.schemas import (
    DeliveryShown,
    DeliveryWithBody,
    Replayed,
    WebhookAsked,
    WebhookChange,
    WebhookShown,
    WebhookWithSecret,
)
from nexus.webhooks.services import Actor

TheDesk = Annotated[Desk, Depends(part(Desk))]
Status = Annotated[DispatchStatus | None, Query(description="Only deliveries that stand so.")]

v1 = APIRouter(prefix="/v1", tags=["webhooks"], route_class=JudgedRoute)


@v1.get("/webhooks")
async def list_webhooks(caller: AdminCaller, tx: CallerTx, page: PageAsked) -> Page[WebhookShown]:
    """List your organisation's webhooks, newest first."""
    return Page[WebhookShown].of(await services.list_endpoints(tx, caller.organisation_id, page))


@v1.post("/webhooks", status_code=201)
@may_raise(TooManyWebhooks, TooManyLookUps, WebhookExists)
async def create_webhook(
    asked: WebhookAsked, caller: AdminPersonCaller, tx: CallerTx, desk: TheDesk
) -> WebhookWithSecret:
    """Register an address that is told of events. The secret that signs them is shown this once."""
    actor = Actor(caller.organisation_id, caller.user_id)
    return WebhookWithSecret.of(*await desk.register(tx, actor, asked.model_dump()))


@v1.get("/webhooks/{webhook_id}")
async def read_webhook(webhook_id: str, caller: AdminCaller, tx: CallerTx) -> WebhookShown:
    """Read a webhook: what it listens for, and how it does."""
    found = await services.read_endpoint(tx, caller.organisation_id, id_of(webhook_id))
    return WebhookShown.model_validate(found)


@v1.patch("/webhooks/{webhook_id}")
@may_raise(TooManyLookUps, WebhookExists)
async def change_webhook(
    webhook_id: str, asked: WebhookChange, caller: AdminPersonCaller, tx: CallerTx, desk: TheDesk
) -> WebhookShown:
    """Change a webhook: its address, what it listens for, whether it is enabled."""
    actor = Actor(caller.organisation_id, caller.user_id)
    changed = await desk.change(tx, actor, id_of(webhook_id), asked.model_dump(exclude_unset=True))
    return WebhookShown.model_validate(changed)


@v1.delete("/webhooks/{webhook_id}", status_code=204)
@ends_access
async def delete_webhook(webhook_id: str, caller: AdminCaller, tx: CallerTx) -> None:
    """Delete a webhook, with the record of what was sent to it. What waits to be sent is not sent any more."""
    await services.delete_endpoint(tx, Actor(caller.organisation_id, caller.user_id), id_of(webhook_id))


@v1.post("/webhooks/{webhook_id}/rotate-secret")
async def rotate_webhook_secret(
    webhook_id: str, caller: AdminPersonCaller, tx: CallerTx, desk: TheDesk
) -> WebhookWithSecret:
    """Change a webhook's secret. The new one is shown this once; for 24 hours the old one signs as well."""
    actor = Actor(caller.organisation_id, caller.user_id)
    return WebhookWithSecret.of(*await desk.rotate(tx, actor, id_of(webhook_id)))


@v1.post("/webhooks/{webhook_id}/test", status_code=202)
@may_raise(WebhookDisabled)
async def test_webhook(webhook_id: str, caller: AdminCaller, tx: CallerTx) -> DeliveryShown:
    """Send a test event to a webhook, whatever it listens for: a `webhook.test`."""
    actor = Actor(caller.organisation_id, caller.user_id)
    return DeliveryShown.model_validate(await services.send_test(tx, actor, id_of(webhook_id)))


@v1.get("/webhooks/{webhook_id}/deliveries")
async def list_webhook_deliveries(
    webhook_id: str, caller: AdminCaller, tx: CallerTx, page: PageAsked, status: Status = None
) -> Page[DeliveryShown]:
    """List what was and is to be sent to a webhook, newest first: one entry for an event, with its attempts."""
    endpoint_id = id_of(webhook_id)
    await services.read_endpoint(tx, caller.organisation_id, endpoint_id)
    found = await deliveries.list_deliveries(tx, caller.organisation_id, endpoint_id, page, status)
    return Page[DeliveryShown].of(found)


@v1.post("/webhooks/{webhook_id}/replay-failed", status_code=202)
@may_raise(WebhookDisabled, ReplayLimitReached, TooManyReplays)
async def replay_failed_deliveries(webhook_id: str, caller: AdminCaller, tx: CallerTx) -> Replayed:
    """Send once more what could not be delivered to a webhook: 1000 deliveries an hour, each five times at most."""
    replayed = await replays.replay_failed(tx, caller.organisation_id, caller.user_id, id_of(webhook_id))
    return Replayed(replayed=replayed)


@v1.get("/webhook-deliveries/{delivery_id}")
async def read_delivery(delivery_id: str, caller: AdminCaller, tx: CallerTx, desk: TheDesk) -> DeliveryWithBody:
    """Read a delivery with the body that is sent."""
    found = await deliveries.read_with_body(tx, caller.organisation_id, id_of(delivery_id), desk.complete)
    return DeliveryWithBody.model_validate(found)


@v1.post("/webhook-deliveries/{delivery_id}/replay", status_code=202)
@may_raise(DeliveryUnderWay, WebhookDisabled, ReplayLimitReached, TooManyReplays)
async def replay_delivery(delivery_id: str, caller: AdminCaller, tx: CallerTx) -> DeliveryShown:
    """Send a delivery once more, with the same event id and body: five times at most."""
    replayed = await replays.replay_delivery(tx, caller.organisation_id, caller.user_id, id_of(delivery_id))
    return DeliveryShown.model_validate(replayed)
