"""The paths of a team: its members, and invitations to it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from nexus.accounts import invitations, members, services
from nexus.accounts.auth import AdminCaller, AdminPersonCaller, Caller, CallerTx, PersonCaller
from nexus.accounts.desk import Desk
from nexus.accounts.errors import (
    AlreadyInvited,
    AlreadyMember,
    ChangedMeanwhile,
    InvitationForAnother,
    InvitationOver,
    LastAdmin,
    TooManyInvitations,
)
from nexus.accounts.members import Acting
from nexus.accounts.models import Client, UserStatus
from nexus.accounts.reception import Reception
from nexus.accounts.schemas import Member, TokenPair
from nexus.accounts.team_schemas import (
    InvitationAsked,
    InvitationMade,
    InvitationOffer,
    InvitationShown,
    InvitationToken,
    MemberChange,
)
from nexus.core.errors import MethodNotAllowed, NotFound, may_raise
from nexus.core.http import JudgedRoute
from nexus.core.paging import Page, PageAsked
from nexus.core.parts import part
from nexus.core.ratelimit import ends_access

v1 = APIRouter(prefix="/v1", tags=["team"], route_class=JudgedRoute)

ACCEPT, LOOK_UP = "accept", "look-up"

TheDesk = Annotated[Desk, Depends(part(Desk))]
TheReception = Annotated[Reception, Depends(part(Reception))]
OfStatus = Annotated[UserStatus | None, Query(description="Only those: whoever was removed is listed by it alone.")]


@v1.get("/members")
async def list_members(caller: AdminCaller, tx: CallerTx, page: PageAsked, status: OfStatus = None) -> Page[Member]:
    """List the people of your organisation, and those who wait to be let in."""
    return Page[Member].of(await services.list_members(tx, caller.organisation_id, page, status))


@v1.patch("/members/{user_id}")
@may_raise(LastAdmin)
async def change_member(user_id: str, asked: MemberChange, caller: AdminPersonCaller, tx: CallerTx) -> Member:
    """Change a member's role, or let in somebody who waits. It holds from their next request."""
    return Member.model_validate(await members.change_member(tx, _acting(caller), user_id, asked.change))


@v1.delete("/members/{user_id}", status_code=204)
@may_raise(LastAdmin)
@ends_access
async def remove_member(user_id: str, caller: AdminPersonCaller, tx: CallerTx) -> None:
    """Remove a member, yourself included, or refuse somebody who waits. It holds from their next request."""
    await members.remove_member(tx, _acting(caller), user_id)


@v1.get("/invitations")
async def list_invitations(caller: AdminCaller, tx: CallerTx, page: PageAsked) -> Page[InvitationShown]:
    """List the invitations of your organisation, whatever became of them."""
    return Page[InvitationShown].of(await invitations.list_invitations(tx, caller.organisation_id, page))


@v1.post("/invitations", status_code=201)
@may_raise(AlreadyMember, AlreadyInvited, TooManyInvitations)
async def invite(
    asked: InvitationAsked, caller: AdminPersonCaller, tx: CallerTx, reception: TheReception
) -> InvitationMade:
    """Invite somebody. The link is shown this once: pass it on, or have it mailed where a mail server is set."""
    return InvitationMade.of(*await reception.invite(tx, _acting(caller), asked.email, asked.role))


@v1.post(f"/invitations/{LOOK_UP}")
@may_raise(NotFound, InvitationForAnother)
async def look_up_invitation(
    asked: InvitationToken, caller: PersonCaller, tx: CallerTx, desk: TheDesk
) -> InvitationOffer:
    """Read what an invitation for your address offers, before you accept it. Nothing changes."""
    offer = await desk.read_offer(tx, caller.organisation_id, caller.user_id, asked.token)
    return InvitationOffer.model_validate(offer)


@v1.post(f"/invitations/{ACCEPT}")
@may_raise(NotFound, InvitationForAnother, InvitationOver, LastAdmin, ChangedMeanwhile)
async def accept_invitation(
    asked: InvitationToken,
    caller: PersonCaller,
    tx: CallerTx,  # noqa: ARG001 - keeps the answer for its key; the move itself goes through another role
    desk: TheDesk,
) -> TokenPair:
    """Accept an invitation and move to where it leads. Your old tokens end; what you did stays where you did it."""
    return await desk.accept(caller.organisation_id, caller.user_id, Client(caller.client), asked.token)


@v1.post("/invitations/{invitation_id}/resend")
@may_raise(InvitationOver)
async def resend_invitation(
    invitation_id: str, caller: AdminPersonCaller, tx: CallerTx, reception: TheReception
) -> InvitationMade:
    """Send an invitation again: it gets a new link and its full time, and the old link is dead."""
    return InvitationMade.of(*await reception.resend(tx, _acting(caller), invitation_id))


@v1.delete("/invitations/{invitation_id}", status_code=204)
@may_raise(InvitationOver)
async def revoke_invitation(invitation_id: str, caller: AdminCaller, tx: CallerTx) -> None:
    """Take an invitation back: its link is dead at once."""
    if invitation_id in (ACCEPT, LOOK_UP):  # those are paths of their own, which take no DELETE
        raise MethodNotAllowed("POST")
    await invitations.revoke(tx, _acting(caller), invitation_id)


def _acting(caller: Caller) -> Acting:
    return Acting(caller.organisation_id, caller.user_id)
