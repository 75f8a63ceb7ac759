"""
A chaos run: a stack under load, a seeded schedule of faults, then quiet, then the verdict.

    python -m tests.chaos.run --seed 7 --seconds 120 --table chaos.md

The same seed asks for the same work and strikes the same blows at the same times; which process a blow finds with work
in its hands is up to the moment. Exit status 1: something was lost, doubled or wrong, and every sentence says what.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click
import httpx
import psutil

from nexus.core.db import Database
from nexus.credits import services as credits
from tests.chaos import plan, verdict
from tests.chaos.clients import Clients, Records
from tests.chaos.faults import Chaos, Done, counted, tally
from tests.chaos.stack import LEASE_SECONDS, SWEEP_SECONDS, Stack, running
from tests.chaos.telling import Ears, listening
from tests.chaos.verdict import LONGEST_RECLAIM_SECONDS, Verdict
from tests.chaos.witness import Witness
from tests.house import id_token

QUIET_SECONDS = 90.0
PLENTY, FEW = 1_000_000, 500  # credits that are granted
ABOUT = f"""# The last `make chaos`

{{day:%Y-%m-%d}}, {{cores}} cores, {{gigabytes:.0f}} GiB. A load of six organisations against two API processes and
three workers with leases of {LEASE_SECONDS:.0f} s and a sweep every {SWEEP_SECONDS:.0f} s. A fault counts when its
victim held work. A killed worker's jobs must be taken up again within lease + sweep + 5 s =
{LONGEST_RECLAIM_SECONDS:.0f} s. `make chaos` writes this page anew.
"""
HEAD = (
    "seed",
    "seconds",
    "jobs",
    "completed",
    "failed",
    "cancelled",
    "refused",
    "faults by kind",
    "faults",
    "counted",
    "lost",
    "doubly finished",
    "invariants broken",
    "longest re-claim (s)",
    "events delivered",
    "events dead",
)


@dataclass(frozen=True)
class Outcome:
    """What a run gives: what was done, what the clients were told, and the verdict."""

    seed: int
    seconds: float
    done: Sequence[Done]
    records: Records
    verdict: Verdict

    @property
    def row(self) -> tuple[Any, ...]:
        """The run as a row of the table."""
        found, statuses = self.verdict, self.verdict.statuses
        kinds = ", ".join(f"{number} {kind}" for kind, number in tally(self.done).items())
        failed = statuses["failed"] - found.cancelled
        ends = (statuses["completed"], failed, found.cancelled, len(self.records.refused))
        zeros = (found.lost, found.doubly_finished, found.violations)
        reclaim = f"{found.longest_reclaim_seconds:.1f}"
        return (
            *(self.seed, f"{self.seconds:g}", found.jobs, *ends, kinds, len(self.done), counted(self.done)),
            *(*zeros, reclaim, found.told["delivered"], found.told["dead"]),
        )


async def chaos(seed: int, seconds: float) -> Outcome:
    """Run it once."""
    async with listening() as receiver:
        with running(receiver.host) as stack:
            return await _strike(stack, Ears(receiver), seed, seconds)


async def _strike(stack: Stack, ears: Ears, seed: int, seconds: float) -> Outcome:
    witness = Witness(stack.run["database_url"])
    await witness.install()
    clients = Clients(stack.run["api"], await _tokens(stack, ears))
    mischief = Chaos(stack, clients, witness)
    begun = monotonic()
    async with asyncio.TaskGroup() as everything:
        everything.create_task(clients.place_all(plan.orders(seed, seconds), begun))
        everything.create_task(mischief.carry_out(plan.faults(seed, seconds), begun))
    await _until_quiet(witness)
    found = await verdict.judge(stack, witness, clients.records, mischief.orphans, ears)
    await witness.close()
    return Outcome(seed, seconds, mischief.done, clients.records, found)


async def _tokens(stack: Stack, ears: Ears) -> list[str]:
    """Sign somebody in for each organisation, give each its credits, and let each listen; their access tokens."""
    environment, tokens = stack.environment, []
    db = Database(environment["NEXUS_DATABASE_URL"], environment["NEXUS_SYSTEM_DATABASE_URL"], pool_size=1)
    async with httpx.AsyncClient(base_url=stack.run["api"][0], trust_env=False) as http:
        for number in (*plan.STEADY, plan.FLOODING):
            token = await id_token(stack.run["idp"], f"ann@chaos-{number}.test")
            answer = await http.post("/v1/auth/google", json={"id_token": token})
            pair = answer.raise_for_status().json()
            tokens.append(pair["access_token"])
            await ears.listen(http, pair["access_token"], number)
            amount = FEW if number in plan.SHORT_OF_CREDITS else PLENTY
            async with db.system() as tx:
                await credits.grant(tx, pair["organisation"]["id"], amount, "For a chaos run")
    await db.close()
    return tokens


async def _until_quiet(witness: Witness) -> None:
    """Wait until nothing waits and nothing runs, but not for ever: the verdict says who is left."""
    deadline = monotonic() + QUIET_SECONDS
    while monotonic() < deadline and await witness.unfinished():
        await asyncio.sleep(0.2)


def line_of(values: Sequence[Any]) -> str:
    """A line of a table in Markdown."""
    return f"| {' | '.join(map(str, values))} |"


def note(table: Path, row: Sequence[Any]) -> None:
    """Add a row to the table, which begins with what it is about and its head."""
    about = ABOUT.format(day=datetime.now(UTC), cores=os.cpu_count(), gigabytes=psutil.virtual_memory().total / 2**30)
    head = "" if table.exists() else f"{about}\n{line_of(HEAD)}\n{line_of(['---'] * len(HEAD))}\n"
    with table.open("a", encoding="utf-8") as file:
        file.write(f"{head}{line_of(row)}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it as a command; the exit status."""
    wanted = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    wanted.add_argument("--seed", type=int, required=True)
    wanted.add_argument("--seconds", type=float, default=120)
    wanted.add_argument("--table", type=Path, help="add the row to this file as well")
    asked = wanted.parse_args(arguments)
    outcome = asyncio.run(chaos(asked.seed, asked.seconds))
    click.echo(line_of(HEAD))
    click.echo(line_of(outcome.row))
    click.echo(f"Clients asked again after: {dict(outcome.records.asked_again)}")
    for wrong in outcome.verdict.wrong:
        click.echo(f"WRONG: {wrong}")
    if asked.table is not None:
        note(asked.table, outcome.row)
    return 1 if outcome.verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
