"""
Buying, refunds, disputes, work and its refunds in any order, against a model that fits on a line.

What an organisation has is what came in less what went out: its balance where that is more than nothing, its debt where
it is less. Everything Stripe says is said again at random, old or new.
"""

import random
from dataclasses import dataclass, field

import pytest

from nexus.core.db import Database
from nexus.jobs import invariants
from tests.payments.shop import COMPLETED, PAID_LATER, WELCOME, Shop
from tests.payments.stripe_server import STARTER, TEAM, Thing, dispute, event, refund

SEEDS, STEPS = 8, 25
CREDITS = {900: 1000, 3900: 5000}
COST = 10


@dataclass
class Sale:
    """What the model knows of a checkout."""

    session: Thing
    told: bool = False
    refunded: int = 0
    disputed: int = 0
    settled: bool = False

    @property
    def net(self) -> int:
        """What is left of its credits."""
        price = self.session["amount_total"]
        back = min(price, self.refunded + self.disputed)
        return CREDITS[price] - CREDITS[price] * back // price if self.told else 0


@dataclass
class Model:
    """The whole of it: sales, jobs that wait, what was spent, and everything that Stripe has said."""

    shop: Shop
    luck: random.Random
    sales: list[Sale] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    spent: int = 0
    said: list[Thing] = field(default_factory=list)

    @property
    def account(self) -> tuple[int, int]:
        """Balance and debt, as they must be."""
        net = WELCOME + sum(sale.net for sale in self.sales) - self.spent
        return max(net, 0), max(-net, 0)

    async def step(self) -> None:
        """Do something."""
        acts = (self.open, self.pay, self.give_back, self.open_dispute, self.close_dispute, self.work, self.cancel)
        await self.luck.choices((*acts, self.waste, self.repeat), (3, 5, 4, 2, 2, 3, 2, 3, 3))[0]()

    async def open(self) -> None:
        """A checkout is paid, and nobody has told us."""
        self.sales.append(Sale(await self.shop.pay(self.luck.choice([STARTER, TEAM]))))

    async def pay(self) -> None:
        """We are told that one was paid."""
        sale = await self._one()
        sale.told = True
        await self._tell(event(self.luck.choice([COMPLETED, PAID_LATER]), sale.session))

    async def give_back(self) -> None:
        """A part of the price is refunded, or all that is left of it."""
        sale = await self._one()
        sale.refunded = self.luck.randint(sale.refunded, sale.session["amount_total"])
        await self._tell(refund(sale.session, sale.refunded))

    async def open_dispute(self) -> None:
        """A bank takes the money, unless it has decided already."""
        sale = await self._one()
        sale.disputed = sale.disputed if sale.settled else sale.session["amount_total"]
        await self._tell(dispute(sale.session, "needs_response"))

    async def close_dispute(self) -> None:
        """A bank decides."""
        sale, status = await self._one(), self.luck.choice(["won", "lost"])
        if not sale.settled:
            sale.settled, sale.disputed = True, sale.session["amount_total"] * (status == "lost")
            await self._tell(dispute(sale.session, status, "closed"))

    async def work(self) -> None:
        """A job is asked for, and refused while there is debt or too little."""
        text = f"{self.luck.random()}. Rain fell on the harbour. The boats stayed in. Everybody waited."
        answer = await self.shop.buyer.api.post("/summarize", json={"text": text})
        may = self.account[0] >= COST
        assert answer.status_code == (202 if may else 402)
        if may:
            self.spent += COST
            self.jobs.append(answer.json()["job_id"])

    async def cancel(self) -> None:
        """A job that waits gives its credits back."""
        if self.jobs:
            await self.shop.buyer.api.post(f"/jobs/{self.jobs.pop()}/cancel")
            self.spent -= COST

    async def waste(self) -> None:
        """Much of the balance is spent."""
        amount = self.account[0] * self.luck.randint(0, 10) // 10
        if amount:
            await self.shop.spend(amount)
            self.spent += amount

    async def repeat(self) -> None:
        """Stripe says again what it said before."""
        if self.said:
            await self.shop.tell(self.luck.choice(self.said))

    async def _tell(self, told: Thing) -> None:
        self.said.append(told)
        await self.shop.tell(told)

    async def _one(self) -> Sale:
        if not self.sales:
            await self.open()
        return self.luck.choice(self.sales)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_happens_the_books_are_those_of_the_model(shop: Shop, db: Database, seed: int) -> None:
    model = Model(shop, random.Random(seed))  # noqa: S311 - a test's luck
    for step in range(STEPS):
        await model.step()

        assert await shop.account() == model.account, f"step {step}"
    async with db.system() as tx:
        assert [one.id for one in (await invariants.check(tx)).checks if not one.ok] == []
