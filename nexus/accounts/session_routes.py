"""The paths of a person's own sessions: where they are signed in, and how to end that. No API key opens them."""

from fastapi import APIRouter

from nexus.accounts import sessions
from nexus.accounts.auth import CallerTx, PersonCaller
from nexus.accounts.key_schemas import SessionShown
from nexus.core.http import JudgedRoute
from nexus.core.ids import id_of
from nexus.core.paging import Page, PageAsked
from nexus.core.ratelimit import ends_access

v1 = APIRouter(prefix="/v1/sessions", tags=["sign-in"], route_class=JudgedRoute)


@v1.get("")
async def list_sessions(caller: PersonCaller, tx: CallerTx, page: PageAsked) -> Page[SessionShown]:
    """List where you are signed in."""
    found = await sessions.list_sessions(tx, caller.organisation_id, caller.user_id, caller.session_id, page)
    return Page[SessionShown].of(found)


@v1.delete("", status_code=204)
@ends_access
async def end_all_sessions(caller: PersonCaller, tx: CallerTx) -> None:
    """Sign out everywhere: all your sessions end at once, this one too, and their tokens hold no longer."""
    await sessions.end_all(tx, caller.organisation_id, caller.user_id)


@v1.delete("/{session_id}", status_code=204)
@ends_access
async def end_session(session_id: str, caller: PersonCaller, tx: CallerTx) -> None:
    """End one of your sessions: its tokens hold no longer."""
    await sessions.end_own(tx, caller.organisation_id, caller.user_id, id_of(session_id))
