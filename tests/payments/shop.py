"""What tests of payments do again and again: buy, pay, tell of it, and look at what it came to."""

import json
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from tests.house import Person
from tests.payments.stripe_server import STARTER, StripeServer, Thing, event, signature

COMPLETED, PAID_LATER = "checkout.session.completed", "checkout.session.async_payment_succeeded"
EVENTS = "/billing/stripe-events"
WELCOME = 100


async def deliver(api: httpx.AsyncClient, told: Thing | bytes, signed: str | None = None) -> httpx.Response:
    """Bring an event, signed as Stripe signs unless something else is said."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = {"Stripe-Signature": signature(body) if signed is None else signed, "Content-Type": "application/json"}
    return await api.post(EVENTS, content=body, headers=headers)


@dataclass(frozen=True)
class Shop:
    """Somebody who buys, and where."""

    api: httpx.AsyncClient
    stripe: StripeServer
    truth: asyncpg.Connection
    buyer: Person

    async def checkout(self, pack: str = STARTER, **headers: str) -> Thing:
        """Open a checkout; Stripe's session of it."""
        answer = await self.buyer.api.post("/billing/checkout", json={"pack_id": pack}, headers=headers)
        assert answer.status_code == 201, answer.text
        return self.stripe.session_of(answer.json()["url"])

    async def pay(self, pack: str = STARTER) -> Thing:
        """Open a checkout and pay it; nobody has told us yet."""
        return self.stripe.pay(await self.checkout(pack))

    async def buy(self, pack: str = STARTER) -> Thing:
        """Buy a pack from beginning to end."""
        session = await self.pay(pack)
        await self.tell(event(COMPLETED, session))
        return session

    async def tell(self, told: Thing) -> str:
        """Bring an event that must be taken; what became of it."""
        answer = await deliver(self.api, told)
        assert (answer.status_code, answer.json()) == (200, {"received": True}), answer.text
        outcome = await self.truth.fetchval("SELECT outcome FROM stripe_events WHERE event_id = $1", told["id"])
        return str(outcome)

    async def account(self) -> tuple[int, int]:
        """The balance and the debt, as the API says them."""
        said = (await self.buyer.api.get("/credits")).json()
        return said["balance"], said["debt"]

    async def entries(self) -> list[tuple[str, int]]:
        """The ledger without the welcome, oldest first."""
        items = (await self.buyer.api.get("/credits/transactions?limit=100")).json()["items"]
        return [(one["type"], one["amount"]) for one in reversed(items)][1:]

    async def spend(self, amount: int) -> None:
        """Let so many credits be gone, as if jobs had cost them."""
        await self.truth.execute(SPENT, self.buyer.organisation_id, amount)

    async def audit(self) -> list[tuple[str, Any]]:
        """What was written down of payments, oldest first: what, and by whom."""
        rows = await self.truth.fetch(AUDIT, self.buyer.organisation_id)
        return [(row["action"], row["user_id"]) for row in rows]


SPENT = """
WITH booked AS (
    UPDATE org_credits SET balance = balance - $2, last_seq = last_seq + 1 WHERE organisation_id = $1
    RETURNING balance, last_seq)
INSERT INTO credit_transactions (organisation_id, id, type, amount, balance_after, seq, description)
SELECT $1, gen_random_uuid(), 'adjustment', -$2, balance, last_seq, 'spent' FROM booked
"""
AUDIT = """
SELECT action, user_id FROM audit_events
WHERE organisation_id = $1 AND (action ~ '^(checkout|payment)' OR action ~ '^credits') ORDER BY id
"""
