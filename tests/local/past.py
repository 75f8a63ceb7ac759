"""
Move an organisation's ledger and jobs into the past, spread over some days: so that a picture of it shows a week.

    python -m tests.local.past --data-dir <folder of a stack> --domain acme.test

Only for a stack that is thrown away: it goes past the triggers that keep the ledger as it was written.
"""

import argparse
import asyncio
import json
from pathlib import Path

import asyncpg

DAYS = 6.4  # the oldest job; the newest stays where it is
LEDGER = """
WITH newest AS (SELECT max(seq) AS seq FROM credit_transactions WHERE organisation_id = $1)
UPDATE credit_transactions t
SET created_at = t.created_at - make_interval(secs => $2 * 86400 * (1 - t.seq::float / n.seq))
FROM newest n WHERE t.organisation_id = $1
"""
JOBS = """
WITH moved AS (
    SELECT job_id, min(created_at) AS at FROM credit_transactions
    WHERE organisation_id = $1 AND job_id IS NOT NULL GROUP BY 1
)
UPDATE jobs j SET created_at = m.at, started_at = j.started_at - (j.created_at - m.at),
    completed_at = j.completed_at - (j.created_at - m.at)
FROM moved m WHERE j.organisation_id = $1 AND j.id = m.job_id
"""


async def move(data_dir: Path, domain: str) -> None:
    """Oldest first, in the order in which they were written."""
    run = json.loads((data_dir / "run.json").read_text())
    connection = await asyncpg.connect(run["database_url"])
    try:
        await connection.execute("SET session_replication_role = replica")
        organisation = await connection.fetchval("SELECT id FROM organisations WHERE domain = $1", domain)
        await connection.execute(LEDGER, organisation, DAYS)
        await connection.execute(JOBS, organisation)
    finally:
        await connection.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data-dir", type=Path, required=True)
    arguments.add_argument("--domain", required=True)
    given = arguments.parse_args()
    asyncio.run(move(given.data_dir, given.domain))
