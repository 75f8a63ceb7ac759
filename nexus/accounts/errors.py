"""What can go wrong with signing in, with an organisation's people and with API keys, in the caller's words."""

from typing import Any, ClassVar

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


class LastAdmin(Conflict):
    """Without this person the organisation would have no admin."""

    code = "last_admin"
    title = "The last admin"
    example = ()

    def __init__(self) -> None:
        super().__init__("An organisation keeps at least one admin. Make somebody else an admin first.")


class AlreadyMember(Conflict):
    """Whoever is to be invited belongs to the organisation already."""

    code = "already_member"
    title = "A member already"
    example = ()

    def __init__(self) -> None:
        super().__init__("Somebody with this address is a member of your organisation already.")


class AlreadyInvited(Conflict):
    """There is an open invitation for this address."""

    code = "already_invited"
    title = "Invited already"
    example = ()

    def __init__(self) -> None:
        super().__init__("There is an open invitation for this address. Send that one again, or revoke it first.")


class InvitationForAnother(NotAllowed):
    """The invitation is for another address than that of whoever brings it. Nothing else is said of it."""

    code = "invitation_for_another"
    title = "An invitation for another address"
    example = ()

    def __init__(self) -> None:
        super().__init__("This invitation is for another address. Sign in with the account that it was made for.")


class InvitationOver(Conflict):
    """The invitation is no longer good; `reason` says why."""

    code = "invitation_over"
    title = "Invitation no longer good"
    example: ClassVar[tuple[Any, ...]] = ("expired",)

    def __init__(self, reason: str) -> None:
        super().__init__(f"This invitation is no longer good: {reason}. Ask for a new one.", reason=reason)


class ChangedMeanwhile(Conflict):
    """Where the person belongs was changed by another request at the same moment."""

    code = "changed_meanwhile"
    title = "Changed meanwhile"
    example = ()

    def __init__(self) -> None:
        super().__init__("Your membership was changed at the same moment. Send the request again.")


class TooManyInvitations(Conflict):
    """The organisation has as many open invitations as it may."""

    code = "too_many_invitations"
    title = "Too many invitations"
    example = (100,)

    def __init__(self, most: int) -> None:
        super().__init__(
            f"Your organisation has {most} open invitations already. Take one back, or wait until one is used.",
            most=most,
        )


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
