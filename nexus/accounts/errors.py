"""What can go wrong with signing in, in the caller's words."""

from nexus.core.errors import NexusError, NotAllowed


class InvalidIdentity(NexusError):
    """The identity provider's word does not hold, or is not for us."""

    status = 401
    code = "invalid_identity"
    title = "Identity not accepted"
    example = ("The ID token does not hold. Get a new one from Google and send it again.",)


class MembershipRemoved(NotAllowed):
    """An admin removed this person; only an invitation brings them back."""

    code = "membership_removed"
    title = "Removed from the organisation"
    example = ()

    def __init__(self) -> None:
        super().__init__("You were removed from your organisation. Ask one of its admins for an invitation.")


class ApprovalPending(NotAllowed):
    """The organisation wants an admin to let this person in first."""

    code = "approval_pending"
    title = "Waiting for approval"
    example = ()

    def __init__(self) -> None:
        super().__init__("An admin of your organisation has to let you in. Ask them, then sign in again.")


class InvitationNeeded(NotAllowed):
    """The organisation lets nobody join by their domain."""

    code = "invitation_needed"
    title = "Invitation needed"
    example = ()

    def __init__(self) -> None:
        super().__init__("Your organisation takes new people by invitation only. Ask one of its admins for one.")
