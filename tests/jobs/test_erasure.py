"""After the grace a worker's round erases people, texts and addresses; ledger and audit stay, and name nobody."""

import asyncio
import json
from typing import Any

import asyncpg
import httpx

from nexus.core.db import Database
from nexus.jobs import erasure
from nexus.jobs.rounds import keep_up
from tests.accounts.team import invite, somebody, try_sign_in
from tests.house import Person, Servers, refusal
from tests.isolation.people import rows_of

WORDS = {"text": "A secret of the harbour. The boats stayed in. Everybody waited for the morning."}
GRACE_IS_OVER = "UPDATE organisations SET deletion_requested_at = now() - interval '30 days 1 minute' WHERE id = $1"
GRACE_LASTS = "UPDATE organisations SET deletion_requested_at = now() - interval '29 days 23 hours' WHERE id = $1"
SETTLE = """
UPDATE jobs SET status = 'completed', completed_at = now(), output_data = '{"summary": "A secret."}'
WHERE organisation_id = $1
"""
SAY_WHY = "UPDATE jobs SET error_message = 'A secret.' WHERE id = $1"
ROW = "SELECT erased_at, erasure_done_at, name, domain FROM organisations WHERE id = $1"
BALANCE = "SELECT balance FROM org_credits WHERE organisation_id = $1"
JOBS = "SELECT status, error_code, error_message FROM jobs WHERE organisation_id = $1"
MORE_JOBS = """
INSERT INTO jobs (organisation_id, id, user_id, job_type, status, cost, input_data, output_data, completed_at,
                  max_attempts, run_after, deadline_at)
SELECT $1, gen_random_uuid(), $2, 'summarize', 'completed', 0, '{"text": "A secret."}', '{}', now(), 3, now(), now()
FROM generate_series(1, $3)
"""


async def everything(truth: asyncpg.Connection, person: Person) -> str:
    """Whatever is in the tables of this person's organisation."""
    return json.dumps(await rows_of(truth, person.organisation_id), default=str)


async def live(ann: Person, amy: Person, truth: asyncpg.Connection) -> None:
    """Some work, some of it done, an invitation, and the wish to end."""
    for person in (ann, amy):
        assert (await person.api.post("/summarize", json=WORDS)).status_code == 202
    await truth.execute(SETTLE, ann.organisation_id)
    failing = (await ann.api.post("/summarize", json={"text": WORDS["text"][::-1]})).json()["job_id"]
    assert (await ann.api.post(f"/jobs/{failing}/cancel")).status_code == 200
    await truth.execute(SAY_WHY, failing)
    await invite(ann, somebody())
    assert (await ann.api.post("/organisation/deletion")).status_code == 201


async def test_nothing_is_erased_within_the_grace(
    ann: Person, amy: Person, truth: asyncpg.Connection, db: Database
) -> None:
    await live(ann, amy, truth)
    await truth.execute(GRACE_LASTS, ann.organisation_id)
    before = await everything(truth, ann)

    await keep_up(db)

    assert await everything(truth, ann) == before


async def test_after_the_grace_nobody_and_no_text_is_left_and_the_books_are(  # noqa: PLR0913 - people and their doors
    *,
    ann: Person,
    amy: Person,
    bob: Person,
    truth: asyncpg.Connection,
    db: Database,
    api: httpx.AsyncClient,
) -> None:
    await live(ann, amy, truth)
    theirs = await everything(truth, bob)
    before: dict[str, Any] = await rows_of(truth, ann.organisation_id)
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)

    await keep_up(db)

    after: dict[str, Any] = await rows_of(truth, ann.organisation_id)
    left = json.dumps({name: rows for name, rows in after.items() if name != "idempotency_keys"}, default=str)
    secrets = (ann.email, amy.email, "secret", "127.0.0.1", "harbour")
    assert [one for one in secrets if one in left] == []
    assert [(one["name"], one["domain"]) for one in after["organisations"]] == [("erased", None)]
    assert after["credit_transactions"] == before["credit_transactions"]
    assert after["org_credits"] == before["org_credits"]
    assert [one["action"] for one in after["audit_events"][: len(before["audit_events"])]] == [
        one["action"] for one in before["audit_events"]
    ]
    assert after["audit_events"][-1]["action"] == "organisation.erased"
    assert (len(after["jobs"]), after["identities"], after["invitations"]) == (3, [], [])
    assert refusal(await ann.api.get("/me")) == (401, "not_signed_in")
    again = await api.post("/auth/refresh", json={"refresh_token": ann.pair["refresh_token"]})
    assert refusal(again) == (401, "not_signed_in")
    assert await everything(truth, bob) == theirs


async def test_its_people_and_its_domain_begin_anew(  # noqa: PLR0913 - people and their doors
    *,
    ann: Person,
    amy: Person,
    truth: asyncpg.Connection,
    db: Database,
    api: httpx.AsyncClient,
    servers: Servers,
) -> None:
    await live(ann, amy, truth)
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)
    await keep_up(db)

    answer = await try_sign_in(api, servers, amy.email)

    assert answer.json()["organisation"]["domain"] == ann.domain
    assert answer.json()["organisation"]["id"] != str(ann.organisation_id)
    assert answer.json()["user"]["role"] == "admin"


async def test_work_that_waits_is_cancelled_given_back_and_erased(
    ann: Person, truth: asyncpg.Connection, db: Database
) -> None:
    await ann.api.post("/summarize", json=WORDS)
    before = await truth.fetchval(BALANCE, ann.organisation_id)
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)

    await keep_up(db)

    done = await truth.fetchrow(ROW, ann.organisation_id)
    assert done is not None
    assert done["erasure_done_at"] is not None
    assert await truth.fetchval(BALANCE, ann.organisation_id) == before + 10
    assert [tuple(row) for row in await truth.fetch(JOBS, ann.organisation_id)] == [("failed", "cancelled", None)]
    assert "secret" not in await everything(truth, ann)


async def test_many_texts_are_erased_batch_by_batch_and_by_two_workers_at_once(
    ann: Person, truth: asyncpg.Connection, db: Database
) -> None:
    await truth.execute(MORE_JOBS, ann.organisation_id, ann.user_id, erasure.BATCH * 2 + 7)
    await truth.execute(GRACE_IS_OVER, ann.organisation_id)

    await asyncio.gather(keep_up(db), keep_up(db))

    row = await truth.fetchrow(ROW, ann.organisation_id)
    assert row is not None
    assert row["erasure_done_at"] is not None
    assert "secret" not in await everything(truth, ann)
