"""What can go wrong with webhooks, in the caller's words."""

from nexus.core.errors import Conflict, NexusError

RETRY_SECONDS = 5  # a look-up takes no longer


class TooManyWebhooks(Conflict):
    """The organisation has as many endpoints as it may have."""

    code = "too_many_webhooks"
    title = "Too many webhooks"
    example = (10,)

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Your organisation has {limit} webhooks already. Delete one, then send it again.", limit=limit
        )


class TooManyLookUps(NexusError):
    """The organisation has other addresses looked up at this moment."""

    status = 429
    code = "too_many_look_ups"
    title = "Too many look-ups"
    example = ()

    def __init__(self) -> None:
        detail = "The host names of two other webhooks of your organisation are being looked up. Send it again."
        super().__init__(detail, retry_after=RETRY_SECONDS)


class WebhookDisabled(Conflict):
    """Nothing is sent to an endpoint that is switched off."""

    code = "webhook_disabled"
    title = "The webhook is disabled"
    example = ("failing",)

    def __init__(self, reason: str) -> None:
        detail = "Nothing is sent to this webhook while it is disabled. Enable it with PATCH, then send it again."
        super().__init__(detail, disabled_reason=reason)


class DeliveryUnderWay(Conflict):
    """The delivery has not ended, so there is nothing to replay."""

    code = "delivery_under_way"
    title = "Still under way"
    example = ()

    def __init__(self) -> None:
        super().__init__("This delivery is still under way. Replay it once it is delivered or dead.")
