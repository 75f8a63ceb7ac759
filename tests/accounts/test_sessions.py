"""The life of a session: renewed with each refresh, ended by logout, by its age, and by a token used twice."""

import asyncio
import hashlib
import hmac
import secrets
from functools import partial
from typing import Any

import asyncpg
import httpx
import jwt
import pytest

from tests.accounts.forgery import part, unpart
from tests.house import WEB_CLIENT_SECRET, Person, Servers, id_token, refusal, some_domain, wait_for

GRACE_IS_OVER = "UPDATE sessions SET rotated_at = rotated_at - interval '16 seconds' WHERE user_id = $1"
GRACE_LASTS = "UPDATE sessions SET rotated_at = rotated_at - interval '13 seconds' WHERE user_id = $1"
AGE_IS_OVER = "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = $1"
ROTATED_TWICE = "UPDATE sessions SET previous_hash = '1', current_hash = '2', rotated_at = now() WHERE user_id = $1"
HOLDS = "UPDATE sessions SET current_hash = $2 WHERE user_id = $1"
SOMEBODY_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
REMOVED = "UPDATE users SET status = 'removed' WHERE id = $1"

UNREADABLE = {
    "a word": "garbage",
    "a prefix": "nxr_",
    "too short": "nxr_" + part(b"x" * 63),
    "too long": "nxr_" + part(b"x" * 65),
    "no prefix": part(b"x" * 64),
    "no ASCII": "nxr_é",
    "NUL": "nxr_\0",
}


async def _refresh(api: httpx.AsyncClient, token: str) -> httpx.Response:
    return await api.post("/auth/refresh", json={"refresh_token": token})


async def _renewed(api: httpx.AsyncClient, token: str) -> str:
    """The successor of a token that is good."""
    successor: str = (await _refresh(api, token)).raise_for_status().json()["refresh_token"]
    return successor


async def _reason(api: httpx.AsyncClient, token: str) -> str:
    """Why a session is not renewed."""
    answer = await _refresh(api, token)
    assert refusal(answer) == (401, "not_signed_in")
    return str(answer.json()["reason"])


async def test_a_refresh_gives_a_new_pair_that_works(api: httpx.AsyncClient, ann: Person) -> None:
    answer = await _refresh(api, ann.pair["refresh_token"])

    pair = answer.json()
    me = await api.get("/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert pair["refresh_token"] != ann.pair["refresh_token"]
    assert pair.keys() == ann.pair.keys()
    assert me.json()["user"] == ann.pair["user"]


async def test_every_successor_has_a_successor(api: httpx.AsyncClient, ann: Person) -> None:
    tokens = [ann.pair["refresh_token"]]

    for _ in range(5):
        tokens.append(await _renewed(api, tokens[-1]))

    assert len(set(tokens)) == 6


async def test_ten_refreshes_at_once_of_one_token_give_one_successor(api: httpx.AsyncClient, ann: Person) -> None:
    answers = await asyncio.gather(*(_refresh(api, ann.pair["refresh_token"]) for _ in range(10)))

    assert [answer.status_code for answer in answers] == [200] * 10
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert (await _refresh(api, successors.pop())).status_code == 200


async def test_a_token_used_again_within_the_grace_gives_the_same_successor(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    successor = await _renewed(api, ann.pair["refresh_token"])
    await truth.execute(GRACE_LASTS, ann.user_id)

    again = await _renewed(api, ann.pair["refresh_token"])

    assert again == successor


async def test_a_token_used_again_after_the_grace_ends_its_whole_family(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    successor = await _renewed(api, ann.pair["refresh_token"])
    await truth.execute(GRACE_IS_OVER, ann.user_id)

    replayed = await _reason(api, ann.pair["refresh_token"])

    assert (replayed, await _reason(api, successor)) == ("expired", "expired")
    assert await truth.fetchval("SELECT end_reason FROM sessions WHERE user_id = $1", ann.user_id) == "reused"


async def test_a_token_two_generations_old_ends_its_family_even_within_the_grace(
    api: httpx.AsyncClient, ann: Person
) -> None:
    newest = await _renewed(api, await _renewed(api, ann.pair["refresh_token"]))

    replayed = await _reason(api, ann.pair["refresh_token"])

    assert (replayed, await _reason(api, newest)) == ("expired", "expired")


@pytest.mark.parametrize("made_up", ["random", "half known", "of another session", "of an older release"])
async def test_a_token_that_was_never_issued_is_refused_and_ends_nothing(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person, bob: Person, made_up: str
) -> None:
    mine, theirs = (unpart(one.pair["refresh_token"].removeprefix("nxr_")) for one in (ann, bob))
    secret = {
        "random": secrets.token_bytes(32),
        "half known": mine[32:48] + secrets.token_bytes(16),
        "of another session": theirs[32:],
        "of an older release": hmac.digest(b"a key that nobody has", mine[32:], "sha256"),
    }[made_up]

    answer = await _refresh(api, "nxr_" + part(mine[:32] + secret))

    assert (refusal(answer), answer.json()["reason"]) == ((401, "not_signed_in"), "signature")
    assert await truth.fetchval("SELECT end_reason FROM sessions WHERE user_id = $1", ann.user_id) is None
    assert (await ann.api.get("/audit-events", params={"action": "session.ended"})).json()["items"] == []
    assert (await _refresh(api, ann.pair["refresh_token"])).status_code == 200


async def test_a_token_of_an_older_release_is_renewed_and_its_copy_still_ends_the_session(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    raw, old = unpart(ann.pair["refresh_token"].removeprefix("nxr_")), secrets.token_bytes(32)
    await truth.execute(HOLDS, ann.user_id, hashlib.sha256(old).digest())
    older = "nxr_" + part(raw[:32] + old)

    renewed = await _refresh(api, older)
    await truth.execute(GRACE_IS_OVER, ann.user_id)
    copied = await _reason(api, older)

    assert (renewed.status_code, copied) == (200, "expired")
    assert await truth.fetchval("SELECT end_reason FROM sessions WHERE user_id = $1", ann.user_id) == "reused"


async def test_another_session_of_the_same_person_outlives_a_replay(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    again = await api.post("/auth/google", json={"id_token": await id_token(servers.idp, ann.email)})
    await _renewed(api, await _renewed(api, ann.pair["refresh_token"]))

    await _reason(api, ann.pair["refresh_token"])

    assert (await _refresh(api, again.json()["refresh_token"])).status_code == 200


async def test_a_refresh_that_had_to_wait_is_judged_by_what_the_others_left(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    async with truth.transaction():
        await truth.execute(ROTATED_TWICE, ann.user_id)
        late = asyncio.create_task(_refresh(api, ann.pair["refresh_token"]))
        await wait_for(partial(truth.fetchval, SOMEBODY_WAITS))

    answer = await late

    assert refusal(answer) == (401, "not_signed_in")


async def test_an_access_token_does_not_renew_a_session(api: httpx.AsyncClient, ann: Person) -> None:
    reason = await _reason(api, ann.pair["access_token"])

    assert reason == "type"


async def test_a_refresh_token_does_not_open_anything(api: httpx.AsyncClient, ann: Person) -> None:
    answer = await api.get("/me", headers={"Authorization": f"Bearer {ann.pair['refresh_token']}"})

    assert (answer.status_code, answer.json()["reason"]) == (401, "type")


async def test_logout_ends_the_session(api: httpx.AsyncClient, ann: Person) -> None:
    answer = await api.post("/auth/logout", json={"refresh_token": ann.pair["refresh_token"]})

    assert (answer.status_code, answer.content) == (204, b"")
    assert await _reason(api, ann.pair["refresh_token"]) == "expired"


async def test_logout_twice_is_as_good_as_once(api: httpx.AsyncClient, ann: Person) -> None:
    body = {"refresh_token": ann.pair["refresh_token"]}
    await api.post("/auth/logout", json=body)

    answer = await api.post("/auth/logout", json=body)

    assert answer.status_code == 204


async def test_a_token_two_generations_old_signs_nobody_out(api: httpx.AsyncClient, ann: Person) -> None:
    newest = await _renewed(api, await _renewed(api, ann.pair["refresh_token"]))

    answer = await api.post("/auth/logout", json={"refresh_token": ann.pair["refresh_token"]})

    assert refusal(answer) == (401, "not_signed_in")
    assert (await _refresh(api, newest)).status_code == 200


async def test_a_removed_persons_session_is_not_renewed(
    api: httpx.AsyncClient, truth: asyncpg.Connection, amy: Person
) -> None:
    await truth.execute(REMOVED, amy.user_id)

    reason = await _reason(api, amy.pair["refresh_token"])

    assert reason == "removed"


async def test_a_session_ends_when_its_time_is_over_however_often_it_was_renewed(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    successor = await _renewed(api, ann.pair["refresh_token"])
    await truth.execute(AGE_IS_OVER, ann.user_id)

    reason = await _reason(api, successor)

    assert reason == "expired"


async def test_a_session_lasts_thirty_days_and_a_refresh_does_not_lengthen_it(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    lasts = "SELECT round(extract(epoch FROM expires_at - created_at) / 86400) FROM sessions WHERE user_id = $1"
    ends = "SELECT expires_at FROM sessions WHERE user_id = $1"
    before = await truth.fetchval(ends, ann.user_id)

    await _renewed(api, ann.pair["refresh_token"])

    assert await truth.fetchval(lasts, ann.user_id) == 30
    assert await truth.fetchval(ends, ann.user_id) == before


@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_refresh_token_that_cannot_be_read_is_malformed(api: httpx.AsyncClient, value: str) -> None:
    reason = await _reason(api, value)

    assert reason == "malformed"


@pytest.mark.parametrize("value", ["", None, 1, "x" * 4097, ["x"]], ids=["empty", "null", "number", "long", "list"])
async def test_what_has_not_the_shape_of_a_refresh_token_is_an_invalid_request(
    api: httpx.AsyncClient, value: Any
) -> None:
    answer = await api.post("/auth/refresh", json={"refresh_token": value})

    assert refusal(answer) == (422, "invalid_request")


async def test_a_session_of_one_organisation_is_not_found_in_another(
    api: httpx.AsyncClient, ann: Person, bob: Person
) -> None:
    raw = unpart(ann.pair["refresh_token"].removeprefix("nxr_"))
    moved = "nxr_" + part(bob.organisation_id.bytes + raw[16:])

    reason = await _reason(api, moved)

    assert reason == "expired"
    assert (await _refresh(api, ann.pair["refresh_token"])).status_code == 200


async def test_no_token_stands_in_the_tables(truth: asyncpg.Connection, ann: Person) -> None:
    row = await truth.fetchval("SELECT to_jsonb(s)::text FROM sessions s WHERE user_id = $1", ann.user_id)

    assert ann.pair["refresh_token"] not in row
    assert ann.pair["refresh_token"][-40:] not in row


async def test_the_web_application_stays_itself_over_refreshes(api: httpx.AsyncClient, servers: Servers) -> None:
    asked = {
        "id_token": await id_token(servers.idp, f"ann@{some_domain()}"),
        "web_client_secret": WEB_CLIENT_SECRET,
    }
    signed_in = await api.post("/auth/google", json=asked)

    renewed = await _refresh(api, signed_in.json()["refresh_token"])

    assert [_client(pair.json()["access_token"]) for pair in (signed_in, renewed)] == ["web", "web"]


def _client(access_token: str) -> str:
    return str(jwt.decode(access_token, options={"verify_signature": False})["client"])
