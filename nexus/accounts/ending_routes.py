"""The paths by which an organisation takes what is its own, and leaves."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from nexus.accounts import ending
from nexus.accounts.archive import MEDIA_TYPE, Archive
from nexus.accounts.auth import AdminCaller, CallerTx, PersonCaller
from nexus.accounts.members import Acting
from nexus.accounts.schemas import Deletion
from nexus.audit import services as audit
from nexus.core.http import JudgedRoute
from nexus.core.parts import part

v1 = APIRouter(prefix="/v1/organisation", tags=["team"], route_class=JudgedRoute)

FILE = {
    "description": "Everything, one JSON object a line: `kind` says what it is, `data` is as its list shows it.",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
}


@v1.get("/export", response_class=StreamingResponse, responses={200: FILE})
async def export_organisation(
    caller: AdminCaller, tx: CallerTx, archive: Annotated[Archive, Depends(part(Archive))]
) -> StreamingResponse:
    """Download everything that your organisation has here. That you did is written down."""
    organisation_id, user_id = caller.organisation_id, caller.user_id
    await audit.record(tx, organisation_id, "organisation.exported", user_id=user_id, target=str(organisation_id))
    name = {"Content-Disposition": 'attachment; filename="organisation.jsonl"'}
    return StreamingResponse(archive.write(caller.reader), media_type=MEDIA_TYPE, headers=name)


@v1.post("/deletion", status_code=201)
async def delete_organisation(caller: PersonCaller, tx: CallerTx) -> Deletion:
    """Have your organisation deleted: after thirty days its people and texts are erased, unless you call it off."""
    return Deletion(erased_after=await ending.ask_for_deletion(tx, Acting(caller.organisation_id, caller.user_id)))


@v1.delete("/deletion", status_code=204)
async def keep_organisation(caller: PersonCaller, tx: CallerTx) -> None:
    """Call the deletion of your organisation off."""
    await ending.call_off_deletion(tx, Acting(caller.organisation_id, caller.user_id))
