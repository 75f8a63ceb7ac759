"""
The invariants: what must be true of credits, jobs and purchases at any moment, asked of PostgreSQL itself.

Each looks for organisations, or jobs, that break it; a healthy house has none. They read one snapshot, so that work
going on meanwhile cannot look like a fault.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from nexus.core.db import SystemTx
from nexus.jobs.lookout import Depth, read_depth

MOST_EXAMPLES = 5

SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
ORGANISATIONS = text("SELECT count(*) FROM organisations")
SOMETHING_STORED = text("SELECT pg_relation_size('organisations') > 0")

# The ledger, and the jobs with their entries, are each read once for several invariants: a row is a candidate, and says
# which of them it breaks.
LEDGERS = """
WITH ledgers AS (
    SELECT organisation_id, sum(amount) AS total, count(*) AS entries, max(seq) AS last_seq,
           (array_agg(balance_after ORDER BY seq DESC))[1] AS last_balance
    FROM credit_transactions GROUP BY organisation_id
)
SELECT * FROM (
    SELECT o.id AS organisation_id, o.id::text AS example, {broken} FROM organisations o
    LEFT JOIN org_credits c ON c.organisation_id = o.id
    LEFT JOIN ledgers l ON l.organisation_id = o.id
) asked WHERE {any}
"""

CHARGES = """
WITH charges AS (
    SELECT organisation_id, job_id,
           count(*) FILTER (WHERE type = 'deduction') AS deductions,
           -sum(amount) FILTER (WHERE type = 'deduction') AS deducted,
           count(*) FILTER (WHERE type = 'refund') AS refunds,
           sum(amount) FILTER (WHERE type = 'refund') AS refunded
    FROM credit_transactions WHERE job_id IS NOT NULL GROUP BY organisation_id, job_id
)
SELECT * FROM (
    SELECT j.organisation_id, j.id::text AS example, {broken} FROM jobs j
    LEFT JOIN charges c ON c.organisation_id = j.organisation_id AND c.job_id = j.id
) asked WHERE {any}
"""

BOOKS = """
SELECT NULL::uuid AS organisation_id, 'the whole house' AS example, true AS "I8" FROM (
    SELECT coalesce(sum(amount) FILTER (WHERE type IN ('grant', 'purchase', 'adjustment')), 0) AS came,
           coalesce(-sum(amount) FILTER (WHERE type IN ('deduction', 'clawback')), 0) AS went,
           coalesce(sum(amount) FILTER (WHERE type = 'refund'), 0) AS returned
    FROM credit_transactions
) ledger, (SELECT coalesce(sum(balance), 0) AS held FROM org_credits) balances
WHERE came <> held + went - returned
"""

PURCHASES = """
WITH purchases AS (
    SELECT organisation_id, checkout_id, count(*) AS entries, sum(amount) AS credits
    FROM credit_transactions WHERE type = 'purchase' GROUP BY organisation_id, checkout_id
)
SELECT * FROM (
    SELECT coalesce(c.organisation_id, p.organisation_id) AS organisation_id,
           coalesce(c.id, p.checkout_id)::text AS example, {broken} FROM checkouts c
    FULL JOIN purchases p ON p.organisation_id = c.organisation_id AND p.checkout_id = c.id
) asked WHERE {any}
"""

OF_LEDGERS = {
    "I1": "coalesce(l.total, 0) <> coalesce(c.balance, -1)",
    "I2": "l.last_balance <> c.balance",
    "I3": "l.entries <> l.last_seq OR coalesce(l.last_seq, 0) <> c.last_seq",
}
OF_CHARGES = {
    "I4": "j.cost > 0 AND (coalesce(c.deductions, 0) <> 1 OR c.deducted <> j.cost)",
    "I5": "j.cost > 0 AND (j.status = 'failed') <> (coalesce(c.refunds, 0) > 0)",
    "I6": "c.refunds > 0 AND (c.refunds <> 1 OR c.refunded IS DISTINCT FROM c.deducted)",
    "I7": "j.status = 'completed' AND c.refunds > 0",
}
OF_PURCHASES = {
    "I9": "(c.status IS NOT DISTINCT FROM 'paid') <> (coalesce(p.entries, 0) > 0) OR p.entries > 1"
    " OR p.credits <> c.credits",
}
SENTENCES = {
    "I1": "each organisation's ledger sums to its balance",
    "I2": "the last balance_after in each ledger is the balance",
    "I3": "no sequence number is missing in a ledger",
    "I4": "each job with a cost has exactly one deduction of that cost",
    "I5": "a job with a cost is refunded exactly when it failed",
    "I6": "each refund equals its deduction",
    "I7": "no completed job has a refund",
    "I8": "grants, purchases and adjustments equal balances, deductions and clawbacks less refunds",
    "I9": "each paid checkout has exactly one purchase of its credits",
}
INVARIANTS = (*OF_LEDGERS, *OF_CHARGES, "I8", *OF_PURCHASES)


def _asked(query: str, invariants: Mapping[str, str]) -> str:
    broken = ", ".join(f'coalesce({law}, false) AS "{name}"' for name, law in invariants.items())
    return query.format(broken=broken, any=" OR ".join(f'"{name}"' for name in invariants))


QUERIES = (_asked(LEDGERS, OF_LEDGERS), _asked(CHARGES, OF_CHARGES), BOOKS, _asked(PURCHASES, OF_PURCHASES))

# The whole house takes longer than any request may; a server that knows no limit for transactions has none to lift.
TIME_ENOUGH = text(
    "SELECT set_config(name, '600s', true) FROM pg_settings WHERE name IN ('statement_timeout', 'transaction_timeout')"
)


class CannotSee(Exception):
    """No organisation is visible although there are some: a check that sees nothing proves nothing."""


@dataclass(frozen=True)
class Check:
    """One invariant: how often it is broken, and some of those who break it."""

    id: str
    ok: bool
    violations: int
    examples: list[str]


@dataclass(frozen=True)
class Findings:
    """What a check of the whole house found."""

    ok: bool
    organisations: int
    checks: list[Check]
    queue: Depth
    concerned: frozenset[UUID]

    def as_json(self) -> dict[str, Any]:
        """What `nexus check --json` prints."""
        checks = [asdict(one) for one in self.checks]
        return {"ok": self.ok, "organisations": self.organisations, "checks": checks, "queue": self.queue._asdict()}


async def check(tx: SystemTx) -> Findings:
    """Ask every invariant. Raises CannotSee where the answer would mean nothing."""
    await tx.execute(SNAPSHOT)
    await tx.rows(TIME_ENOUGH)
    organisations = int(await tx.scalar(ORGANISATIONS))
    if not organisations and await tx.scalar(SOMETHING_STORED):
        raise CannotSee("No organisation is visible, though some are stored. Use the role nexus_system.")
    broken: dict[str, list[Any]] = {name: [] for name in INVARIANTS}
    for row in [row for query in QUERIES for row in await tx.rows(text(query))]:
        for name in (name for name, is_broken in row._asdict().items() if is_broken is True):
            broken[name].append(row)
    checks = [
        Check(name, not rows, len(rows), [row.example for row in rows[:MOST_EXAMPLES]]) for name, rows in broken.items()
    ]
    concerned = frozenset(row.organisation_id for rows in broken.values() for row in rows if row.organisation_id)
    ok = all(one.ok for one in checks)
    return Findings(ok, organisations, checks, await read_depth(tx), concerned)
