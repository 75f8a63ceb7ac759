"""What can go wrong with credits, in the caller's words."""

from nexus.core.errors import Conflict


class InsufficientCredits(Conflict):
    """The organisation cannot pay for this."""

    status = 402
    code = "insufficient_credits"
    title = "Not enough credits"

    def __init__(self, needed: int, available: int) -> None:
        detail = f"This costs {needed} credits and your organisation has {available}. Buy credits, then send it again."
        super().__init__(detail, needed=needed, available=available)
