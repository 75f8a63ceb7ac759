"""The paths of credits: the balance, the ledger, and what each day cost."""

from typing import Annotated

from fastapi import APIRouter, Query

from nexus.accounts.auth import AnyCaller, CallerTx
from nexus.core.http import JudgedRoute
from nexus.core.paging import Page, PageAsked
from nexus.core.ratelimit import status_read
from nexus.credits import services
from nexus.credits.schemas import Balance, Transaction, UsageDay
from nexus.credits.usage import read_usage

v1 = APIRouter(prefix="/v1/credits", tags=["credits"], route_class=JudgedRoute)

Days = Annotated[int, Query(ge=1, le=366, description="How many days, today included.")]


@v1.get("")
@status_read
async def read_balance(caller: AnyCaller, tx: CallerTx) -> Balance:  # noqa: ARG001 - signed in is enough
    """Read your organisation's balance."""
    return await services.read_balance(tx)


@v1.get("/transactions")
@status_read
async def list_transactions(caller: AnyCaller, tx: CallerTx, page: PageAsked) -> Page[Transaction]:
    """List the ledger: every credit that came or went, newest first."""
    return Page[Transaction].of(await services.list_transactions(tx, caller.organisation_id, page))


@v1.get("/usage")
@status_read
async def read_daily_usage(caller: AnyCaller, tx: CallerTx, days: Days = 7) -> Page[UsageDay]:
    """Read what each of the last days cost: oldest first, today last, by UTC days; always a single page."""
    return Page(items=await read_usage(tx, caller.organisation_id, days), next_cursor=None)
