"""Money that goes back takes its credits along: down to zero, the rest as debt; whatever the order, the same end."""

import asyncio
from itertools import permutations

import pytest

from nexus.core.db import Database
from nexus.jobs import invariants
from tests.house import Servers, nexus, refusal
from tests.payments.shop import COMPLETED, WELCOME, Shop, deliver
from tests.payments.stripe_server import TEAM, Thing, dispute, event, refund

TEXT = {"text": "Rain fell on the harbour. The boats stayed in. Everybody waited for the morning."}


async def broken(db: Database) -> list[str]:
    """The invariants that do not hold."""
    async with db.system() as tx:
        return [one.id for one in (await invariants.check(tx)).checks if not one.ok]


async def test_a_refund_takes_its_credits_back(shop: Shop, db: Database) -> None:
    session = await shop.buy()

    assert await shop.tell(refund(session, 900)) == "taken_back"

    assert await shop.account() == (WELCOME, 0)
    assert await shop.entries() == [("purchase", 1000), ("clawback", -1000)]
    assert (await shop.audit())[2:] == [("credits.taken_back", None)]
    assert await broken(db) == []


async def test_partial_refunds_add_up_to_what_stripe_says_in_all(shop: Shop) -> None:
    session = await shop.buy()

    for so_far in (300, 301, 450, 900):
        await shop.tell(refund(session, so_far))

    assert await shop.entries() == [
        ("purchase", 1000),
        ("clawback", -333),
        ("clawback", -1),
        ("clawback", -166),
        ("clawback", -500),
    ]


async def test_a_refund_that_is_told_of_again_or_late_takes_nothing_more(shop: Shop) -> None:
    session = await shop.buy()
    whole = refund(session, 900)
    await shop.tell(whole)

    again = [await shop.tell(told) for told in (whole, refund(session, 900), refund(session, 450))]

    assert again == ["taken_back", "nothing_to_take", "nothing_to_take"]
    assert await shop.account() == (WELCOME, 0)


async def test_what_is_spent_becomes_debt(shop: Shop, db: Database) -> None:
    session = await shop.buy()
    await shop.spend(WELCOME + 600)

    await shop.tell(refund(session, 900))

    assert await shop.account() == (0, 600)
    assert (await shop.entries())[2:] == [("clawback", -400)]
    assert await broken(db) == []


async def test_with_nothing_left_there_is_no_entry_but_debt(shop: Shop, db: Database) -> None:
    session = await shop.buy()
    await shop.spend(WELCOME + 1000)

    await shop.tell(refund(session, 900))

    assert await shop.account() == (0, 1000)
    assert len(await shop.entries()) == 2
    assert await broken(db) == []


async def test_while_there_is_debt_there_are_no_new_jobs(shop: Shop) -> None:
    session = await shop.buy()
    await shop.spend(WELCOME + 999)
    await shop.tell(refund(session, 900))

    answer = await shop.buyer.api.post("/summarize", json=TEXT)

    assert refusal(answer) == (402, "insufficient_credits")
    assert answer.json()["available"] == 0


async def test_a_purchase_is_entered_whole_and_pays_the_debt(shop: Shop, db: Database) -> None:
    session = await shop.buy()
    await shop.spend(WELCOME + 600)
    await shop.tell(refund(session, 900))

    await shop.buy(TEAM)

    assert await shop.account() == (5000 - 600, 0)
    assert (await shop.entries())[3:] == [("purchase", 5000), ("clawback", -600)]
    assert (await shop.buyer.api.post("/summarize", json=TEXT)).status_code == 202
    assert await broken(db) == []


async def test_a_purchase_that_is_smaller_than_the_debt_pays_a_part_of_it(shop: Shop, db: Database) -> None:
    session = await shop.buy(TEAM)
    await shop.spend(WELCOME + 5000)
    await shop.tell(refund(session, 3900))

    await shop.buy()

    assert await shop.account() == (0, 4000)
    assert (await shop.entries())[2:] == [("purchase", 1000), ("clawback", -1000)]
    assert await broken(db) == []


async def test_a_grant_pays_the_debt_first(shop: Shop, servers: Servers, db: Database) -> None:
    session = await shop.buy()
    await shop.spend(WELCOME + 1000)
    await shop.tell(refund(session, 900))
    asked = ("--organisation", shop.buyer.domain, "--amount", "1200", "--reason", "Sorry")

    said = await asyncio.to_thread(nexus, "credits", "grant", *asked, environment=servers.environment)

    assert "The balance is 200." in said.stdout
    assert await shop.account() == (200, 0)
    assert (await shop.entries())[2:] == [("grant", 1200), ("clawback", -1000)]
    assert await broken(db) == []


async def test_a_job_that_is_refunded_pays_the_debt_first(shop: Shop, db: Database) -> None:
    job = (await shop.buyer.api.post("/summarize", json=TEXT)).json()["job_id"]
    session = await shop.buy()
    await shop.spend(WELCOME - 10 + 1000)
    await shop.tell(refund(session, 900))

    await shop.buyer.api.post(f"/jobs/{job}/cancel")

    assert await shop.account() == (0, 990)
    assert (await shop.entries())[3:] == [("refund", 10), ("clawback", -10)]
    assert await broken(db) == []


async def test_a_dispute_takes_the_credits_and_winning_it_gives_them_back(shop: Shop, db: Database) -> None:
    session = await shop.buy()
    await shop.spend(400)

    opened = await shop.tell(dispute(session, "needs_response"))
    during = await shop.account()
    won = await shop.tell(dispute(session, "won", "closed"))

    assert (opened, won) == ("taken_back", "given_back")
    assert during == (0, 300)
    assert await shop.account() == (WELCOME + 600, 0)
    assert (await shop.entries())[2:] == [("clawback", -700), ("adjustment", 1000), ("clawback", -300)]
    assert [action for action, _ in (await shop.audit())[2:]] == [
        *("payment.disputed", "credits.taken_back"),
        *("payment.disputed", "credits.given_back"),
    ]
    assert await broken(db) == []


@pytest.mark.parametrize(
    ("statuses", "left"),
    [
        (["needs_response", "under_review", "lost"], 0),
        (["warning_needs_response", "warning_under_review"], 1000),
        (["warning_needs_response", "warning_closed"], 1000),
        (["warning_needs_response", "needs_response"], 0),
        (["won"], 1000),
        (["lost"], 0),
        (["won", "needs_response"], 1000),
        (["lost", "needs_response", "warning_needs_response"], 0),
        (["a status of tomorrow"], 1000),
    ],
)
async def test_a_dispute_counts_by_how_far_it_has_gone(shop: Shop, statuses: list[str], left: int) -> None:
    session = await shop.buy()

    for status in statuses:
        await shop.tell(dispute(session, status.replace(" ", "_"), "updated"))

    assert await shop.account() == (WELCOME + left, 0)


async def test_refund_and_dispute_together_take_no_more_than_was_bought(shop: Shop, db: Database) -> None:
    session = await shop.buy()

    await shop.tell(refund(session, 600))
    await shop.tell(dispute(session, "lost", "closed"))

    assert await shop.account() == (WELCOME, 0)
    assert await broken(db) == []


ORDERS = list(permutations(["paid", "part", "whole", "disputed", "won"]))


@pytest.mark.parametrize("order", [ORDERS[number] for number in (0, 23, 37, 51, 64, 78, 92, 119)], ids=" ".join)
async def test_the_order_of_the_events_does_not_matter(shop: Shop, db: Database, order: tuple[str, ...]) -> None:
    session = await shop.pay()
    told = {
        "paid": event(COMPLETED, session),
        "part": refund(session, 100),
        "whole": refund(session, 450),
        "disputed": dispute(session, "needs_response", amount=300),
        "won": dispute(session, "won", "closed", amount=300),
    }

    for name in order:
        await shop.tell(told[name])

    assert await shop.account() == (WELCOME + 500, 0)
    assert await broken(db) == []


async def test_a_refund_of_another_currency_or_mode_takes_nothing(shop: Shop) -> None:
    session = await shop.buy()

    outcomes = [
        await shop.tell(refund(session | {"currency": "jpy"}, 900)),
        await shop.tell(dispute(session | {"currency": "jpy"}, "lost")),
        await shop.tell(refund(session | {"livemode": True}, 900) | {"livemode": False}),
    ]

    assert outcomes == ["wrong_currency", "wrong_currency", "foreign_mode"]
    assert await shop.account() == (WELCOME + 1000, 0)


async def test_a_refund_of_what_we_did_not_sell_is_noted(shop: Shop) -> None:
    foreign: Thing = {"payment_intent": "pi_of_another_shop", "livemode": False, "currency": "usd", "amount_total": 5}

    assert await shop.tell(refund(foreign, 5)) == "noted"


async def test_a_refund_that_races_with_its_purchase_is_not_lost(shop: Shop, db: Database) -> None:
    for _ in range(5):
        sessions = [await shop.pay() for _ in range(6)]
        told = [one for session in sessions for one in (event(COMPLETED, session), refund(session, 900))]

        answers = await asyncio.gather(*(deliver(shop.api, one) for one in told))

        assert {answer.status_code for answer in answers} == {200}
        assert await shop.account() == (WELCOME, 0)
    assert await broken(db) == []


async def test_credits_are_taken_while_they_are_being_spent(shop: Shop, db: Database) -> None:
    session = await shop.buy()
    body = [TEXT | {"text": f"{number}. {TEXT['text']}"} for number in range(12)]
    work = [shop.buyer.api.post("/summarize", json=one) for one in body]

    answers, _ = await asyncio.gather(asyncio.gather(*work), shop.tell(refund(session, 900)))

    spent = 10 * sum(answer.status_code == 202 for answer in answers)
    balance, debt = await shop.account()
    assert balance - debt == WELCOME - spent
    assert balance == 0 or debt == 0
    assert await broken(db) == []
