"""Bookings of earlier days, as they would stand in the tables: balance, ledger and jobs agree."""

from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from tests.house import Person

JOB = """
INSERT INTO jobs (organisation_id, id, user_id, job_type, status, cost, input_data, output_data, attempt_count,
                  max_attempts, run_after, deadline_at, created_at, completed_at, failed_at)
SELECT $1, $2, $3, 'summarize', $4::text, $5, '{"text": "Earlier."}', $6::jsonb, 1, 3, made, made, made,
       CASE WHEN $4::text = 'completed' THEN made END, CASE WHEN $4::text = 'failed' THEN made END
FROM (VALUES ($7::timestamptz)) AS times (made)
"""
ENTRY = """
WITH booked AS (
    UPDATE org_credits SET balance = balance + $3::bigint, last_seq = last_seq + 1 WHERE organisation_id = $1
    RETURNING balance, last_seq)
INSERT INTO credit_transactions (organisation_id, id, job_id, type, amount, balance_after, seq, description, created_at)
SELECT $1, gen_random_uuid(), $2, CASE WHEN $3::bigint < 0 THEN 'deduction' ELSE 'refund' END, $3::bigint, balance,
       last_seq, '', $4
FROM booked
"""


async def book_job(truth: asyncpg.Connection, person: Person, at: datetime, cost: int, *, failed: bool = False) -> UUID:
    """A job of this time that was paid for, and refunded if it failed; its id."""
    job_id, status = uuid4(), "failed" if failed else "completed"
    output = None if failed else '{"summary": "Earlier."}'
    async with truth.transaction():
        await truth.execute(JOB, person.organisation_id, job_id, person.user_id, status, cost, output, at)
        await truth.execute(ENTRY, person.organisation_id, job_id, -cost, at)
        if failed:
            await truth.execute(ENTRY, person.organisation_id, job_id, cost, at)
    return job_id
