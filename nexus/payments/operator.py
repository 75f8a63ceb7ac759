"""
What the operator does with purchases from the command line: comparing our books with Stripe's.

An event that never came, or came while something was wrong, leaves a buyer without credits; this finds them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from nexus.core.clock import now
from nexus.core.db import Database
from nexus.payments import services
from nexus.payments.notices import Session, read
from nexus.payments.outcomes import Outcome
from nexus.payments.stripe_api import StripeAPI

DONE = frozenset({Outcome.FULFILLED, Outcome.FULFILLED_BEFORE})
MISSING = "not a purchase here"
UNKNOWN = "never opened here, though it names us"


@dataclass
class Found:
    """How many sessions Stripe says are paid, which of them were no purchase here, and how many are none still."""

    paid: int = 0
    missing: list[str] = field(default_factory=list)
    left: int = 0


async def reconcile(db: Database, stripe: StripeAPI, days: int, *, fulfil: bool) -> Found:
    """Compare the paid sessions of the last days with our purchases; enter what is missing, if so asked."""
    found, since = Found(), int((now() - timedelta(days=days)).timestamp())
    async for page in stripe.paid_sessions(since):
        for told in page:
            await _compare(db, told, found, fulfil=fulfil)
    return found


async def _compare(db: Database, told: Mapping[str, Any], found: Found, *, fulfil: bool) -> None:
    """Look at one session, in a transaction of its own: it locks what it settles, as events do."""
    session = read(Session, told)
    async with db.system() as tx:
        settled = None if session is None else await services.is_settled(tx, session.id)
        if settled is None and "checkout_id" not in (told.get("metadata") or {}):
            return  # the account may sell other things, which are none of ours
        found.paid += 1
        if settled:
            return
        outcome = Outcome.UNREADABLE if session is None else UNKNOWN if settled is None else MISSING
        if fulfil and session is not None:
            outcome = await services.settle(tx, session)
    found.left += outcome not in DONE
    found.missing.append(f"{told.get('id')}  {told.get('amount_total')} {told.get('currency')}  {outcome}")
