"""The paths of the audit: who did what in your organisation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nexus.accounts.auth import AdminCaller, CallerTx
from nexus.audit import services
from nexus.audit.schemas import AuditEventShown
from nexus.core.http import JudgedRoute
from nexus.core.paging import Page, PageAsked

v1 = APIRouter(prefix="/v1/audit-events", tags=["team"], route_class=JudgedRoute)

OfAction = Annotated[
    str | None,
    Query(max_length=100, pattern=r"^[a-z_]+\.[a-z_]+$", description="Only what is called so: `member.removed`."),
]
OfPerson = Annotated[UUID | None, Query(description="Only what this person did.")]


@v1.get("")
async def list_audit_events(
    caller: AdminCaller, tx: CallerTx, page: PageAsked, action: OfAction = None, user_id: OfPerson = None
) -> Page[AuditEventShown]:
    """List who did what in your organisation, newest first."""
    found = await services.list_events(tx, caller.organisation_id, page, action, user_id)
    return Page[AuditEventShown].of(found)
