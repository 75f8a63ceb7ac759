"""The events of jobs, as the API's description shows them. Nothing is served here."""

from typing import Annotated, Any

from fastapi import APIRouter, Header

from nexus.jobs.schemas import DONE, FAILED, JobEvent
from nexus.webhooks.models import EventType

WebhookId = Annotated[str, Header(alias="webhook-id", description="The event's id, the same for every attempt.")]
WebhookTimestamp = Annotated[
    str, Header(alias="webhook-timestamp", description="When this attempt was signed, in Unix seconds.")
]
WebhookSignature = Annotated[
    str,
    Header(alias="webhook-signature", description="Standard Webhooks: `v1,` and base64, separated by spaces."),
]
NexusSignature = Annotated[
    str, Header(alias="Nexus-Signature", description="Stripe's form, with the endpoint's secret as key: `t=…,v1=…`.")
]
AN_EVENT = "019f9b1e-2d3b-7a1c-b2d3-e4f5a6b7c8d9"
ANSWERS: dict[int | str, dict[str, Any]] = {
    "2XX": {"description": "Delivered. Answer as soon as the event is written down, within 15 seconds."},
    "410": {"description": "Stop: the webhook is disabled."},
    "default": {"description": "Not delivered. The event is sent again after 5, 25 and 125 seconds, then given up."},
}

webhooks = APIRouter(tags=["webhooks"])


async def _job_event(
    event: JobEvent,
    webhook_id: WebhookId,
    webhook_timestamp: WebhookTimestamp,
    webhook_signature: WebhookSignature,
    nexus_signature: NexusSignature,
) -> None: ...


def _describe(event: EventType, summary: str, description: str, job: dict[str, Any]) -> None:
    example = {"id": AN_EVENT, "type": event.value, "created_at": job["completed_at"] or job["failed_at"], "data": job}
    webhooks.add_api_route(
        event.value,
        _job_event,
        methods=["POST"],
        responses=ANSWERS,
        operation_id=event.value.replace(".", "_"),
        summary=summary,
        description=description,
        openapi_extra={"requestBody": {"content": {"application/json": {"example": example}}}},
    )


_describe(EventType.JOB_COMPLETED, "A job is completed", "A job is completed, also one answered from the cache.", DONE)
_describe(EventType.JOB_FAILED, "A job has failed", "A job has failed or was cancelled. Its credits are back.", FAILED)
