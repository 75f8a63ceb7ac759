"""
`make backup-drill`: back up a stack at work, put it into another data directory, and compare.

The rows are counted in the snapshot that the backup is of, so they have to be equal to the row. The invariants are
asked before and after. Then a stack is started on what was put back, and does work for the people who are in it.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from nexus.kept import looking
from nexus.local.postgres import EmbeddedPostgres
from tests.gates.whole_stack import WholeStack, settled
from tests.house import ROOT, Person, clean_environment
from tests.kept.load import a_crowd, a_stack, load, nexus_beside

WORK_SECONDS = 10.0
PER_SECOND = 30.0
SECRET_KEYS = "NEXUS_SECRET_KEYS"


@dataclass(frozen=True)
class Found:
    """What the drill found."""

    backup_seconds: float
    restore_seconds: float
    megabytes: float
    failed_meanwhile: int
    kept: Mapping[str, int]
    restored: Mapping[str, int]
    before: dict[str, Any]
    after: dict[str, Any]
    works_again: bool

    @property
    def ok(self) -> bool:
        """Whether everything came back, and works."""
        holds = self.before["ok"] and self.after["ok"]
        return bool(holds and self.works_again and not self.failed_meanwhile and self.kept == self.restored)

    def lines(self) -> list[str]:
        """The figures, for people."""
        figures = {
            "backup, while 30 requests/s came": f"{self.backup_seconds:.1f} s, {self.megabytes:.1f} MB",
            "answers of 5xx, or none, meanwhile": str(self.failed_meanwhile),
            "restore into another directory": f"{self.restore_seconds:.1f} s, server's start included",
            "rows kept and restored": f"{sum(self.kept.values())} and {sum(self.restored.values())}",
            "tables with another count": str(sum(self.restored.get(name) != n for name, n in self.kept.items())),
            "invariants before and after": " and ".join("hold" if one["ok"] else "BROKEN" for one in self._checks()),
            "the restored stack does work": "yes" if self.works_again else "NO",
        }
        return [f"{name:<36} {value}" for name, value in figures.items()]

    def _checks(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.before, self.after


async def drill(folder: Path, work_seconds: float, per_second: float) -> Found:
    """Run the drill in this folder, which must be nobody else's."""
    source, target, backup = folder / "data", folder / "restored", folder / "nexus.dump"
    with a_stack(source, {}) as stack:
        seconds, failed, somebody = await _keep_while_working(stack, backup, work_seconds, per_second)
        before = json.loads(nexus_beside(stack, "check", "--json"))
        keys = json.loads((source / "environment.json").read_text())[SECRET_KEYS]
    page = json.loads(backup.with_name("nexus.dump.json").read_text())
    begun = perf_counter()
    restore(target, backup)
    restored_within = perf_counter() - begun
    rows = await _count(target)
    with a_stack(target, {SECRET_KEYS: keys}) as stack:
        after = json.loads(nexus_beside(stack, "check", "--json"))
        works = await _works_for(stack, somebody)
    return Found(seconds, restored_within, page["bytes"] / 1e6, failed, page["rows"], rows, before, after, works)


def restore(data_dir: Path, backup: Path, *options: str, status: int = 0) -> str:
    """`nexus restore` into a data directory; what it said."""
    environment = clean_environment() | {"NEXUS_DATA_DIR": str(data_dir), "PATH": os.environ.get("PATH", os.defpath)}
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "restore", str(backup), *options],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


async def _keep_while_working(
    stack: WholeStack, backup: Path, work_seconds: float, per_second: float
) -> tuple[float, int, Person]:
    """Back up in the middle of work: how long it took, how many answers failed, and somebody who is in it."""
    async with a_crowd(stack) as crowd:
        done = asyncio.Event()
        asking = asyncio.create_task(load(crowd, per_second, done))
        try:
            await asyncio.sleep(work_seconds / 2)
            begun = perf_counter()
            await asyncio.to_thread(nexus_beside, stack, "backup", "--output", str(backup))
            seconds = perf_counter() - begun
            await asyncio.sleep(work_seconds / 2)
        finally:
            done.set()
        return seconds, (await asking).failed, crowd.somebody


async def _count(data_dir: Path) -> Mapping[str, int]:
    """The rows of a data directory, before any process of the platform has come to it."""
    postgres = EmbeddedPostgres(data_dir, data_dir / "logs")
    postgres.start()
    try:
        async with looking.looking_at(postgres.superuser_url) as connection:
            return await looking.count_rows(connection)
    finally:
        postgres.stop()


async def _works_for(stack: WholeStack, somebody: Person) -> bool:
    """Whether somebody of before renews their session, finds their jobs, and has another one done."""
    async with httpx.AsyncClient(base_url=f"{stack.api}/v1", trust_env=False, timeout=30) as client:
        renewed = await client.post("/auth/refresh", json={"refresh_token": somebody.pair["refresh_token"]})
        assert renewed.status_code == 200, renewed.text
        client.headers["Authorization"] = f"Bearer {renewed.json()['access_token']}"
        known = (await client.get("/jobs")).json()["items"]
        asked = await client.post("/summarize", json={"text": "It came back. Everything was there. Work goes on."})
        job = await settled(Person(somebody.email, client, renewed.json()), asked.json()["job_id"])
        return bool(known) and job["status"] == "completed"


def main() -> int:
    """Run it, and print the figures."""
    arguments = argparse.ArgumentParser(description="Back up, restore, compare.")
    arguments.add_argument("--seconds", type=float, default=WORK_SECONDS, help="for how long there is work")
    arguments.add_argument("--rate", type=float, default=PER_SECOND, help="requests a second")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="nexus-drill-") as name:
        found = asyncio.run(drill(Path(name), asked.seconds, asked.rate))
    print("\n".join(found.lines()))  # noqa: T201 - it prints what it found
    return 0 if found.ok else 1


if __name__ == "__main__":
    sys.exit(main())
