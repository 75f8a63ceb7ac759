"""The paths of accounts: who you are, and your organisation."""

from typing import Annotated

from fastapi import APIRouter, Depends

from nexus.accounts import services
from nexus.accounts.auth import AdminPersonCaller, AnyCaller, Caller, CallerTx
from nexus.accounts.schemas import Me, OrganisationChange, OrganisationName, OrganisationShown, UserShown
from nexus.core.db import Tx
from nexus.core.http import JudgedRoute
from nexus.core.parts import part
from nexus.core.ratelimit import Limits

TheLimits = Annotated[Limits, Depends(part(Limits))]

v1 = APIRouter(prefix="/v1", tags=["accounts"], route_class=JudgedRoute)


@v1.get("/me")
async def read_me(caller: AnyCaller, tx: CallerTx) -> Me:
    """Read who you are and for which organisation you act."""
    user = await services.read_user(tx, caller.organisation_id, caller.user_id)
    organisation = await services.read_organisation(tx, caller.organisation_id)
    return Me(user=UserShown.model_validate(user), organisation=OrganisationName.model_validate(organisation))


@v1.get("/organisation")
async def read_organisation(caller: AnyCaller, tx: CallerTx, limits: TheLimits) -> OrganisationShown:
    """Read your organisation."""
    found = await services.read_organisation(tx, caller.organisation_id)
    return OrganisationShown.under(limits.organisation, found, await _count_waiting(caller, tx))


@v1.patch("/organisation")
async def change_organisation(
    asked: OrganisationChange, caller: AdminPersonCaller, tx: CallerTx, limits: TheLimits
) -> OrganisationShown:
    """Change your organisation: its name, who joins it by domain, whether answers are kept to be given again."""
    changed = await services.change_organisation(tx, caller.organisation_id, caller.user_id, asked.given())
    return OrganisationShown.under(limits.organisation, changed, await _count_waiting(caller, tx))


@v1.get("/organisations/{organisation_id}")
async def read_organisation_by_id(
    organisation_id: str, caller: AnyCaller, tx: CallerTx, limits: TheLimits
) -> OrganisationShown:
    """Read your organisation by its id. Any other id is not found, whether it exists or not."""
    found = await services.read_own_organisation(tx, caller.organisation_id, organisation_id)
    return OrganisationShown.under(limits.organisation, found, await _count_waiting(caller, tx))


async def _count_waiting(caller: Caller, tx: Tx) -> int | None:
    """How many people wait to be let in: for those who could let them in."""
    return await services.count_waiting(tx, caller.organisation_id) if caller.is_admin else None
