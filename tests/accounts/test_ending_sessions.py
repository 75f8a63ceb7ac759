"""A person sees where they are signed in and ends it: refresh and access tokens alike, at the next request."""

import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.accounts.forgery import access_token, session_of
from tests.accounts.keys import bearer, make_key
from tests.house import WEB_CLIENT_SECRET, Person, Servers, id_token, refusal, sign_in

EVENTS = "SELECT action, user_id, target, facts FROM audit_events WHERE organisation_id = $1 AND action LIKE 'session%'"


async def again(api: httpx.AsyncClient, servers: Servers, person: Person) -> Person:
    """The same person, signed in once more."""
    return await sign_in(api, servers.idp, person.email)


async def sessions_of(person: Person) -> list[dict[str, Any]]:
    """Where somebody is signed in, as they see it."""
    items: list[dict[str, Any]] = (await person.api.get("/sessions")).raise_for_status().json()["items"]
    return items


async def reasons(api: httpx.AsyncClient, person: Person) -> tuple[str | None, str | None]:
    """Why somebody's access token and refresh token do not hold; None for one that does."""
    read = await person.api.get("/me")
    renewed = await api.post("/auth/refresh", json={"refresh_token": person.pair["refresh_token"]})
    return read.json().get("reason"), renewed.json().get("reason")


async def test_a_person_sees_their_own_sessions_and_which_is_this_one(
    api: httpx.AsyncClient, servers: Servers, ann: Person, amy: Person
) -> None:
    asked = {"id_token": await id_token(servers.idp, ann.email), "web_client_secret": WEB_CLIENT_SECRET}
    await api.post("/auth/google", json=asked)

    newest, first = await sessions_of(ann)

    assert (first["id"], first["current"], first["client"]) == (str(session_of(ann)), True, "api")
    assert (newest["current"], newest["client"]) == (False, "web")
    assert first["started_at"] == first["last_used_at"] < first["expires_at"]
    assert str(session_of(amy)) not in (newest["id"], first["id"])


async def test_a_renewal_is_a_use(api: httpx.AsyncClient, ann: Person) -> None:
    await api.post("/auth/refresh", json={"refresh_token": ann.pair["refresh_token"]})

    (own,) = await sessions_of(ann)

    assert own["last_used_at"] > own["started_at"]


async def test_logout_ends_the_access_token_at_the_next_request(api: httpx.AsyncClient, ann: Person) -> None:
    await api.post("/auth/logout", json={"refresh_token": ann.pair["refresh_token"]})

    assert await reasons(api, ann) == ("expired", "expired")


async def test_a_refresh_leaves_the_access_token_before_it_good(api: httpx.AsyncClient, ann: Person) -> None:
    await api.post("/auth/refresh", json={"refresh_token": ann.pair["refresh_token"]})

    assert (await ann.api.get("/me")).status_code == 200


async def test_a_replay_after_the_grace_ends_the_access_tokens_too(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    used = {"refresh_token": ann.pair["refresh_token"]}
    renewed = (await api.post("/auth/refresh", json=used)).json()
    await truth.execute(
        "UPDATE sessions SET rotated_at = rotated_at - interval '16 seconds' WHERE user_id = $1", ann.user_id
    )

    await api.post("/auth/refresh", json=used)

    tokens = (ann.pair["access_token"], renewed["access_token"])
    answers = [await api.get("/me", headers=bearer(token)) for token in tokens]
    assert [answer.json()["reason"] for answer in answers] == ["expired"] * 2


async def test_a_session_is_ended_from_another_and_the_others_go_on(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    here = await again(api, servers, ann)

    answer = await here.api.delete(f"/sessions/{session_of(ann)}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert await reasons(api, ann) == ("expired", "expired")
    assert await reasons(api, here) == (None, None)
    assert refusal(await here.api.delete(f"/sessions/{session_of(ann)}")) == (404, "not_found")


async def test_signing_out_everywhere_ends_every_session_of_that_person_alone(
    api: httpx.AsyncClient, servers: Servers, ann: Person, amy: Person
) -> None:
    here = await again(api, servers, ann)

    answer = await here.api.delete("/sessions")

    assert (answer.status_code, answer.content) == (204, b"")
    assert [await reasons(api, one) for one in (ann, here, amy)] == [("expired",) * 2, ("expired",) * 2, (None, None)]


async def test_signing_out_everywhere_leaves_api_keys_and_a_new_sign_in_good(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    made = await make_key(ann)
    await ann.api.delete("/sessions")

    anew = await again(api, servers, ann)

    assert (await api.get("/me", headers=bearer(made["value"]))).status_code == 200
    assert len(await sessions_of(anew)) == 1


async def test_nobody_ends_a_colleagues_session(api: httpx.AsyncClient, ann: Person, amy: Person) -> None:
    answers = [await one.api.delete(f"/sessions/{session_of(other)}") for one, other in ((amy, ann), (ann, amy))]

    assert [refusal(answer) for answer in answers] == [(404, "not_found")] * 2
    assert [await reasons(api, one) for one in (ann, amy)] == [(None, None)] * 2


async def test_whoever_comes_back_does_not_find_their_old_sessions_open(
    api: httpx.AsyncClient, truth: asyncpg.Connection, amy: Person
) -> None:
    await truth.execute("UPDATE users SET status = 'removed' WHERE id = $1", amy.user_id)
    gone = await reasons(api, amy)
    await truth.execute("UPDATE users SET status = 'active' WHERE id = $1", amy.user_id)

    assert gone == ("removed", "removed")
    assert (await reasons(api, amy))[0] == "expired"
    assert await truth.fetchval("SELECT end_reason FROM sessions WHERE user_id = $1", amy.user_id) == "removed"


async def test_what_ends_a_session_is_written_down(
    api: httpx.AsyncClient, servers: Servers, ann: Person, truth: asyncpg.Connection
) -> None:
    here = await again(api, servers, ann)
    await api.post("/auth/logout", json={"refresh_token": ann.pair["refresh_token"]})
    await here.api.delete("/sessions")

    events = await truth.fetch(EVENTS + " ORDER BY id", ann.organisation_id)

    events = [event for event in events if event["action"] != "session.started"]
    assert [(event["action"], event["user_id"], event["target"], json.loads(event["facts"])) for event in events] == [
        ("session.ended", ann.user_id, str(session_of(ann)), {}),
        ("sessions.ended", ann.user_id, str(ann.user_id), {"count": 1}),
    ]


@pytest.mark.parametrize("whose", ["nobody", "a colleague", "a stranger"])
async def test_even_a_signed_token_does_not_hold_without_a_session_of_its_own_person(
    api: httpx.AsyncClient, ann: Person, amy: Person, bob: Person, whose: str
) -> None:
    session = {"nobody": uuid4(), "a colleague": session_of(amy), "a stranger": session_of(bob)}[whose]

    answer = await api.get("/me", headers=bearer(access_token(ann, jti=f"{session}.forged")))

    assert refusal(answer) == (401, "not_signed_in")
    assert answer.json()["reason"] == "expired"
