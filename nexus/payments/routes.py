"""The paths of billing: what is sold, buying it, and what Stripe tells us."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from nexus.accounts.auth import AdminCaller, CallerTx, require_auth
from nexus.core.errors import NotFound, Unavailable, may_raise
from nexus.core.http import JudgedRoute
from nexus.core.parts import part
from nexus.payments.desk import Till
from nexus.payments.errors import BillingNotConfigured, EventRefused, StripeUnavailable
from nexus.payments.schemas import CheckoutAsked, CheckoutOpened, EventTaken, PackList, PackShown

v1 = APIRouter(prefix="/v1/billing", tags=["billing"], route_class=JudgedRoute)

EVENTS = "/v1/billing/stripe-events"

TheTill = Annotated[Till, Depends(part(Till))]
Signature = Annotated[
    str | None, Header(alias="Stripe-Signature", description="Stripe's signature of time and bytes: `t=…,v1=…`.")
]


@v1.get("/packs", dependencies=[Depends(require_auth)])
async def list_packs(till: TheTill) -> PackList:
    """List the packs of credits that are sold, and say whether any are and whom to ask otherwise."""
    packs = [PackShown.model_validate(pack) for pack in till.packs]
    contact = till.support_contact
    return PackList(items=packs, next_cursor=None, configured=till.configured, support_contact=contact)


@v1.post("/checkout", status_code=201)
@may_raise(BillingNotConfigured, StripeUnavailable, NotFound)
async def open_checkout(asked: CheckoutAsked, caller: AdminCaller, tx: CallerTx, till: TheTill) -> CheckoutOpened:
    """Begin to buy a pack: the address of Stripe's page where it is paid."""
    return CheckoutOpened(url=await till.open_checkout(tx, caller.organisation_id, caller.user_id, asked.pack_id))


@v1.post("/stripe-events", include_in_schema=False)
@may_raise(EventRefused, BillingNotConfigured, Unavailable)
async def take_stripe_event(request: Request, till: TheTill, signature: Signature = None) -> EventTaken:
    """Take an event from Stripe. Its signature is the proof of who sends it; nobody else can use this path."""
    await till.take_event(await request.body(), signature)
    return EventTaken(received=True)
