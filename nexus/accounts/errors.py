"""What can go wrong with signing in, in the caller's words."""

from nexus.core.errors import NexusError, NotAllowed


class InvalidIdentity(NexusError):
    """The identity provider's word does not hold, or is not for us."""

    status = 401
    code = "invalid_identity"
    title = "Identity not accepted"


class MembershipRemoved(NotAllowed):
    """An admin removed this person; only an invitation brings them back."""

    code = "membership_removed"
    title = "Removed from the organisation"

    def __init__(self) -> None:
        super().__init__("You were removed from your organisation. Ask one of its admins for an invitation.")


class ApprovalPending(NotAllowed):
    """The organisation wants an admin to let this person in first."""

    code = "approval_pending"
    title = "Waiting for approval"

    def __init__(self) -> None:
        super().__init__("An admin of your organisation has to let you in. Ask them, then sign in again.")


class InvitationNeeded(NotAllowed):
    """The organisation lets nobody join by their domain."""

    code = "invitation_needed"
    title = "Invitation needed"

    def __init__(self) -> None:
        super().__init__("Your organisation takes new people by invitation only. Ask one of its admins for one.")
