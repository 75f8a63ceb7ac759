"""What can go wrong with buying credits, in the caller's words."""

from nexus.core.errors import NexusError, Unavailable

SOON_SECONDS = 5
LATER_SECONDS = 60


class BillingNotConfigured(Unavailable):
    """Nothing is sold here: the operator has not set Stripe's keys."""

    code = "billing_not_configured"
    title = "Billing is not configured"
    example = ()

    def __init__(self) -> None:
        super().__init__("Credits are not sold here: the operator has not configured billing.", LATER_SECONDS)


class StripeUnavailable(Unavailable):
    """Stripe does not answer, or will not open a checkout. Nothing was bought."""

    code = "stripe_unavailable"
    title = "Stripe is away"
    example = ()

    def __init__(self, retry_after: int = SOON_SECONDS) -> None:
        super().__init__(
            "Stripe does not answer as it should for the moment, and nothing was bought. Try later.", retry_after
        )


class EventRefused(NexusError):
    """This is no event that Stripe signed for us a moment ago."""

    status = 400
    code = "event_refused"
    title = "Event refused"
    example = ()

    def __init__(self) -> None:
        super().__init__("This is not an event that is taken here.")
