"""What somebody may do is looked at again once it is their turn: it may have changed while they waited."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from tests.accounts.team import invite, somebody, status_of, try_sign_in
from tests.house import Person, Servers, refusal, sign_in, wait_for

TURN = "SELECT pg_advisory_lock(hashtextextended($1, 0))"
TURN_IS_OVER = "SELECT pg_advisory_unlock_all()"
SOMEBODY_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
SET_ROLE = "UPDATE users SET role = $2 WHERE id = $1"
ROLES = "SELECT role FROM users WHERE organisation_id = $1 ORDER BY id"


@asynccontextmanager
async def held_up(truth: asyncpg.Connection, person: Person) -> AsyncIterator[None]:
    """It is somebody else's turn in this person's organisation."""
    await truth.execute(TURN, f"members of {person.organisation_id}")
    try:
        yield
    finally:
        await truth.execute(TURN_IS_OVER)


async def one_waits(truth: asyncpg.Connection) -> bool:
    """Whether somebody waits for a lock."""
    return bool(await truth.fetchval(SOMEBODY_WAITS))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/members/{ann}", {"role": "member"}),
        ("DELETE", "/members/{ann}", None),
        ("POST", "/invitations", {"email": "guest@private.test", "role": "admin"}),
    ],
)
async def test_an_admin_who_is_demoted_while_they_wait_does_nothing_more(  # noqa: PLR0913 - the case and its people
    *,
    ann: Person,
    amy: Person,
    truth: asyncpg.Connection,
    api: httpx.AsyncClient,
    servers: Servers,
    method: str,
    path: str,
    body: Any,
) -> None:
    third = await sign_in(api, servers.idp, f"third@{ann.domain}")
    for admin in (amy, third):
        await truth.execute(SET_ROLE, admin.user_id, "admin")
    async with held_up(truth, ann):
        acting = asyncio.create_task(amy.api.request(method, path.format(ann=ann.user_id), json=body))
        await wait_for(lambda: one_waits(truth))
        await truth.execute(SET_ROLE, amy.user_id, "member")

    assert refusal(await acting) == (403, "not_allowed")
    assert [row["role"] for row in await truth.fetch(ROLES, ann.organisation_id)] == ["admin", "member", "admin"]
    assert (await ann.api.get("/invitations")).json()["items"] == []


async def test_whoever_is_removed_while_they_sign_in_is_not_let_in(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person, amy: Person
) -> None:
    async with truth.transaction():
        await truth.execute("UPDATE users SET status = 'removed' WHERE id = $1", amy.user_id)
        signing_in = asyncio.create_task(try_sign_in(api, servers, amy.email))
        async with asyncio.timeout(20):
            while not await truth.fetchval(SOMEBODY_WAITS):
                await asyncio.sleep(0.02)

    assert refusal(await signing_in) == (403, "membership_removed")
    sessions = "SELECT count(*) FROM sessions WHERE user_id = $1"
    assert await truth.fetchval(sessions, amy.user_id) == 1
    assert (await ann.api.get("/me")).status_code == 200


@pytest.mark.parametrize("meanwhile", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
async def test_an_invitation_that_ends_while_its_bearer_waits_lets_nobody_in(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person, meanwhile: str
) -> None:
    email = somebody()
    made = await invite(ann, email)
    async with held_up(truth, ann):
        signing_in = asyncio.create_task(try_sign_in(api, servers, email, invitation=made["token"]))
        await wait_for(lambda: one_waits(truth))
        await truth.execute(f"UPDATE invitations SET {meanwhile} WHERE id = $1", made["id"])  # noqa: S608 - ours

    assert refusal(await signing_in) == (409, "invitation_over")
    assert await status_of(ann, made) in ("revoked", "expired")


async def test_a_member_who_is_removed_while_they_accept_stays_out(
    truth: asyncpg.Connection, ann: Person, amy: Person, bob: Person
) -> None:
    made = await invite(bob, amy.email)
    async with held_up(truth, bob):
        accepting = asyncio.create_task(amy.api.post("/invitations/accept", json={"token": made["token"]}))
        await wait_for(lambda: one_waits(truth))
        await truth.execute("UPDATE users SET status = 'removed' WHERE id = $1", amy.user_id)

    assert refusal(await accepting) == (401, "not_signed_in")
    assert await status_of(bob, made) == "open"
    assert (await ann.api.get("/me")).status_code == 200
