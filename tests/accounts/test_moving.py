"""Whoever accepts an invitation moves: the old membership ends at once, and what they did stays where they did it."""

import asyncpg
import httpx
import jwt
import pytest

from tests.accounts.team import accept, events, invite, people, try_sign_in
from tests.house import WEB_CLIENT_SECRET, Person, Servers, id_token, refusal, sign_in, some_domain

WORDS = {"text": "Rain fell on the harbour. The boats stayed in. Everybody waited for the morning."}


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """The header of whoever got this token pair."""
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_a_member_moves_and_is_who_the_new_pair_says(
    api: httpx.AsyncClient, ann: Person, amy: Person, bob: Person
) -> None:
    made = await invite(bob, amy.email, role="admin")

    answer = await accept(amy, made["token"])

    me = (await api.get("/me", headers=headers_of(answer))).json()
    assert me["organisation"]["id"] == str(bob.organisation_id)
    assert (me["user"]["email"], me["user"]["role"]) == (amy.email, "admin")
    assert answer.json()["user"] == me["user"]
    assert amy.email in {one["email"] for one in (await bob.api.get("/members")).json()["items"]}
    assert amy.email not in {one["email"] for one in (await ann.api.get("/members")).json()["items"]}


async def test_the_old_tokens_end_at_once(api: httpx.AsyncClient, amy: Person, bob: Person) -> None:
    made = await invite(bob, amy.email)
    await accept(amy, made["token"])

    again = await api.post("/auth/refresh", json={"refresh_token": amy.pair["refresh_token"]})
    answers = [await amy.api.get("/me"), await amy.api.post("/summarize", json=WORDS), again]

    assert [refusal(answer) for answer in answers] == [(401, "not_signed_in")] * 3


async def test_the_new_session_is_renewed_and_a_sign_in_leads_to_the_new_place(
    api: httpx.AsyncClient, servers: Servers, amy: Person, bob: Person
) -> None:
    moved = (await accept(amy, (await invite(bob, amy.email))["token"])).json()

    renewed = await api.post("/auth/refresh", json={"refresh_token": moved["refresh_token"]})
    again = await try_sign_in(api, servers, amy.email)

    assert renewed.json()["organisation"] == again.json()["organisation"] == moved["organisation"]


async def test_what_was_done_stays_where_it_was_done(
    api: httpx.AsyncClient, ann: Person, amy: Person, bob: Person
) -> None:
    job = (await amy.api.post("/summarize", json=WORDS)).json()["job_id"]

    answer = await accept(amy, (await invite(bob, amy.email))["token"])

    theirs = headers_of(answer)
    assert (await ann.api.get(f"/jobs/{job}")).status_code == 200
    assert refusal(await api.get(f"/jobs/{job}", headers=theirs)) == (404, "not_found")
    assert (await api.get("/credits", headers=theirs)).json()["balance"] == 100
    assert (await ann.api.get("/credits")).json()["balance"] == 90


async def test_both_organisations_write_it_down_and_neither_names_the_other(
    ann: Person, amy: Person, bob: Person, truth: asyncpg.Connection
) -> None:
    await accept(amy, (await invite(bob, amy.email))["token"])

    assert (await events(truth, ann))[-1] == "member.left"
    assert (await events(truth, bob))[-3:] == ["member.joined", "invitation.accepted", "session.started"]
    assert str(bob.organisation_id) not in (await ann.api.get("/audit-events")).text
    assert str(ann.organisation_id) not in (await bob.api.get("/audit-events")).text


async def test_the_last_admin_does_not_leave_others_behind(ann: Person, amy: Person, bob: Person) -> None:
    made = await invite(bob, ann.email)

    answer = await accept(ann, made["token"])

    assert refusal(answer) == (409, "last_admin")
    assert (await ann.api.get("/members")).status_code == 200
    assert (await amy.api.get("/me")).status_code == 200
    listed = (await bob.api.get("/invitations")).json()["items"]
    assert [one["status"] for one in listed] == ["open"]


async def test_nor_those_who_wait_to_be_let_in(
    api: httpx.AsyncClient, servers: Servers, ann: Person, bob: Person
) -> None:
    await ann.api.patch("/organisation", json={"join_policy": "approval"})
    await try_sign_in(api, servers, f"amy@{ann.domain}")

    answer = await accept(ann, (await invite(bob, ann.email))["token"])

    assert refusal(answer) == (409, "last_admin")


async def test_whoever_is_alone_may_leave(ann: Person, bob: Person, truth: asyncpg.Connection) -> None:
    answer = await accept(ann, (await invite(bob, ann.email))["token"])

    assert answer.status_code == 200
    assert await people(truth, ann) == [(ann.email, "admin", "removed")]


async def test_the_last_admin_does_not_leave_at_sign_in_either(
    api: httpx.AsyncClient, servers: Servers, ann: Person, amy: Person, bob: Person
) -> None:
    made = await invite(bob, ann.email)

    answer = await try_sign_in(api, servers, ann.email, invitation=made["token"])

    assert refusal(answer) == (409, "last_admin")
    assert (await amy.api.get("/me")).status_code == 200


async def test_an_existing_person_moves_at_sign_in(
    api: httpx.AsyncClient, servers: Servers, amy: Person, bob: Person
) -> None:
    made = await invite(bob, amy.email)

    answer = await try_sign_in(api, servers, amy.email, invitation=made["token"])

    assert answer.json()["organisation"]["id"] == str(bob.organisation_id)
    assert refusal(await amy.api.get("/me")) == (401, "not_signed_in")


async def test_whoever_moved_may_come_back(
    api: httpx.AsyncClient, servers: Servers, ann: Person, amy: Person, bob: Person
) -> None:
    await accept(amy, (await invite(bob, amy.email))["token"])
    made = await invite(ann, amy.email)

    back = await try_sign_in(api, servers, amy.email, invitation=made["token"])

    assert back.json()["organisation"]["id"] == str(ann.organisation_id)
    assert back.json()["user"]["id"] != str(amy.user_id)


async def test_a_private_account_moves_from_an_organisation_of_its_own(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    guest = await sign_in(api, servers.idp, f"guest@{some_domain()}", claims={"hd": None})
    made = await invite(ann, guest.email)

    answer = await accept(guest, made["token"])

    assert answer.json()["organisation"]["id"] == str(ann.organisation_id)


@pytest.mark.parametrize(("role", "becomes"), [("admin", "admin"), ("member", "member")])
async def test_a_member_who_accepts_at_home_is_raised_and_keeps_their_session(
    ann: Person, amy: Person, truth: asyncpg.Connection, role: str, becomes: str
) -> None:
    made = await invite(ann, f"amy2@{ann.domain}", role=role)
    await truth.execute("UPDATE users SET email = $2 WHERE id = $1", amy.user_id, f"amy2@{ann.domain}")

    answer = await accept(amy, made["token"])

    assert (answer.status_code, answer.json()["user"]["id"]) == (200, str(amy.user_id))
    assert (await amy.api.get("/me")).json()["user"]["role"] == becomes


async def test_an_admin_who_accepts_at_home_as_a_member_stays_an_admin(ann: Person, truth: asyncpg.Connection) -> None:
    made = await invite(ann, f"ann2@{ann.domain}", role="member")
    await truth.execute("UPDATE users SET email = $2 WHERE id = $1", ann.user_id, f"ann2@{ann.domain}")

    answer = await accept(ann, made["token"])

    assert answer.json()["user"]["role"] == "admin"


async def test_the_web_application_stays_what_it_is(
    api: httpx.AsyncClient, servers: Servers, amy: Person, bob: Person
) -> None:
    token = await id_token(servers.idp, amy.email)
    web = await api.post("/auth/google", json={"id_token": token, "web_client_secret": WEB_CLIENT_SECRET})
    made = await invite(bob, amy.email)

    answer = await api.post("/invitations/accept", json={"token": made["token"]}, headers=headers_of(web))

    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["client"] == "web"
