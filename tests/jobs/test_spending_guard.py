"""Books that do not agree stop the spending of their organisation, and of no other, until they agree again."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from nexus.core.db import Database
from nexus.jobs import findings
from nexus.jobs.rounds import LOOK_EVERY, keep_up
from nexus.jobs.sweep import sweep
from tests.house import Person, refusal
from tests.jobs.floor import Client

SPOIL = "UPDATE org_credits SET balance = balance + 7 WHERE organisation_id = {own}"
MEND = """
DELETE FROM credit_transactions WHERE organisation_id = {own} AND description = 'planted';
UPDATE credit_transactions t SET balance_after = s.balance
FROM (SELECT id, sum(amount) OVER (ORDER BY seq) AS balance FROM credit_transactions WHERE organisation_id = {own}) s
WHERE t.organisation_id = {own} AND t.id = s.id;
UPDATE org_credits SET balance = (SELECT sum(amount) FROM credit_transactions WHERE organisation_id = {own})
WHERE organisation_id = {own}
"""


async def change(client: Client, what: str) -> None:
    """Change her books past every trigger."""
    statements = what.replace("{own}", f"'{client.person.organisation_id}'")
    await client.truth.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {statements}; COMMIT")


@pytest.fixture
async def spoilt(client: Client) -> AsyncIterator[Client]:
    """Ann, whose balance is not what her ledger says."""
    await change(client, SPOIL)
    yield client
    await change(client, MEND)


async def gauge(app: FastAPI) -> dict[str, float]:
    """What /metrics says of the invariants."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as api:
        lines = (await api.get("/metrics")).text.splitlines()
    found = [line for line in lines if line.startswith("nexus_invariant_violations{")]
    return {line.partition('invariant="')[2].partition('"')[0]: float(line.split()[-1]) for line in found}


async def test_a_violation_stops_the_spending_of_that_organisation_only_and_is_an_alert(
    spoilt: Client, bob: Person, db: Database, app: FastAPI
) -> None:
    waiting = await spoilt.submit()

    with capture_logs() as said:
        whole = await findings.look(db)

    stopped = await spoilt.person.api.post("/scripted", json={})
    others = await bob.api.post("/scripted", json={})
    alerts = {line["invariant"]: line for line in said if line["event"] == "invariant.broken"}
    assert whole is False
    assert refusal(stopped) == (409, "spending_stopped")
    assert others.status_code == 202
    assert {line["log_level"] for line in alerts.values()} == {"critical"}
    assert str(spoilt.person.organisation_id) in alerts["I1"]["examples"]
    assert (await gauge(app))["I1"] == 1
    assert (await spoilt.job(waiting))["status"] == "pending"


async def test_spending_goes_on_when_the_books_agree_again(spoilt: Client, db: Database, app: FastAPI) -> None:
    await findings.look(db)
    refused = await spoilt.person.api.post("/scripted", json={})
    await change(spoilt, MEND)

    whole = await findings.look(db)

    answer = await spoilt.person.api.post("/scripted", json={})
    assert refusal(refused) == (409, "spending_stopped")
    assert whole is True
    assert answer.status_code == 202
    assert set((await gauge(app)).values()) == {0.0}


async def test_a_stopped_organisation_gets_its_refunds_all_the_same(spoilt: Client, db: Database) -> None:
    job_id = await spoilt.submit()
    await findings.look(db)

    answer = await spoilt.person.api.post(f"/jobs/{job_id}/cancel")

    assert answer.json()["refunded"] is True


async def test_a_worker_on_its_rounds_looks_when_nobody_has_looked_for_five_minutes(
    db: Database, truth: asyncpg.Connection
) -> None:
    await findings.look(db)
    async with db.system() as tx:
        at_once = await findings.is_due(tx, LOOK_EVERY)
    await truth.execute("UPDATE invariant_findings SET created_at = created_at - interval '6 minutes'")
    before = await truth.fetchval("SELECT count(*) FROM invariant_findings")

    await keep_up(db)
    await keep_up(db)

    assert at_once is False
    assert timedelta(minutes=5) == LOOK_EVERY
    assert await truth.fetchval("SELECT count(*) FROM invariant_findings") == before + 1


async def test_findings_are_kept_for_a_week(db: Database, truth: asyncpg.Connection) -> None:
    await findings.look(db)
    await truth.execute("UPDATE invariant_findings SET created_at = now() - interval '8 days'")

    await findings.look(db)

    assert await truth.fetchval("SELECT count(*) FROM invariant_findings") == 1


async def test_a_job_that_cannot_be_taken_up_does_not_hold_back_the_others(client: Client, db: Database) -> None:
    jobs = [await client.submit() for _ in range(3)]
    stuck = jobs[0]
    await client.truth.execute(
        "UPDATE jobs SET status = 'running', attempt_count = 3, lease_expires_at = now() - interval '1 second'"
        " WHERE id = ANY ($1::uuid[])",
        jobs,
    )
    await client.truth.execute(
        "INSERT INTO credit_transactions (organisation_id, id, seq, type, amount, balance_after, job_id, description)"
        " VALUES ($1, gen_random_uuid(), 99, 'refund', 10, 10, $2, 'planted')",
        client.person.organisation_id,
        stuck,
    )

    await sweep(db)

    ended = [(await client.job(job_id))["status"] for job_id in jobs]
    assert ended == ["running", "failed", "failed"]
    await change(client, MEND)
    await sweep(db)
    assert (await client.job(stuck))["refunded"] is True


async def test_a_job_that_waited_past_its_deadline_fails_and_is_refunded(client: Client, db: Database) -> None:
    job_id = await client.submit(kind="newer")
    await client.truth.execute("UPDATE jobs SET deadline_at = now() - interval '1 second' WHERE id = $1", job_id)

    await sweep(db)

    job = await client.job(job_id)
    assert (job["status"], job["error_code"], job["refunded"]) == ("failed", "deadline_exceeded", True)
