"""`nexus up` as a process of its own on free ports, as somebody would run it on their machine."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from nexus.local.ports import free_port
from tests.house import OUT_OF_REACH, Person, clean_environment, sign_in, some_domain

UP_SECONDS = 60


@dataclass(frozen=True)
class WholeStack:
    """A running stack, and what its processes wrote into their logs."""

    folder: Path
    api: str
    supervisor: int

    @property
    def run(self) -> dict[str, Any]:
        """What `run.json` says."""
        found: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return found

    @property
    def superuser_url(self) -> str:
        """For looking at what really stands in the tables."""
        return str(self.run["database_url"])

    def told(self, process: str, job_id: str) -> list[dict[str, Any]]:
        """The lines of a process's log about a job, each with its time."""
        lines = (self.folder / "logs" / f"{process}.log").read_text().splitlines()
        events = [json.loads(line) for line in lines]
        return [
            event | {"at": datetime.fromisoformat(event["timestamp"])}
            for event in events
            if event.get("job_id") == job_id
        ]

    @asynccontextmanager
    async def somebody(self) -> AsyncIterator[Person]:
        """The admin of a new organisation, whose door is an HTTP connection."""
        async with httpx.AsyncClient(base_url=f"{self.api}/v1", trust_env=False) as client:
            yield await sign_in(client, self.run["idp"], f"ann@{some_domain()}")


@contextmanager
def nexus_up(folder: Path, settings: Mapping[str, str], *, web: bool = False) -> Iterator[WholeStack]:
    """Run `nexus up` until the block ends, with these settings, and with a rate limit that no test reaches."""
    api, idp = free_port(), free_port()
    ports = [f"--api-port={api}", f"--idp-port={idp}", f"--web-port={free_port()}" if web else "--no-web"]
    with subprocess.Popen(
        [sys.executable, "-m", "nexus.cli", "up", f"--data-dir={folder}", *ports],
        env=clean_environment() | {"NEXUS_RATE_LIMIT": str(OUT_OF_REACH)} | dict(settings),
        cwd=folder,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            _await_start(process, folder)
            yield WholeStack(folder, f"http://127.0.0.1:{api}", process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(UP_SECONDS)


def _await_start(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """`run.json` is written when everything that is to run was started and answers."""
    last = time.monotonic() + UP_SECONDS
    while not (folder / "run.json").exists():
        assert process.poll() is None, "nexus up ended"
        assert time.monotonic() < last, "nexus up took too long"
        time.sleep(0.05)


async def settled(person: Person, job_id: str, within_seconds: float = 30) -> dict[str, Any]:
    """Poll a job until it has ended, as a client would."""
    last = time.monotonic() + within_seconds
    while True:
        job: dict[str, Any] = (await person.api.get(f"/jobs/{job_id}")).raise_for_status().json()
        if job["status"] in ("completed", "failed"):
            return job
        assert time.monotonic() < last, job
        await asyncio.sleep(0.05)
