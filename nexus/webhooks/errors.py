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


class WebhookExists(Conflict):
    """The organisation has an endpoint with this URL, however the URL is written."""

    code = "webhook_exists"
    title = "The webhook exists"
    example = ("019f9b1d-0c1e-7b3a-9d4f-5a6b7c8d9e0f",)

    def __init__(self, webhook_id: str) -> None:
        detail = "Your organisation has a webhook with this URL. Change that webhook, or delete it first."
        super().__init__(detail, webhook_id=webhook_id)


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


class ReplayLimitReached(Conflict):
    """The delivery has been replayed as often as a delivery may be."""

    code = "replay_limit_reached"
    title = "Replay limit reached"
    example = (5,)

    def __init__(self, limit: int) -> None:
        super().__init__(f"A delivery can be replayed {limit} times. Read its event with the API instead.", limit=limit)


class TooManyReplays(NexusError):
    """The endpoint has had as many replays as it may have in an hour."""

    status = 429
    code = "too_many_replays"
    title = "Too many replays"
    example = (1000, 1260)

    def __init__(self, limit: int, retry_after: int) -> None:
        detail = f"A webhook can have {limit} replays an hour. Retry in {retry_after} seconds."
        super().__init__(detail, limit=limit, retry_after=retry_after)
