"""What one organisation or person may have of a thing that would else grow for ever."""

import asyncio

import asyncpg
import httpx

from nexus.accounts.invitations import MOST_OPEN
from nexus.accounts.sessions import MOST_SESSIONS
from tests.accounts.team import invite, somebody
from tests.house import Person, Servers, refusal, sign_in

INVITED = (
    "INSERT INTO invitations (organisation_id, id, email, role, token_hash, invited_by, expires_at)"
    " SELECT $1::uuid, gen_random_uuid(), 'guest-' || number || '@elsewhere.test', 'member',"
    " decode(md5($1::uuid::text || number), 'hex'), $2, now() + interval '1 day'"
    " FROM generate_series(1, $3::int) number"
)
BEGUN = (
    "INSERT INTO sessions (organisation_id, id, user_id, client, current_hash, expires_at, created_at)"
    " SELECT $1, gen_random_uuid(), $2, 'api', '\\x00', now() + interval '1 day', now() - interval '1 hour'"
    " FROM generate_series(1, $3::int)"
)
LASTING = "SELECT count(*) FROM sessions WHERE organisation_id = $1 AND user_id = $2 AND ended_at IS NULL"


async def test_an_organisation_has_a_hundred_open_invitations_at_the_most(
    ann: Person, truth: asyncpg.Connection
) -> None:
    await truth.execute(INVITED, ann.organisation_id, ann.user_id, MOST_OPEN - 1)

    answers = await asyncio.gather(*(ann.api.post("/invitations", json={"email": somebody()}) for _ in range(4)))

    refused = [refusal(answer) for answer in answers if answer.status_code != 201]
    assert refused == [(409, "too_many_invitations")] * 3


async def test_an_invitation_that_is_taken_back_makes_room(ann: Person, truth: asyncpg.Connection) -> None:
    await truth.execute(INVITED, ann.organisation_id, ann.user_id, MOST_OPEN - 1)
    made = await invite(ann, somebody())

    await ann.api.delete(f"/invitations/{made['id']}")

    await invite(ann, somebody())


async def test_a_person_has_a_hundred_sessions_at_the_most(
    api: httpx.AsyncClient, servers: Servers, ann: Person, truth: asyncpg.Connection
) -> None:
    await truth.execute(BEGUN, ann.organisation_id, ann.user_id, MOST_SESSIONS + 5)

    newest = await sign_in(api, servers.idp, ann.email)

    assert await truth.fetchval(LASTING, ann.organisation_id, ann.user_id) == MOST_SESSIONS
    assert [(await one.api.get("/me")).status_code for one in (ann, newest)] == [200, 200]


async def test_somebody_elses_sessions_are_left_alone(
    api: httpx.AsyncClient, servers: Servers, ann: Person, amy: Person, truth: asyncpg.Connection
) -> None:
    await truth.execute(BEGUN, ann.organisation_id, ann.user_id, MOST_SESSIONS + 5)

    await sign_in(api, servers.idp, ann.email)

    assert (await amy.api.get("/me")).status_code == 200
