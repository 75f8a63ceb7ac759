"""
Hostile requests against an API and a worker that may have 1 GiB of memory each, and what somebody else notices.

    python -m tests.hostile.run --requests 2000

Exit status 1 when a call of another organisation waited longer than 500 ms, a process ended, a request was answered
with 5xx other than 503, or memory after a minute of quiet is more than a fifth above what it was before.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic

import httpx
import psutil

from nexus.local.ports import free_port
from tests.ai.openai_server import answers, openai_server
from tests.hostile.inputs import HostileRequest, hostile_requests
from tests.house import (
    Person,
    Servers,
    await_server,
    clean_environment,
    nexus,
    run_servers,
    sign_in,
    some_domain,
    wait_for,
)

MEMORY_BYTES = 1 << 30  # of address space, so that what is only asked for counts as well
LONGEST_WAIT_SECONDS = 0.5
LARGEST_GROWTH = 1.2
AT_ONCE = 8
PROBE_EVERY_SECONDS = 0.02
ANSWER_SECONDS = 60
PLENTY = 10_000_000  # credits
WARM_UP = 20
UNWELL = 500
REFUSED_FOR_NOW = 503


@dataclass
class Outcome:
    """What a run saw."""

    seconds: float = 0
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    peak: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What is not as it has to be; empty when all is well."""
        unwell = {key: n for key, n in self.statuses.items() if key[1] >= UNWELL and key[1] != REFUSED_FOR_NOW}
        grown = {name: size for name, size in self.after.items() if size > LARGEST_GROWTH * self.before[name]}
        return [
            *([f"a call waited {max(self.waits):.3f} s"] if max(self.waits) > LONGEST_WAIT_SECONDS else []),
            *(f"{count} times {status} to a hostile {kind}" for (kind, status), count in unwell.items()),
            *(f"memory of the {name}: {self.before[name]} MB, then {size} MB" for name, size in grown.items()),
            *(f"the {name} ended" for name in self.ended),
        ]

    def lines(self) -> list[str]:
        """The figures of the run, to be read by people."""
        waits = sorted(self.waits)
        return [
            f"{sum(self.statuses.values())} hostile requests in {self.seconds:.0f} s: {dict(self.statuses)}",
            (
                f"{len(waits)} calls of another organisation, in ms: median {median(waits) * 1000:.1f}, 99 % below "
                f"{waits[len(waits) * 99 // 100] * 1000:.0f}, longest {waits[-1] * 1000:.0f}"
            ),
            *(
                f"{n}: {self.before[n]} MB before, {self.peak[n]} MB at most, {self.after[n]} MB after"
                for n in self.after
            ),
        ]


@contextmanager
def processes(servers: Servers, folder: Path, model: str) -> Iterator[tuple[str, dict[str, psutil.Process]]]:
    """An API and a worker with little memory; the API's address and the processes by name."""
    port = free_port()
    settings = {"NEXUS_OPENAI_API_KEY": "made up", "NEXUS_OPENAI_MODEL": "made-up", "NEXUS_OPENAI_BASE_URL": model}
    environment = clean_environment() | servers.environment | settings
    commands = {"API": ["api", "--port", str(port)], "worker": ["worker"]}
    started = {name: _start(command, environment, folder / f"{name}.log") for name, command in commands.items()}
    try:
        url = f"http://127.0.0.1:{port}"
        await_server(f"{url}/health/live")
        yield url, {name: psutil.Process(process.pid) for name, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def _start(command: list[str], environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "nexus.cli", *command],
            env=environment,
            cwd=log.parent,
            stdout=out,
            preexec_fn=_limit_memory,  # noqa: PLW1509 - no thread of ours holds a lock here
        )


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def memory(process: psutil.Process) -> int:
    """Megabytes in use by a process and its children, shared pages counted once."""
    total = 0
    for member in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += member.memory_full_info().pss
    return total >> 20


async def run(count: int, quiet_seconds: float, seed: int = 1) -> Outcome:
    """Send so many hostile requests, then wait, and say what was seen."""
    outcome = Outcome()
    async with _house(count) as (url, servers, watched), _people(url, servers) as (attacker, other):
        await _warm_up(attacker)
        outcome.before = {name: memory(process) for name, process in watched.items()}
        await _attack(outcome, attacker, other, hostile_requests(seed, count), watched)
        await asyncio.sleep(quiet_seconds)
        outcome.ended = [name for name, process in watched.items() if process.status() == psutil.STATUS_ZOMBIE]
        outcome.after = {n: memory(process) for n, process in watched.items() if n not in outcome.ended}
    return outcome


@asynccontextmanager
async def _house(answer_count: int) -> AsyncIterator[tuple[str, Servers, dict[str, psutil.Process]]]:
    """The servers, a model that answers so often, and the processes at work: the API's address comes first."""
    with tempfile.TemporaryDirectory(prefix="nexus-hostile-") as name, run_servers(Path(name)) as servers:
        async with openai_server() as model:
            model.script(*[answers({"data": "a" * 5_000})] * answer_count)
            with processes(servers, Path(name), model.url) as (url, watched):
                yield url, servers, watched


@asynccontextmanager
async def _people(url: str, servers: Servers) -> AsyncIterator[tuple[Person, Person]]:
    """An attacker with plenty of credits, and somebody of another organisation."""
    async with httpx.AsyncClient(base_url=f"{url}/v1", trust_env=False) as api:
        mallory, bob = [await sign_in(api, servers.idp, f"{who}@{some_domain()}") for who in ("mallory", "bob")]
        mallory.api.timeout = bob.api.timeout = httpx.Timeout(ANSWER_SECONDS)
        grant = ["credits", "grant", "--organisation", mallory.domain, "--amount", str(PLENTY), "--reason", "a run"]
        await asyncio.to_thread(nexus, *grant, environment=servers.environment)
        yield mallory, bob


async def _warm_up(person: Person) -> None:
    """Have every library loaded and buffers grown, as in a process that has been at work."""
    sentence = "The bridge over the Lune was closed on Monday. Engineers had found cracks in two of its piers. "
    for number in range(WARM_UP):
        text = f"{number} {sentence * 500}"
        for job_type, more in (("summarize", {}), ("analyze", {}), ("extract", {"schema": {"type": "object"}})):
            answer = await person.api.post(f"/{job_type}", json={"text": text, **more})
            job_id = answer.raise_for_status().json()["job_id"]

    async def settled() -> bool:
        answer = await person.api.get(f"/jobs/{job_id}")
        return answer.json()["status"] in {"completed", "failed"}

    await wait_for(settled, ANSWER_SECONDS)


async def _attack(
    outcome: Outcome,
    attacker: Person,
    other: Person,
    requests: list[HostileRequest],
    watched: dict[str, psutil.Process],
) -> None:
    """Send the requests, some at once, while somebody else keeps calling and memory is watched."""
    done = asyncio.Event()
    began = monotonic()
    watchers = [asyncio.create_task(_probe(outcome, other, done)), asyncio.create_task(_watch(outcome, watched, done))]
    queue = iter(requests)

    async def send() -> None:
        for request in queue:
            outcome.statuses[request.kind, await _send(attacker.api, request)] += 1

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    outcome.seconds = monotonic() - began
    done.set()
    await asyncio.gather(*watchers)


async def _send(api: httpx.AsyncClient, request: HostileRequest) -> int:
    """The status of the answer; 0 when the connection was closed, as a server may do to an oversized head."""
    try:
        answer = await api.request(request.method, request.path, json=request.body, headers=request.headers)
    except httpx.TransportError:
        return 0
    return answer.status_code


async def _probe(outcome: Outcome, other: Person, done: asyncio.Event) -> None:
    while not done.is_set():
        began = monotonic()
        answer = await other.api.get("/credits")
        outcome.waits.append(monotonic() - began)
        if not answer.is_success:
            outcome.statuses["call of another organisation", answer.status_code or UNWELL] += 1
        await asyncio.sleep(PROBE_EVERY_SECONDS)


async def _watch(outcome: Outcome, watched: dict[str, psutil.Process], done: asyncio.Event) -> None:
    while not done.is_set():
        for name, process in watched.items():
            with suppress(psutil.NoSuchProcess):
                outcome.peak[name] = max(outcome.peak.get(name, 0), await asyncio.to_thread(memory, process))
        await asyncio.sleep(0.5)


def main() -> None:
    """Run, print what was seen, and end with 1 if something is not as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--quiet-seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    outcome = asyncio.run(run(asked.requests, asked.quiet_seconds, asked.seed))
    print("\n".join([*outcome.lines(), *(f"FAULT: {fault}" for fault in outcome.faults)]))  # noqa: T201 - its result
    sys.exit(1 if outcome.faults else 0)


if __name__ == "__main__":
    main()
