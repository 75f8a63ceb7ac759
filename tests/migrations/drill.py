"""
`make migration-drill`: the newest revisions come, go and come again under fire.

A stack serves, somebody asks at an even rate, and somebody else has read the tables and leaves their transaction open.
Meanwhile the schema goes up to the newest revision, down one and up again. No answer may be 5xx, and 99 of 100 come
within two seconds, counted from when they were to be asked for.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import asyncpg
from alembic.script import ScriptDirectory

from migrations.run import configuration
from tests.gates.whole_stack import WholeStack
from tests.house import ROOT
from tests.kept.load import Answers, a_crowd, a_stack, environment_of, load

SLOWEST_P99 = 2.0  # seconds
READ = ("jobs", "users", "sessions", "credit_transactions", "org_credits", "audit_events")
BEFORE = 2  # how many revisions the newest release brought


@dataclass
class Verdict:
    """What the drill found: the answers, and how long each step took."""

    answers: Answers
    steps: dict[str, float] = field(default_factory=dict)
    left_to_do: int = 0

    @property
    def ok(self) -> bool:
        """Whether nobody noticed more than a pause."""
        return not self.answers.failed and self.answers.percentile(0.99) < SLOWEST_P99 and not self.left_to_do

    def lines(self) -> list[str]:
        """The figures, for people."""
        told, p50, p99 = self.answers, self.answers.percentile(0.5), self.answers.percentile(0.99)
        figures = {
            "answers, of which 5xx or none": f"{len(told.seconds)}, {told.failed}   {told.statuses}",
            "p50 / p99 / longest": f"{p50:.3f} / {p99:.3f} / {max(told.seconds):.3f} s (p99 under {SLOWEST_P99:.0f})",
            "jobs left undone afterwards": str(self.left_to_do),
        }
        steps = {name: f"{seconds:.1f} s" for name, seconds in self.steps.items()}
        return [f"{name:<34} {value}" for name, value in (steps | figures).items()]


async def drill(stack: WholeStack, hold_seconds: float, per_second: float) -> Verdict:
    """Run the drill on a stack that serves."""
    newest, one_before, start = _revisions()
    steps: dict[str, float] = {}
    await _move(stack, start, steps, f"before: back to {start}")
    async with a_crowd(stack) as crowd:
        done = asyncio.Event()
        asking = asyncio.create_task(load(crowd, per_second, done))
        try:
            async with _open_reader(stack, hold_seconds):
                await asyncio.sleep(1)
                await _move(stack, newest, steps, f"up to {newest}, a reader before it")
            async with _open_reader(stack, min(5.0, hold_seconds)):
                await _move(stack, one_before, steps, f"down one, to {one_before}")
                await _move(stack, newest, steps, f"up again, to {newest}")
            await asyncio.sleep(1)
        finally:
            done.set()
        answers = await asking
    return Verdict(answers, steps, await _left_to_do(stack))


def _revisions() -> tuple[str, str, str]:
    """The newest revision, the one before it, and where the release before stood."""
    known = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()]
    return known[0], known[1], known[BEFORE]


async def _move(stack: WholeStack, revision: str, steps: dict[str, float], name: str) -> None:
    begun = perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nexus.cli", "migrate", "--to", revision),
        env=environment_of(stack),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    steps[name] = perf_counter() - begun


@asynccontextmanager
async def _open_reader(stack: WholeStack, seconds: float) -> AsyncIterator[None]:
    """Somebody has read everything, and keeps their transaction open for so long, whatever goes on inside."""
    reader = await asyncpg.connect(stack.superuser_url)
    begun = perf_counter()
    await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    for table in READ:
        await reader.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of ours

    async def leave() -> None:
        await asyncio.sleep(max(0.0, seconds - (perf_counter() - begun)))
        await reader.execute("COMMIT")

    leaving = asyncio.create_task(leave())
    try:
        yield
        await leaving
    finally:
        leaving.cancel()
        await reader.close()


async def _left_to_do(stack: WholeStack) -> int:
    """How many jobs are neither done nor failed once the workers had their time."""
    connection = await asyncpg.connect(stack.superuser_url)
    try:
        for _ in range(300):
            left = await connection.fetchval("SELECT count(*) FROM jobs WHERE status IN ('pending', 'running')")
            if not left:
                return 0
            await asyncio.sleep(0.1)
        return int(left)
    finally:
        await connection.close()


def main() -> int:
    """Run it on a stack of its own, and print the figures."""
    arguments = argparse.ArgumentParser(description="Migrate under fire.")
    arguments.add_argument("--hold", type=float, default=30, help="for how many seconds a reader stays")
    arguments.add_argument("--rate", type=float, default=50, help="requests a second")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="nexus-drill-") as name, a_stack(Path(name, "data"), {}) as stack:
        verdict = asyncio.run(drill(stack, asked.hold, asked.rate))
    print("\n".join(verdict.lines()))  # noqa: T201 - it prints what it found
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())
