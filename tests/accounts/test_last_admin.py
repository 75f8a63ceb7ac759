"""However many admins go for each other at the same instant, through however many processes: one of them is left."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.accounts.team import invite
from tests.house import ROOT, Person, Servers, sign_in, some_domain
from tests.isolation.processes import run_api

ROUNDS = 25
ADMINS = "SELECT count(*) FROM users WHERE organisation_id = $1 AND role = 'admin' AND status = 'active'"
ANYBODY = "SELECT count(*) FROM users WHERE organisation_id = $1 AND status <> 'removed'"
SEED = 20261120
TOLD_NO = {401, 403, 404, 409}


@pytest.fixture
async def doors(servers: Servers, tmp_path: Path) -> AsyncIterator[Sequence[httpx.AsyncClient]]:
    """Two processes of the API, each with its own connections."""
    (tmp_path / "nexus").symlink_to(ROOT / "nexus")
    environment = servers.environment
    async with run_api(tmp_path, environment) as first, run_api(tmp_path, environment) as second:
        for client in (first, second):
            client.base_url = client.base_url.join("/v1/")
        yield first, second


async def two_admins(doors: Sequence[httpx.AsyncClient], servers: Servers) -> tuple[Person, Person]:
    """Two admins of one organisation, each at a door of their own."""
    domain = some_domain()
    ann = await sign_in(doors[0], servers.idp, f"ann@{domain}")
    amy = await sign_in(doors[1], servers.idp, f"amy@{domain}")
    await ann.api.patch(f"/members/{amy.user_id}", json={"role": "admin"})
    return ann, amy


async def go_for(admin: Person, other: Person, how: str) -> int:
    """Demote or remove somebody, or leave, for which the other is left alone."""
    if how == "demote":
        return (await admin.api.patch(f"/members/{other.user_id}", json={"role": "member"})).status_code
    whom = other if how == "remove" else admin
    return (await admin.api.delete(f"/members/{whom.user_id}")).status_code


async def test_two_admins_who_go_for_each_other_at_once_leave_one(
    doors: Sequence[httpx.AsyncClient], servers: Servers, truth: asyncpg.Connection
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a seed, so that a failure comes again
    for _ in range(ROUNDS):
        ann, amy = await two_admins(doors, servers)
        how = [chance.choice(["demote", "remove", "leave"]) for _ in range(2)]

        done = await asyncio.gather(go_for(ann, amy, how[0]), go_for(amy, ann, how[1]))

        assert await truth.fetchval(ADMINS, ann.organisation_id) == 1, (how, done)
        assert sorted(status < 300 for status in done) == [False, True], (how, done)
        assert set(done) & TOLD_NO, (how, done)


async def test_of_many_admins_who_all_leave_at_once_one_stays(
    doors: Sequence[httpx.AsyncClient], servers: Servers, truth: asyncpg.Connection
) -> None:
    domain = some_domain()
    ann = await sign_in(doors[0], servers.idp, f"ann@{domain}")
    others = [await sign_in(doors[number % 2], servers.idp, f"amy{number}@{domain}") for number in range(7)]
    for other in others:
        await ann.api.patch(f"/members/{other.user_id}", json={"role": "admin"})

    left = await asyncio.gather(*(one.api.delete(f"/members/{one.user_id}") for one in (ann, *others)))

    assert sorted(answer.status_code for answer in left) == [204] * 7 + [409]
    assert await truth.fetchval(ADMINS, ann.organisation_id) == 1


async def test_two_who_swap_organisations_at_once_never_wait_for_each_other(
    doors: Sequence[httpx.AsyncClient], servers: Servers, truth: asyncpg.Connection
) -> None:
    for _ in range(ROUNDS // 2):
        ann = await sign_in(doors[0], servers.idp, f"ann@{some_domain()}")
        bob = await sign_in(doors[1], servers.idp, f"bob@{some_domain()}")
        to_bob, to_ann = await invite(bob, ann.email), await invite(ann, bob.email)

        moves = await asyncio.gather(
            ann.api.post("/invitations/accept", json={"token": to_bob["token"]}),
            bob.api.post("/invitations/accept", json={"token": to_ann["token"]}),
        )

        told = sorted(answer.status_code for answer in moves)
        assert told in ([200, 409], [200, 200]), [answer.text for answer in moves]
        for person in (ann, bob):
            if await truth.fetchval(ANYBODY, person.organisation_id):
                assert await truth.fetchval(ADMINS, person.organisation_id) >= 1


async def test_one_who_accepts_two_invitations_at_once_is_in_one_place(
    doors: Sequence[httpx.AsyncClient], servers: Servers, truth: asyncpg.Connection
) -> None:
    bob = await sign_in(doors[0], servers.idp, f"bob@{some_domain()}")
    amy = await sign_in(doors[1], servers.idp, f"amy@{some_domain()}")
    for _ in range(ROUNDS // 2):
        ann = await sign_in(doors[0], servers.idp, f"ann@{some_domain()}")
        tokens = [(await invite(host, ann.email))["token"] for host in (bob, amy)]

        both = await asyncio.gather(*(ann.api.post("/invitations/accept", json={"token": token}) for token in tokens))

        assert sorted(answer.status_code for answer in both) == [200, 401], [answer.text for answer in both]
        places = await truth.fetch("SELECT 1 FROM users WHERE email = $1 AND status = 'active'", ann.email)
        known = await truth.fetch(
            "SELECT 1 FROM identities i JOIN users u ON u.id = i.user_id WHERE u.email = $1", ann.email
        )
        assert (len(places), len(known)) == (1, 1)
