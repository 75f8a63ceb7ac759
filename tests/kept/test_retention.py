"""What has had its day goes, in small batches, whosever it is; what is younger stays, and so does the ledger."""

import asyncio
import json

import asyncpg
import pytest

from nexus.config import Settings
from nexus.core.db import Database
from nexus.core.retention import BATCHES, Rule, forgetting
from nexus.jobs.retention import erase_inputs
from nexus.worker import rules_of
from tests.house import Person
from tests.isolation.people import rows_of
from tests.kept.rows import is_left, make

# The kind, its setting, the days that are given, an age that is over, and one that is not.
KINDS = [
    ("input", "keep_input_days", 7, "8 days", "6 days"),
    ("output", "keep_output_days", 7, "8 days", "6 days"),
    ("idempotency_key", "keep_idempotency_days", 1, "25 hours", "23 hours"),
    ("delivery", "keep_delivery_days", 7, "8 days", "6 days"),
    ("stripe_event", "keep_stripe_event_days", 40, "41 days", "39 days"),
    ("session", "keep_session_days", 7, "8 days", "6 days"),
    ("audit_event", "keep_audit_days", 40, "41 days", "39 days"),
]
NOTHING = {name: 0 for _, name, *_ in KINDS}
MANY = """
INSERT INTO jobs (organisation_id, id, user_id, created_at, job_type, status, cost, input_data, failed_at, max_attempts,
                  run_after, deadline_at)
SELECT $1, gen_random_uuid(), $2, now() - interval '9 days', 'summarize', 'failed', 0, '{"text": "Old."}', now(), 3,
       now(), now() FROM generate_series(1, $3)
"""
STILL_THERE = "SELECT count(*) FROM jobs WHERE organisation_id = $1 AND input_data <> '{}'"


def keeping(settings: Settings, **days: int) -> list[Rule]:
    """The rules of a worker that keeps everything for ever, but for this."""
    return rules_of(settings.model_copy(update=NOTHING | days))


def test_there_is_a_test_for_every_rule(settings: Settings) -> None:
    assert [rule.name for rule in rules_of(settings)] == [kind for kind, *_ in KINDS]


@pytest.mark.parametrize("case", KINDS, ids=[kind for kind, *_ in KINDS])
async def test_what_is_older_goes_and_what_is_younger_stays(  # noqa: PLR0913 - people, doors and a row of the table
    *,
    ann: Person,
    bob: Person,
    db: Database,
    truth: asyncpg.Connection,
    settings: Settings,
    case: tuple[str, str, int, str, str],
) -> None:
    kind, setting, days, over, young = case
    old, new, bobs_old, bobs_new = [
        await make(truth, kind, person, age) for person in (ann, bob) for age in (over, young)
    ]

    await forgetting(keeping(settings, **{setting: days}))(db)

    assert [await is_left(truth, kind, row) for row in (old, new, bobs_old, bobs_new)] == [False, True, False, True]


@pytest.mark.parametrize("case", KINDS, ids=[kind for kind, *_ in KINDS])
async def test_nought_keeps_for_ever(
    ann: Person, db: Database, truth: asyncpg.Connection, settings: Settings, case: tuple[str, str, int, str, str]
) -> None:
    row = await make(truth, case[0], ann, "9000 days")

    await forgetting(keeping(settings))(db)

    assert await is_left(truth, case[0], row)


async def test_a_job_stays_with_its_cost_and_its_entry_and_says_that_its_texts_are_gone(
    ann: Person, db: Database, truth: asyncpg.Connection, settings: Settings
) -> None:
    job = await make(truth, "input", ann, "100 days")
    waiting = (await ann.api.post("/summarize", json={"text": "A text that waits. It does so for long."})).json()
    await truth.execute("UPDATE jobs SET created_at = now() - interval '100 days' WHERE id = $1", waiting["job_id"])
    before = await rows_of(truth, ann.organisation_id)

    await forgetting(rules_of(settings))(db)

    after = await rows_of(truth, ann.organisation_id)
    shown = (await ann.api.get(f"/jobs/{job}")).json()
    assert (shown["status"], shown["input_data"], shown["output_data"]) == ("completed", {}, None)
    listed = {one["id"]: one for one in (await ann.api.get("/jobs")).json()["items"]}
    assert listed[str(job)]["excerpt"] is None
    assert listed[waiting["job_id"]]["excerpt"] == "A text that waits. It does so for long."
    assert "harbour" in json.dumps(before)
    assert "harbour" not in json.dumps(after)
    for table in ("credit_transactions", "org_credits", "users", "audit_events"):
        assert after[table] == before[table], table


async def test_a_batch_is_bounded_and_the_rest_comes_with_the_next_round(
    ann: Person, db: Database, truth: asyncpg.Connection
) -> None:
    await truth.execute(MANY, ann.organisation_id, ann.user_id, 2 * BATCHES + 5)
    round_ = forgetting([Rule("input", 7, erase_inputs)], batch=2)

    await round_(db)
    after_one = await truth.fetchval(STILL_THERE, ann.organisation_id)
    await round_(db)

    assert after_one == 5
    assert await truth.fetchval(STILL_THERE, ann.organisation_id) == 0


async def test_what_somebody_holds_is_passed_over_and_taken_later(
    ann: Person, db: Database, truth: asyncpg.Connection
) -> None:
    held, free = [await make(truth, "input", ann, "9 days") for _ in range(2)]
    round_ = forgetting([Rule("input", 7, erase_inputs)])
    async with truth.transaction():
        await truth.execute("SELECT FROM jobs WHERE id = $1 FOR UPDATE", held)
        async with asyncio.timeout(4):
            await round_(db)
        meanwhile = [await is_left(truth, "input", row) for row in (held, free)]

    await round_(db)

    assert meanwhile == [True, False]
    assert not await is_left(truth, "input", held)


async def test_workers_forget_side_by_side(ann: Person, db: Database, truth: asyncpg.Connection) -> None:
    await truth.execute(MANY, ann.organisation_id, ann.user_id, 400)
    round_ = forgetting([Rule("input", 7, erase_inputs)], batch=50)

    await asyncio.gather(round_(db), round_(db), round_(db))
    await round_(db)

    assert await truth.fetchval(STILL_THERE, ann.organisation_id) == 0


async def test_one_kind_s_trouble_does_not_keep_the_others(
    ann: Person, db: Database, truth: asyncpg.Connection
) -> None:
    async def stumble(*_: object) -> int:
        raise LookupError

    row = await make(truth, "input", ann, "9 days")

    await forgetting([Rule("broken", 1, stumble), Rule("input", 7, erase_inputs)])(db)

    assert not await is_left(truth, "input", row)


@pytest.mark.parametrize(("age", "goes"), [("29 days", False), ("31 days", True)])
async def test_the_database_keeps_the_last_month_of_the_audit_whoever_asks(
    ann: Person, truth: asyncpg.Connection, settings: Settings, age: str, *, goes: bool
) -> None:
    row = await make(truth, "audit_event", ann, age)
    with pytest.raises(asyncpg.RestrictViolationError):
        await truth.execute("DELETE FROM audit_events WHERE id = $1", row)
    system = await asyncpg.connect(settings.system_database_url)
    try:
        if goes:
            await system.execute("DELETE FROM audit_events WHERE id = $1", row)
        else:
            with pytest.raises(asyncpg.RestrictViolationError):
                await system.execute("DELETE FROM audit_events WHERE id = $1", row)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await system.execute("DELETE FROM credit_transactions")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await system.execute("DELETE FROM jobs")
    finally:
        await system.close()

    assert await is_left(truth, "audit_event", row) is not goes
