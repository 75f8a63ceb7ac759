"""What can go wrong with credits, in the caller's words."""

from nexus.core.errors import Conflict


class InsufficientCredits(Conflict):
    """The organisation cannot pay for this."""

    status = 402
    code = "insufficient_credits"
    title = "Not enough credits"
    example = (10, 4)

    def __init__(self, needed: int, available: int) -> None:
        detail = f"This costs {needed} credits and your organisation has {available}. Add credits, then send it again."
        super().__init__(detail, needed=needed, available=available)


class SpendingStopped(Conflict):
    """The organisation's books do not agree; nothing is spent until they do."""

    code = "spending_stopped"
    title = "Spending is stopped"
    example = ()

    def __init__(self) -> None:
        super().__init__("Your organisation's books are being checked, and nothing is charged meanwhile. Try later.")
