"""Sessions and keys over several API processes, as containers run them: what one did, the others know at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.accounts.keys import bearer, make_key, status
from tests.api_processes import api_processes
from tests.house import SECRET_KEY, Person, Servers, id_token, sign_in, some_domain, wait_for

NEWER_KEY = "a newer signing key that only the tests know"
GRACE_IS_OVER = "UPDATE sessions SET rotated_at = rotated_at - interval '16 seconds' WHERE user_id = $1"
HASHES = "SELECT value_hash FROM api_keys WHERE id = $1"
Doors = list[httpx.AsyncClient]


@asynccontextmanager
async def processes(servers: Servers, folder: Path, keys: str = SECRET_KEY, count: int = 2) -> AsyncIterator[Doors]:
    """So many API processes with these signing keys, and a door to each."""
    async with AsyncExitStack() as doors:
        urls = doors.enter_context(api_processes(servers.environment | {"NEXUS_SECRET_KEYS": keys}, folder, count))
        yield [
            await doors.enter_async_context(httpx.AsyncClient(base_url=f"{url}/v1", trust_env=False)) for url in urls
        ]


@pytest.fixture(scope="module")
async def pair(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    """Two API processes."""
    async with processes(servers, tmp_path_factory.mktemp("processes")) as doors:
        yield doors


@pytest.fixture
async def live(pair: Doors, servers: Servers) -> AsyncIterator[Person]:
    """An admin, at the door of the first process."""
    token = await id_token(servers.idp, email := f"ann@{some_domain()}")
    tokens: dict[str, Any] = (await pair[0].post("/auth/google", json={"id_token": token})).json()
    async with httpx.AsyncClient(
        base_url=pair[0].base_url, trust_env=False, headers=bearer(tokens["access_token"])
    ) as own:
        yield Person(email, own, tokens)


async def refresh(door: httpx.AsyncClient, token: str) -> httpx.Response:
    """Renew a session."""
    return await door.post("/auth/refresh", json={"refresh_token": token})


async def test_ten_refreshes_at_once_over_two_processes_give_one_successor(pair: Doors, live: Person) -> None:
    for _ in range(5):
        token = live.pair["refresh_token"]

        answers = await asyncio.gather(*(refresh(pair[number % 2], token) for number in range(10)))

        assert [answer.status_code for answer in answers] == [200] * 10
        (successor,) = {answer.json()["refresh_token"] for answer in answers}
        live.pair["refresh_token"] = successor


async def test_a_replay_after_the_grace_at_one_process_ends_the_family_at_both(
    pair: Doors, live: Person, truth: asyncpg.Connection
) -> None:
    renewed = (await refresh(pair[0], live.pair["refresh_token"])).json()
    await truth.execute(GRACE_IS_OVER, live.user_id)

    replayed = await refresh(pair[1], live.pair["refresh_token"])

    after = [await refresh(pair[0], renewed["refresh_token"])]
    after += [await door.get("/me", headers=bearer(renewed["access_token"])) for door in pair]
    assert [(answer.status_code, answer.json()["reason"]) for answer in (replayed, *after)] == [(401, "expired")] * 4


async def test_replays_at_once_after_the_grace_give_nobody_a_successor(
    pair: Doors, live: Person, truth: asyncpg.Connection
) -> None:
    await refresh(pair[0], live.pair["refresh_token"])
    await truth.execute(GRACE_IS_OVER, live.user_id)

    answers = await asyncio.gather(*(refresh(pair[number % 2], live.pair["refresh_token"]) for number in range(10)))

    assert {answer.status_code for answer in answers} == {401}


async def test_signing_out_at_one_process_ends_the_access_token_at_the_other(pair: Doors, live: Person) -> None:
    headers = bearer(live.pair["access_token"])
    before = [(await door.get("/me", headers=headers)).status_code for door in pair]
    await pair[0].post("/auth/logout", json={"refresh_token": live.pair["refresh_token"]})

    after = [(await door.get("/me", headers=headers)).status_code for door in pair]

    assert (before, after) == ([200, 200], [401, 401])


async def test_a_key_revoked_at_one_process_is_refused_by_the_other_that_knows_it(pair: Doors, live: Person) -> None:
    made = await make_key(live)
    before = [await status(door, made["value"]) for door in pair]
    await live.api.delete(f"/api-keys/{made['id']}")

    after = [await status(door, made["value"]) for door in pair]

    assert (before, after) == ([(200, None)] * 2, [(401, "removed")] * 2)


async def test_two_rotations_at_once_leave_two_values_and_no_third(pair: Doors, live: Person) -> None:
    made = await make_key(live)
    headers = bearer(live.pair["access_token"])

    answers = await asyncio.gather(
        *(door.post(f"/api-keys/{made['id']}/rotate", headers=headers) for door in pair for _ in range(3))
    )

    values = [made["value"], *(answer.raise_for_status().json()["value"] for answer in answers)]
    found = [(await status(pair[0], value))[0] for value in values]
    assert sorted(found) == [200, 200] + [401] * 5


async def test_signing_keys_change_by_restart_and_nobody_is_signed_out(
    servers: Servers, tmp_path: Path, truth: asyncpg.Connection
) -> None:
    async with processes(servers, tmp_path, SECRET_KEY, 1) as (door,):
        ann = await sign_in(door, servers.idp, f"ann@{some_domain()}")
        used, unused = await make_key(ann), await make_key(ann)
        hash_before = await truth.fetchval(HASHES, used["id"])
        await ann.api.aclose()

    async with processes(servers, tmp_path, f"{NEWER_KEY},{SECRET_KEY}", 1) as (door,):
        with_both = [await status(door, value) for value in (ann.pair["access_token"], used["value"])]
        renewed = (await refresh(door, ann.pair["refresh_token"])).raise_for_status().json()

        async def kept_by_the_newer_key() -> bool:
            return bool(await truth.fetchval(HASHES, used["id"]) != hash_before)

        await wait_for(kept_by_the_newer_key)
        assert await status(door, used["value"]) == (200, None)

    async with processes(servers, tmp_path, NEWER_KEY, 1) as (door,):
        tokens = (ann.pair["access_token"], renewed["access_token"], used["value"], unused["value"])
        without_the_older = [await status(door, token) for token in tokens]

    assert with_both == [(200, None)] * 2
    assert without_the_older == [(401, "signature"), (200, None), (200, None), (401, "signature")]
