"""The paths of the audit: who did what in your organisation."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from nexus.accounts import standing
from nexus.accounts.auth import AdminCaller, CallerTx
from nexus.audit import export, services
from nexus.audit.export import MEDIA_TYPES, Format
from nexus.audit.schemas import AuditEventShown
from nexus.audit.services import Wanted
from nexus.core.db import Database
from nexus.core.http import JudgedRoute
from nexus.core.paging import Page, PageAsked
from nexus.core.parts import part

v1 = APIRouter(prefix="/v1/audit-events", tags=["team"], route_class=JudgedRoute)

OfAction = Annotated[
    str | None,
    Query(max_length=100, pattern=r"^[a-z_]+\.[a-z_]+$", description="Only what is called so: `member.removed`."),
]
OfPerson = Annotated[UUID | None, Query(description="Only what this person did.")]
InFormat = Annotated[Format, Query(description="CSV with a row of headings, or one JSON object a line.")]
FILE = {
    "description": "The events, newest first.",
    "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
}


def wanted(action: OfAction = None, user_id: OfPerson = None) -> Wanted:
    """Which events are asked for."""
    return Wanted(action, user_id)


WantedEvents = Annotated[Wanted, Depends(wanted)]


@v1.get("")
async def list_audit_events(
    caller: AdminCaller, tx: CallerTx, page: PageAsked, events: WantedEvents
) -> Page[AuditEventShown]:
    """List who did what in your organisation, newest first."""
    return Page[AuditEventShown].of(await services.list_events(tx, caller.organisation_id, page, events))


@v1.get("/export", response_class=StreamingResponse, responses={200: FILE})
async def export_audit_events(
    caller: AdminCaller,
    tx: CallerTx,
    events: WantedEvents,
    db: Annotated[Database, Depends(part(Database))],
    format: InFormat = Format.CSV,  # noqa: A002 - what callers call it
) -> StreamingResponse:
    """Download all of it as a file. That you did is written down too."""
    organisation_id, user_id = caller.organisation_id, caller.user_id
    await services.record(tx, organisation_id, "audit.exported", user_id=user_id, target=None, format=format)
    may_read = partial(standing.must_be_admin_still, admin=caller.reader)
    pieces = export.write(db, organisation_id, may_read, events, format)
    name = {"Content-Disposition": f'attachment; filename="audit-events.{format}"'}
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[format], headers=name)
