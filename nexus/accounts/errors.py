"""What can go wrong with signing in and with API keys, in the caller's words."""

from nexus.core.errors import Conflict, NexusError, NotAllowed


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


class TooManyApiKeys(Conflict):
    """The organisation has as many API keys as it may."""

    code = "too_many_api_keys"
    title = "Too many API keys"
    example = (50,)

    def __init__(self, most: int) -> None:
        super().__init__(f"Your organisation may have {most} API keys, and has them. Revoke one first.", most=most)


class ApiKeyExpired(Conflict):
    """The API key has expired: a new value would hold no longer than the old one."""

    code = "api_key_expired"
    title = "API key expired"
    example = ()

    def __init__(self) -> None:
        super().__init__("This API key has expired. Make a new one, and revoke this one.")
