"""Two API processes that share a Redis, bursts through both of them, and a machine that is busy meanwhile."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from tests.api_processes import ApiProcess, api_process
from tests.house import WEB_CLIENT_SECRET, Person, Servers, id_token, some_domain

LIMIT, CALLS, REPLICAS = 100, 110, 2
PATHS = ("/me", "/credits", "/jobs", "/organisation", "/job-types")
BUSY = "import os; ours = os.getppid()\nwhile os.getppid() == ours: pass"  # and no longer than the tests run
PATIENCE = httpx.Timeout(60)


@dataclass(frozen=True)
class Pair:
    """Two API processes, and a door to each."""

    processes: list[ApiProcess]
    doors: list[httpx.AsyncClient]
    idp: str

    async def somebody(self, *, web: bool = False) -> Person:
        """The admin of a new organisation, perhaps through the web application."""
        email = f"ann@{some_domain()}"
        secret = {"web_client_secret": WEB_CLIENT_SECRET} if web else {}
        asked = {"id_token": await id_token(self.idp, email), **secret}
        answer = (await self.doors[0].post("/auth/google", json=asked)).raise_for_status()
        return Person(email, self.doors[0], answer.json())

    async def burst(self, person: Person, calls: int = CALLS, paths: Sequence[str] = PATHS) -> Counter[int]:
        """So many calls at once, in turn through both; how many answers of each status came."""
        bearer = {"Authorization": f"Bearer {person.pair['access_token']}"}
        asked = (self.doors[n % REPLICAS].get(paths[n % len(paths)], headers=bearer) for n in range(calls))
        return Counter(answer.status_code for answer in await asyncio.gather(*asked))

    async def decided_alone(self) -> list[str]:
        """Which decisions a process took alone, and why Redis did not."""
        told = [(await door.get(str(door.base_url.copy_with(path="/metrics")))).text for door in self.doors]
        return [line for text in told for line in text.splitlines() if 'by="process"' in line or "stand_ins" in line]


@asynccontextmanager
async def pair_of_processes(servers: Servers, folder: Path, *redis_urls: str, **settings: str) -> AsyncIterator[Pair]:
    """Two API processes with the limit that nobody changed; each may have an address of its own for Redis."""
    environment = {name: value for name, value in servers.environment.items() if name != "NEXUS_RATE_LIMIT"}
    environment |= {"NEXUS_API_REPLICAS": str(REPLICAS)} | settings
    with ExitStack() as running:
        processes = [
            running.enter_context(api_process(environment | _redis(url), folder / f"{uuid4().hex}.log"))
            for url in redis_urls or [""] * REPLICAS
        ]
        async with AsyncExitStack() as open_doors:
            yield Pair(processes, [await open_doors.enter_async_context(_door(one)) for one in processes], servers.idp)


@contextmanager
def busy_processors(count: int = 4) -> Iterator[None]:
    """So many processes that compute without pause."""
    with ExitStack() as running:
        for _ in range(count):
            computing = running.enter_context(subprocess.Popen([sys.executable, "-c", BUSY]))
            running.callback(computing.kill)
        yield


def _redis(url: str) -> dict[str, str]:
    return {"NEXUS_REDIS_URL": url} if url else {}


def _door(process: ApiProcess) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=CALLS, max_keepalive_connections=0)  # idle, the API would end them
    return httpx.AsyncClient(base_url=f"{process.url}/v1", trust_env=False, timeout=PATIENCE, limits=limits)
