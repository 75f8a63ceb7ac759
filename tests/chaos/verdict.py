"""
The verdict: what PostgreSQL says now, held against what the clients were told.

Whatever is wrong is a sentence; a run without one has passed.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos import telling
from tests.chaos.clients import Records
from tests.chaos.faults import Orphan
from tests.chaos.stack import LEASE_SECONDS, SWEEP_SECONDS, Stack
from tests.chaos.telling import Ears
from tests.chaos.witness import Witness
from tests.house import ROOT, clean_environment

MOST_ATTEMPTS = 3
LONGEST_RECLAIM_SECONDS = LEASE_SECONDS + SWEEP_SECONDS + 5
MOST_EXAMPLES = 3

JOBS = """
SELECT j.id::text, j.status, j.attempt_count, j.cost, j.error_code,
       count(t.id) FILTER (WHERE t.type = 'deduction' AND t.amount = -j.cost) AS deductions,
       count(t.id) FILTER (WHERE t.type = 'refund' AND t.amount = j.cost) AS refunds, count(t.id) AS entries
FROM jobs j LEFT JOIN credit_transactions t ON t.organisation_id = j.organisation_id AND t.job_id = j.id
GROUP BY j.organisation_id, j.id
"""
MOVES = "SELECT job_id::text, before, after, claim_before, claim_after FROM chaos.moves ORDER BY number"
LEGAL = {
    (None, "pending"): 0,
    ("pending", "running"): 1,
    ("running", "completed"): 0,
    ("running", "failed"): 0,
    ("running", "pending"): 0,
    ("pending", "failed"): 0,
}
RECLAIM = """
SELECT greatest(0, extract(epoch FROM min(at) - $3)) FROM chaos.moves
WHERE job_id = $1 AND ((after = 'running' AND claim_after > $2) OR after IN ('completed', 'failed'))
"""


@dataclass
class Verdict:
    """What came of a run, and everything that is wrong with it."""

    jobs: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    cancelled: int = 0
    lost: int = 0
    doubly_finished: int = 0
    violations: int = 0
    longest_reclaim_seconds: float = 0.0
    told: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def complain(self, what: str, whom: Sequence[object]) -> int:
        """Note a complaint about everybody in the list, if there is anybody; how many they are."""
        if whom:
            self.wrong.append(f"{what}: {len(whom)}, such as {', '.join(map(str, whom[:MOST_EXAMPLES]))}")
        return len(whom)


async def judge(
    stack: Stack, witness: Witness, records: Records, orphans: Sequence[Orphan], ears: Ears | None = None
) -> Verdict:
    """Look at everything."""
    verdict = Verdict()
    jobs = {row["id"]: row for row in await witness.rows(JOBS)}
    verdict.jobs, verdict.statuses = len(jobs), Counter(row["status"] for row in jobs.values())
    verdict.cancelled = sum(row["error_code"] == "cancelled" for row in jobs.values())
    judge_promises(verdict, jobs, records)
    judge_jobs(verdict, list(jobs.values()))
    judge_moves(verdict, await witness.rows(MOVES))
    await _judge_reclaims(verdict, witness, orphans)
    _judge_invariants(verdict, stack)
    if ears is not None:
        told = await telling.judge(witness, jobs, ears)
        verdict.told = told.statuses
        for what, whom in told.wrong.items():
            verdict.complain(what, whom)
    verdict.complain("errors that nobody foresaw", list(stack.traces()))
    return verdict


def judge_promises(verdict: Verdict, jobs: dict[str, Any], records: Records) -> None:
    """What the clients were told must be so."""
    promised = {job for ids in records.accepted.values() for job in ids}
    unfinished = [job for job, row in jobs.items() if row["status"] not in ("completed", "failed")]
    lost = verdict.complain("acknowledged jobs that do not exist", sorted(promised - jobs.keys()))
    verdict.lost = lost + verdict.complain("jobs that never ended", unfinished)
    verdict.complain("jobs that nobody was told of", sorted(jobs.keys() - promised))
    verdict.complain("keys with several jobs", [key for key, ids in records.accepted.items() if len(ids) > 1])
    verdict.complain("requests that were never answered", records.unanswered)
    verdict.complain("answers that nobody expects", records.unexpected)
    not_cancelled = [job for job in records.cancelled if job in jobs and jobs[job]["error_code"] != "cancelled"]
    verdict.complain("jobs said to be cancelled that are not", not_cancelled)


def judge_jobs(verdict: Verdict, jobs: Sequence[Any]) -> None:
    """Each job ends within its attempts, charged once, and refunded once if it failed."""
    verdict.complain("jobs with too many attempts", [row for row in jobs if row["attempt_count"] > MOST_ATTEMPTS])
    charged = [row for row in jobs if row["deductions"] == 1 and row["entries"] == 1 + row["refunds"]]
    verdict.complain("jobs not charged exactly once", [row for row in jobs if row not in charged])
    settled = {"completed": 0, "failed": 1}
    wrong = [row for row in jobs if row["refunds"] != settled.get(row["status"], 0)]
    verdict.complain("jobs with the wrong number of refunds", wrong)


def judge_moves(verdict: Verdict, moves: Sequence[Any]) -> None:
    """No job moves as none may, and none ends twice."""
    illegal = [
        tuple(row)
        for row in moves
        if LEGAL.get((row["before"], row["after"])) != row["claim_after"] - (row["claim_before"] or 0)
    ]
    verdict.complain("moves that no job may make", illegal)
    ends = Counter(row["job_id"] for row in moves if row["after"] in ("completed", "failed"))
    verdict.doubly_finished = verdict.complain("jobs that ended twice", [job for job in ends if ends[job] > 1])


async def _judge_reclaims(verdict: Verdict, witness: Witness, orphans: Sequence[Orphan]) -> None:
    for orphan in orphans:
        rows = await witness.rows(RECLAIM, orphan.job_id, orphan.claim, orphan.at)
        seconds = float("inf") if rows[0][0] is None else float(rows[0][0])
        verdict.longest_reclaim_seconds = max(verdict.longest_reclaim_seconds, seconds)
        if seconds > LONGEST_RECLAIM_SECONDS:
            verdict.wrong.append(f"job {orphan.job_id} was taken up again only {seconds:.1f} s after its worker died")


def _judge_invariants(verdict: Verdict, stack: Stack) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "check", "--json"],
        env=clean_environment() | {"PYTHONPATH": str(ROOT), "NEXUS_DATA_DIR": str(stack.folder)},
        cwd=stack.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode not in (0, 1):
        verdict.wrong.append(f"`nexus check` could not look: {done.stderr}")
        return
    broken = [one for one in json.loads(done.stdout)["checks"] if not one["ok"]]
    verdict.violations = sum(one["violations"] for one in broken)
    verdict.complain("invariants that are broken", broken)
