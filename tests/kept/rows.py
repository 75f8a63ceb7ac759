"""Rows of every kind that is forgotten one day, of one organisation and of a chosen age."""

from uuid import UUID, uuid4

import asyncpg

from tests.house import Person

# Each with the organisation ($1), a new id ($2), the person ($3) and an age; what needs no person names none.
ROWS = {
    "input": (
        "INSERT INTO jobs (organisation_id, id, user_id, created_at, job_type, status, cost, input_data, output_data,"
        " completed_at, max_attempts, run_after, deadline_at) VALUES ($1, $2, $3, now() - interval '<age>',"
        """ 'summarize', 'completed', 0, '{"text": "The harbour was closed."}', '{"summary": "Closed."}', now(),"""
        " 3, now(), now())"
    ),
    "idempotency_key": (
        "INSERT INTO idempotency_keys (organisation_id, id, key, fingerprint, expires_at)"
        " SELECT $1, $2, $2::uuid::text, '', now() + interval '1 day' - interval '<age>'"
    ),
    "delivery": (
        "INSERT INTO webhook_events (organisation_id, id, created_at, type, body)"
        " SELECT $1, $2, now() - interval '<age>', 'job.completed', ''"
    ),
    "stripe_event": (
        "INSERT INTO stripe_events (id, created_at, event_id, type)"
        " SELECT $2, now() - interval '<age>', $1::uuid::text || $2::uuid::text, 'invoice.paid'"
    ),
    "session": (
        "INSERT INTO sessions (organisation_id, id, user_id, client, current_hash, expires_at)"
        " VALUES ($1, $2, $3, 'api', '', now() - interval '<age>')"
    ),
    "audit_event": (
        "INSERT INTO audit_events (organisation_id, id, created_at, action, user_id, facts)"
        " VALUES ($1, $2, now() - interval '<age>', 'something.done', $3, '{}')"
    ),
}
ROWS["output"] = ROWS["input"]
LEFT = {
    "input": "SELECT count(*) FROM jobs WHERE id = $1 AND input_data <> '{}'",
    "output": "SELECT count(*) FROM jobs WHERE id = $1 AND output_data <> '{}'",
    "idempotency_key": "SELECT count(*) FROM idempotency_keys WHERE id = $1",
    "delivery": "SELECT count(*) FROM webhook_events WHERE id = $1",
    "stripe_event": "SELECT count(*) FROM stripe_events WHERE id = $1",
    "session": "SELECT count(*) FROM sessions WHERE id = $1",
    "audit_event": "SELECT count(*) FROM audit_events WHERE id = $1",
}


async def make(truth: asyncpg.Connection, kind: str, person: Person, age: str) -> UUID:
    """A row of this kind and age; its id."""
    row = uuid4()
    statement = ROWS[kind].replace("<age>", age)
    places = [person.organisation_id, row, person.user_id]
    await truth.execute(statement, *places[: 3 if "$3" in statement else 2])
    return row


async def is_left(truth: asyncpg.Connection, kind: str, row: UUID) -> bool:
    """Whether it, or its text, is there still."""
    return bool(await truth.fetchval(LEFT[kind], row))
