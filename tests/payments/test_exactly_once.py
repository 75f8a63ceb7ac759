"""
One checkout is one purchase: both event types, twenty copies each, shuffled, at once, at two API processes.

Every third seed brings copies with ids of their own, and every third a refund in between. `STRIPE_SEEDS=100` tries a
hundred seeds; the suite tries some of them.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.house import Servers, nexus, sign_in, some_domain
from tests.jobs.floor import Floor
from tests.migrations.scratch import scratch_database
from tests.payments.shop import COMPLETED, PAID_LATER, WELCOME, Shop, deliver
from tests.payments.stripe_server import StripeServer, Thing, event, refund

SEEDS = int(os.environ.get("STRIPE_SEEDS", "15"))
COPIES = 20
PURCHASES = """
SELECT count(*) FROM credit_transactions t JOIN checkouts c ON c.organisation_id = t.organisation_id
   AND c.id = t.checkout_id WHERE t.type = 'purchase' AND c.session_id = $1 AND t.amount = c.credits
"""


@dataclass(frozen=True)
class Street:
    """A shop with two doors."""

    shop: Shop
    doors: list[httpx.AsyncClient]
    environment: dict[str, str]


@pytest.fixture
async def street(servers: Servers, stripe: StripeServer, tmp_path: Path) -> AsyncIterator[Street]:
    """Two API processes on a database of their own, and ann."""
    async with AsyncExitStack() as stack:
        scratch = await stack.enter_async_context(scratch_database(servers))
        floor = Floor(scratch.environment | stripe.settings | {"NEXUS_RATE_LIMIT": "1000000"}, tmp_path)
        stack.enter_context(floor.processes)
        processes = [await floor.api(), await floor.api()]
        doors = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=f"{one.url}/v1", trust_env=False, timeout=30, limits=httpx.Limits(max_connections=20)
                )
            )
            for one in processes
        ]
        truth = await asyncpg.connect(scratch.superuser_url)
        stack.push_async_callback(truth.close)
        ann = await sign_in(doors[0], servers.idp, f"ann@{some_domain()}")
        yield Street(Shop(doors[0], stripe, truth, ann), doors, floor.environment)


def copies_of(session: Thing, seed: int) -> list[Thing]:
    """Everything that Stripe sends of this session, shuffled."""
    kinds = (COMPLETED, PAID_LATER)
    if seed % 3 == 1:
        told = [event(kind, session) for kind in kinds for _ in range(COPIES)]
    else:
        told = [one for one in (event(kind, session) for kind in kinds) for _ in range(COPIES)]
    if seed % 3 == 2:
        told += [refund(session, 450)] * COPIES
    random.Random(seed).shuffle(told)  # noqa: S311 - a test's shuffle
    return told


@pytest.mark.timeout(60 + 4 * SEEDS)
async def test_one_checkout_is_one_purchase_however_often_stripe_says_so(street: Street) -> None:
    shop, expected = street.shop, WELCOME
    for seed in range(SEEDS):
        session = await shop.pay()
        told = copies_of(session, seed)

        answers = await asyncio.gather(
            *(deliver(street.doors[number % 2], one) for number, one in enumerate(told)),
        )

        assert {answer.status_code for answer in answers} == {200}, f"seed {seed}"
        assert await shop.truth.fetchval(PURCHASES, session["id"]) == 1, f"seed {seed}"
        expected += 500 if seed % 3 == 2 else 1000
        assert await shop.account() == (expected, 0), f"seed {seed}"
    copies = await shop.truth.fetchval("SELECT sum(deliveries) FROM stripe_events")
    assert copies == sum(len(copies_of({"id": "cs"} | NOBODY, seed)) for seed in range(SEEDS))
    await asyncio.to_thread(nexus, "check", environment=street.environment)


NOBODY = {"payment_intent": "pi", "livemode": False, "amount_total": 1, "currency": "usd"}
