"""A refund that fails later gives the credits back, once, in whatever order Stripe tells of it."""

import asyncio
from itertools import permutations

import pytest

from tests.payments.shop import COMPLETED, WELCOME, Shop, deliver
from tests.payments.stripe_server import Thing, event, refund, refund_status

WHOLE = 900
FAILURES = ["charge.refund.updated", "refund.updated", "refund.failed"]


@pytest.mark.parametrize("kind", FAILURES)
@pytest.mark.parametrize("status", ["failed", "canceled"])
async def test_credits_that_were_taken_come_back(shop: Shop, kind: str, status: str) -> None:
    session = await shop.buy()
    await shop.tell(refund(session, WHOLE))
    taken = await shop.account()

    outcome = await shop.tell(refund_status(session, status, WHOLE, kind))

    assert (taken, outcome) == ((WELCOME, 0), "given_back")
    assert await shop.account() == (WELCOME + 1000, 0)


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_in_any_order_and_however_often_it_comes_to_the_same(shop: Shop, order: tuple[int, ...]) -> None:
    session = await shop.buy()
    told = [
        refund(session, WHOLE),
        refund_status(session, "pending", WHOLE, "refund.created"),
        refund_status(session, "failed", WHOLE, "charge.refund.updated"),
        refund_status(session, "failed", WHOLE, "refund.failed"),
    ]

    for number in (*order, *order):
        await shop.tell(told[number])

    assert await shop.account() == (WELCOME + 1000, 0)


async def test_of_two_refunds_only_the_one_that_failed_comes_back(shop: Shop) -> None:
    session = await shop.buy()
    await shop.tell(refund(session, 300))
    await shop.tell(refund(session, WHOLE))

    await shop.tell(refund_status(session, "failed", 600, "refund.failed", 2))

    assert await shop.account() == (WELCOME + 1000 - 333, 0)


async def test_a_refund_after_one_that_failed_takes_the_credits(shop: Shop) -> None:
    session = await shop.buy()
    await shop.tell(refund(session, WHOLE))
    await shop.tell(refund_status(session, "failed", WHOLE, "refund.failed"))

    await shop.tell(refund_status(session, "succeeded", WHOLE, "refund.created", 2))
    await shop.tell(refund(session, WHOLE))

    assert await shop.account() == (WELCOME, 0)


async def test_a_debt_that_a_failed_refund_made_is_gone(shop: Shop) -> None:
    session = await shop.buy()
    await shop.spend(600)
    await shop.tell(refund(session, WHOLE))
    owed = await shop.account()

    await shop.tell(refund_status(session, "failed", WHOLE, "refund.failed"))

    assert (owed, await shop.account()) == ((0, 500), (WELCOME + 1000 - 600, 0))


async def test_told_of_before_the_purchase_it_takes_nothing(shop: Shop) -> None:
    session = await shop.pay()
    await shop.tell(refund_status(session, "failed", WHOLE, "refund.failed"))
    await shop.tell(refund(session, WHOLE))

    await shop.tell(completed(session))

    assert await shop.account() == (WELCOME + 1000, 0)


async def test_many_at_once_give_back_once(shop: Shop) -> None:
    session = await shop.buy()
    await shop.tell(refund(session, WHOLE))
    told = [refund_status(session, "failed", WHOLE, kind) for kind in FAILURES * 4]

    answers = await asyncio.gather(*(deliver(shop.api, one) for one in told))

    assert {answer.status_code for answer in answers} == {200}
    assert await shop.account() == (WELCOME + 1000, 0)
    assert [kind for kind, _ in await shop.entries()].count("adjustment") == 1


def completed(session: Thing) -> Thing:
    """The event of the purchase."""
    return event(COMPLETED, session)
