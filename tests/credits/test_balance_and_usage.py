"""The balance, and what each day cost: read from the ledger, by UTC days."""

from datetime import UTC, date, datetime, time, timedelta

import asyncpg
import pytest

from tests.credits.bookings import book_job
from tests.house import Person, refusal

FREE = {"spent": 0, "refunded": 0, "jobs": 0}


def _noon(days_ago: int) -> datetime:
    return datetime.combine(_day(days_ago), time(12), UTC)


def _day(days_ago: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=days_ago)


async def _usage(person: Person, days: int) -> list[dict[str, object]]:
    answer = (await person.api.get("/credits/usage", params={"days": days})).raise_for_status().json()
    assert answer["next_cursor"] is None
    items: list[dict[str, object]] = answer["items"]
    return items


async def test_a_new_organisation_has_a_hundred_credits_and_the_entry_that_explains_them(ann: Person) -> None:
    balance = (await ann.api.get("/credits")).json()
    entries = (await ann.api.get("/credits/transactions")).json()["items"]

    assert (balance["balance"], balance["debt"]) == (100, 0)
    assert [(entry["seq"], entry["type"], entry["amount"], entry["balance_after"]) for entry in entries] == [
        (1, "grant", 100, 100)
    ]


async def test_a_second_member_brings_no_second_grant(ann: Person, amy: Person) -> None:
    balances = [(await one.api.get("/credits")).json()["balance"] for one in (ann, amy)]

    assert balances == [100, 100]


async def test_the_balance_says_of_when_it_is_in_utc(ann: Person) -> None:
    balance = (await ann.api.get("/credits")).json()

    as_of = datetime.fromisoformat(balance["as_of"])
    assert as_of.utcoffset() == timedelta(0)
    assert abs((datetime.now(UTC) - as_of).total_seconds()) < 5


async def test_a_job_is_paid_for_with_an_entry_that_names_it(ann: Person) -> None:
    job = (await ann.api.post("/summarize", json={"text": "What does this cost?"})).json()

    entry = (await ann.api.get("/credits/transactions")).json()["items"][0]

    assert (entry["type"], entry["amount"], entry["balance_after"]) == ("deduction", -10, 90)
    assert entry["job_id"] == job["job_id"]
    assert (await ann.api.get("/credits")).json()["balance"] == 90


async def test_whoever_cannot_pay_is_told_what_it_costs_and_what_is_there(
    truth: asyncpg.Connection, ann: Person
) -> None:
    await book_job(truth, ann, _noon(0), 95)

    answer = await ann.api.post("/summarize", json={"text": "Ten credits, please."})

    assert refusal(answer) == (402, "insufficient_credits")
    assert (answer.json()["needed"], answer.json()["available"]) == (10, 5)
    assert (await ann.api.get("/credits")).json()["balance"] == 5


@pytest.mark.parametrize("days", [1, 7, 366])
async def test_usage_has_exactly_the_days_asked_for_oldest_first_and_today_last(ann: Person, days: int) -> None:
    usage = await _usage(ann, days)

    assert usage == [{"date": _day(ago).isoformat(), **FREE} for ago in reversed(range(days))]


async def test_usage_is_of_seven_days_unless_told_otherwise(ann: Person) -> None:
    answer = await ann.api.get("/credits/usage")

    assert len(answer.json()["items"]) == 7


@pytest.mark.parametrize("days", ["0", "-1", "367", "9999", "99999999999999999999", "1.5", "seven", "", "\0"])
async def test_a_number_of_days_that_cannot_be_shown_is_refused(ann: Person, days: str) -> None:
    answer = await ann.api.get("/credits/usage", params={"days": days})

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["days"]


async def test_each_day_shows_what_was_spent_given_back_and_paid_for(truth: asyncpg.Connection, ann: Person) -> None:
    await book_job(truth, ann, _noon(7), 5)
    await book_job(truth, ann, _noon(6), 10)
    await book_job(truth, ann, _noon(2), 25, failed=True)
    await book_job(truth, ann, _noon(2), 10)
    await ann.api.post("/summarize", json={"text": "And one of today."})

    usage = await _usage(ann, 7)

    nothing, today = tuple(FREE.values()), (10, 0, 1)
    shown = [(day["spent"], day["refunded"], day["jobs"]) for day in usage]
    assert shown == [(10, 0, 1), nothing, nothing, nothing, (35, 25, 2), nothing, today]


async def test_a_day_begins_and_ends_at_midnight_utc(truth: asyncpg.Connection, ann: Person) -> None:
    midnight = datetime.combine(_day(1), time(), UTC)
    await book_job(truth, ann, midnight - timedelta(microseconds=1), 1)
    await book_job(truth, ann, midnight, 2)
    await book_job(truth, ann, midnight + timedelta(days=1, microseconds=-1), 4)

    usage = await _usage(ann, 3)

    assert [day["spent"] for day in usage] == [1, 6, 0]


async def test_what_one_organisation_spends_is_not_in_the_usage_of_another(
    truth: asyncpg.Connection, ann: Person, bob: Person
) -> None:
    await book_job(truth, ann, _noon(0), 10)

    usage = await _usage(bob, 1)

    assert usage == [{"date": _day(0).isoformat(), **FREE}]
