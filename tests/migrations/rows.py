"""Rows as an older release left them: what an upgrade has to keep."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

ORGANISATIONS = 3
GRANTED, COST = 100, 10
LATELY, SOON = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)

# The tables of the first revision, those that are referred to before those that refer to them.
TABLES = (
    "organisations",
    "users",
    "identities",
    "sessions",
    "org_credits",
    "jobs",
    "credit_transactions",
    "audit_events",
)


async def seed(connection: asyncpg.Connection) -> None:
    """Organisations with people, credits, and jobs of every state, as revision 0001 keeps them."""
    for number in range(ORGANISATIONS):
        await _seed_organisation(connection, uuid4(), number)


async def read_everything(connection: asyncpg.Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of the first revision, in the order of its key."""
    everything = {}
    for table in TABLES:
        key = "id" if table == "organisations" else "organisation_id, id"
        rows = await connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t ORDER BY {key}")  # noqa: S608 - names of ours
        everything[table] = [json.loads(row["row"]) for row in rows]
    return everything


async def _seed_organisation(connection: asyncpg.Connection, organisation: UUID, number: int) -> None:
    user, domain = uuid4(), f"seeded-{number}.test"
    await _insert(connection, "organisations", id=organisation, name=domain, domain=domain if number else None)
    person = {"organisation_id": organisation, "id": user, "email": f"ann@{domain}", "name": "Ann", "role": "admin"}
    await _insert(connection, "users", **person)
    identity = {"user_id": user, "issuer": "https://idp.test", "subject": domain}
    await _insert(connection, "identities", organisation_id=organisation, id=uuid4(), **identity)
    session = {"user_id": user, "client": "api", "current_hash": b"0", "expires_at": SOON}
    await _insert(connection, "sessions", organisation_id=organisation, id=uuid4(), **session)
    jobs = {status: await _seed_job(connection, organisation, user, status) for status in STATUSES}
    await _seed_ledger(connection, organisation, jobs)
    event = {"action": "organisation.created", "facts": "{}"}
    await _insert(connection, "audit_events", organisation_id=organisation, id=uuid4(), **event)


STATUSES: dict[str, dict[str, object]] = {
    "pending": {},
    "running": {"lease_expires_at": SOON},
    "completed": {"completed_at": LATELY, "output_data": '{"summary": "Short."}'},
    "failed": {"failed_at": LATELY},
}


async def _seed_job(connection: asyncpg.Connection, organisation: UUID, user: UUID, status: str) -> UUID:
    job = uuid4()
    facts = {"user_id": user, "job_type": "summarize", "status": status, "cost": COST, "max_attempts": 3}
    times = {"run_after": LATELY, "deadline_at": SOON, "input_data": '{"text": "Long."}'}
    await _insert(connection, "jobs", organisation_id=organisation, id=job, **facts, **times, **STATUSES[status])
    return job


async def _seed_ledger(connection: asyncpg.Connection, organisation: UUID, jobs: dict[str, UUID]) -> None:
    entries: list[tuple[str, int, UUID | None]] = [("grant", GRANTED, None)]
    entries += [("deduction", -COST, job) for job in jobs.values()]
    entries += [("refund", COST, jobs["failed"])]
    balance = 0
    for seq, (kind, amount, job) in enumerate(entries, 1):
        balance += amount
        entry = {"seq": seq, "type": kind, "amount": amount, "balance_after": balance, "job_id": job, "description": ""}
        await _insert(connection, "credit_transactions", organisation_id=organisation, id=uuid4(), **entry)
    account = {"balance": balance, "last_seq": len(entries)}
    await _insert(connection, "org_credits", organisation_id=organisation, id=uuid4(), **account)


async def _insert(connection: asyncpg.Connection, table: str, **values: object) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values())  # noqa: S608 - names of ours
