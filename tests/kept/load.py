"""A load at an even rate: each request at its time, whether those before it were answered or not."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter

import httpx

from tests.gates.whole_stack import WholeStack, nexus_up
from tests.house import ROOT, Person, clean_environment, sign_in, some_domain

CREDITS = 1_000_000
PEOPLE = 5
SECONDS_TO_ANSWER = 30.0


@dataclass
class Answers:
    """What came back: statuses, and how long each answer took from the moment when it was to be asked for."""

    statuses: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many were 5xx, or never came."""
        return sum(number for status, number in self.statuses.items() if status >= 500 or status == 0)

    def percentile(self, part: float) -> float:
        """The seconds that this part of the answers stayed within."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Crowd:
    """People of several organisations with credits, and what they ask for again and again."""

    def __init__(self, people: list[Person]) -> None:
        self._people = people
        self._jobs = [""] * len(people)
        self._numbers = count()

    @property
    def somebody(self) -> Person:
        """One of them."""
        return self._people[0]

    async def ask(self, number: int) -> int:
        """One request of somebody's; its status, or 0 when no answer came."""
        who = number % len(self._people)
        person = self._people[who]
        try:
            match number // len(self._people) % 5:
                case 0:
                    answer = await self._submit(person, who)
                case 1:
                    answer = await person.api.get("/credits")
                case 2:
                    answer = await person.api.get("/jobs")
                case 3:
                    answer = await person.api.get("/credits/transactions")
                case _:
                    answer = await person.api.get(f"/jobs/{self._jobs[who]}" if self._jobs[who] else "/me")
        except httpx.HTTPError:
            return 0
        return answer.status_code

    async def _submit(self, person: Person, who: int) -> httpx.Response:
        text = f"The old bridge was closed on Monday, number {next(self._numbers)}. Repairs will take until March."
        answer = await person.api.post("/summarize", json={"text": text})
        if answer.status_code == 202:
            self._jobs[who] = answer.json()["job_id"]
        return answer


async def load(crowd: Crowd, per_second: float, until: asyncio.Event) -> Answers:
    """Ask at this rate until told to stop, then wait for the last answers."""
    found, asked, begun = Answers(), set[asyncio.Task[None]](), perf_counter()

    async def ask(number: int, at: float) -> None:
        status = await crowd.ask(number)
        found.seconds.append(perf_counter() - at)
        found.statuses[status] = found.statuses.get(status, 0) + 1

    for number in count():
        at = begun + number / per_second
        await asyncio.sleep(max(0.0, at - perf_counter()))
        if until.is_set():
            break
        task = asyncio.create_task(ask(number, at))
        asked.add(task)
        task.add_done_callback(asked.discard)
    await asyncio.gather(*asked)
    return found


@asynccontextmanager
async def a_crowd(stack: WholeStack) -> AsyncIterator[Crowd]:
    """People who are signed in, each of an organisation that the operator gave credits."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with httpx.AsyncClient(
        base_url=f"{stack.api}/v1", trust_env=False, timeout=SECONDS_TO_ANSWER, limits=limits
    ) as client:
        people = [await sign_in(client, stack.run["idp"], f"ann@{some_domain()}") for _ in range(PEOPLE)]
        for person in people:
            nexus_beside(stack, "credits", "grant", "--organisation", person.domain, "--amount", str(CREDITS))
        yield Crowd(people)


@contextmanager
def a_stack(folder: Path, settings: Mapping[str, str]) -> Iterator[WholeStack]:
    """A whole stack of which nothing is left afterwards."""
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        with nexus_up(folder, settings) as stack:
            yield stack
    finally:
        shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)  # it may lie where the server's user can go


def nexus_beside(stack: WholeStack, *arguments: str) -> str:
    """Run a command of the console script beside a running stack; what it printed."""
    reason = ("--reason", "a drill") if arguments[0] == "credits" else ()
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", *arguments, *reason],
        env=clean_environment() | {"NEXUS_DATA_DIR": str(stack.folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def environment_of(stack: WholeStack) -> dict[str, str]:
    """The settings of the stack's processes, and the door of a migrator."""
    made: dict[str, str] = json.loads((stack.folder / "environment.json").read_text())
    bare = {"PATH": os.environ.get("PATH", os.defpath)}
    return clean_environment() | bare | made | {"NEXUS_MIGRATION_DATABASE_URL": stack.superuser_url}
