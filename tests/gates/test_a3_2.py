"""
Gate A3.2: 110 requests of one organisation in under a minute, whoever sends them: exactly 100 succeed, ten answer 429
and say when to come back.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.api_processes import api_processes
from tests.house import Person, Servers, refusal, sign_in, some_domain

pytestmark = pytest.mark.alone

CALLS, LIMIT, WINDOW = 110, 100, 900
ROUNDS, USERS = 20, 10
PATHS = ("/me", "/credits", "/jobs", "/organisation", "/job-types")


@pytest.fixture(scope="module")
def urls(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two API processes with the limit that nobody changed."""
    environment = {name: value for name, value in servers.environment.items() if name != "NEXUS_RATE_LIMIT"}
    replicas = {"NEXUS_API_REPLICAS": "2"}
    folder: Path = tmp_path_factory.mktemp("limited")
    with api_processes(environment | replicas, folder, 2) as running:
        yield running


@pytest.fixture
async def doors(urls: list[str]) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A door to each, with a connection for each call: one that lies idle between rounds may be ended by the API."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with AsyncExitStack() as open_doors:
        yield [
            await open_doors.enter_async_context(
                httpx.AsyncClient(base_url=f"{url}/v1", trust_env=False, timeout=30, limits=limits)
            )
            for url in urls
        ]


async def ask(person: Person, door: httpx.AsyncClient, path: str) -> httpx.Response:
    """Call as this person, through this door."""
    return await door.get(path, headers={"Authorization": f"Bearer {person.pair['access_token']}"})


async def who_decided(doors: list[httpx.AsyncClient]) -> list[str]:
    """Which decisions a process took alone because Redis, or this machine, was too slow: there should be none."""
    told = [(await door.get(str(door.base_url.copy_with(path="/metrics")))).text for door in doors]
    return [line for text in told for line in text.splitlines() if 'by="process"' in line]


async def test_gate_a3_2_of_110_requests_exactly_100_succeed_and_ten_answer_429_with_retry_after(
    servers: Servers, doors: list[httpx.AsyncClient]
) -> None:
    ann = await sign_in(doors[0], servers.idp, f"ann@{some_domain()}")
    started = monotonic()

    answers = [await ask(ann, doors[0], path) for path, _ in zip(cycle(PATHS), range(CALLS), strict=False)]

    took = monotonic() - started
    refused = answers[LIMIT:]
    assert took < 60
    assert [answer.status_code for answer in answers[:LIMIT]] == [200] * LIMIT
    assert [refusal(answer) for answer in refused] == [(429, "rate_limited")] * (CALLS - LIMIT)
    for answer in refused:
        said = answer.json()["retry_after"]
        assert answer.headers["Retry-After"] == str(said)
        assert WINDOW - took - 1 <= said <= WINDOW


async def test_gate_a3_2_ten_users_at_once_through_two_processes_share_100_in_each_of_twenty_rounds(
    servers: Servers, doors: list[httpx.AsyncClient]
) -> None:
    for number in range(ROUNDS):
        domain = some_domain()
        people = [await sign_in(doors[0], servers.idp, f"person{user}@{domain}") for user in range(USERS)]
        calls = [
            ask(people[call % USERS], doors[call // USERS % len(doors)], PATHS[call % len(PATHS)])
            for call in range(CALLS)
        ]

        answers = await asyncio.gather(*calls)

        found = Counter(answer.status_code for answer in answers)
        assert found == {200: LIMIT, 429: CALLS - LIMIT}, f"round {number}; {await who_decided(doors)}"
        assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 429)
