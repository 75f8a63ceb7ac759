"""Admins invite addresses outside their organisation, each once at a time; members invite nobody."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from fastapi import FastAPI

from tests.accounts.team import invite, somebody, status_of
from tests.house import Person, Servers, door, refusal, sign_in, some_domain

EXPIRED = "UPDATE invitations SET expires_at = now() - interval '1 second' WHERE id = $1"


async def test_one_address_has_one_open_invitation(ann: Person, truth: asyncpg.Connection) -> None:
    email = somebody()
    made = await invite(ann, email)

    second = await ann.api.post("/invitations", json={"email": email.upper()})
    await truth.execute(EXPIRED, made["id"])
    third = await ann.api.post("/invitations", json={"email": email})

    assert (refusal(second), third.status_code) == ((409, "already_invited"), 201)
    assert await status_of(ann, made) == "revoked"


async def test_ten_invitations_at_once_for_one_address_are_one(ann: Person) -> None:
    email = somebody()

    answers = await asyncio.gather(*(ann.api.post("/invitations", json={"email": email}) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_two_organisations_may_invite_the_same_person(ann: Person, bob: Person) -> None:
    email = somebody()

    assert {(await invite(host, email))["status"] for host in (ann, bob)} == {"open"}


async def test_a_member_is_not_invited(ann: Person, amy: Person) -> None:
    answer = await ann.api.post("/invitations", json={"email": amy.email})

    assert refusal(answer) == (409, "already_member")


@pytest.mark.parametrize("email", ["nobody", "a@b", "@elsewhere.test", "a b@elsewhere.test", "a@elsewhere.test\n"])
async def test_what_is_no_address_is_not_invited(ann: Person, email: str) -> None:
    answer = await ann.api.post("/invitations", json={"email": email})

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["email"]


async def test_a_key_replays_the_link_and_invites_once(ann: Person) -> None:
    email, once = somebody(), {"Idempotency-Key": str(uuid4())}

    first, second = [await ann.api.post("/invitations", json={"email": email}, headers=once) for _ in range(2)]

    assert (first.status_code, first.content) == (201, second.content)
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_member_sees_and_makes_no_invitation(ann: Person, amy: Person) -> None:
    made = await invite(ann, somebody())

    answers = [
        await amy.api.get("/invitations"),
        await amy.api.post("/invitations", json={"email": somebody()}),
        await amy.api.post(f"/invitations/{made['id']}/resend"),
        await amy.api.delete(f"/invitations/{made['id']}"),
    ]

    assert [refusal(answer) for answer in answers] == [(403, "not_allowed")] * 4


async def test_without_a_mail_server_the_answer_says_so(app: FastAPI, servers: Servers) -> None:
    async with door(app) as api:
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")

        assert (await invite(ann, somebody()))["mail"] == "off"


async def test_accepting_is_a_path_of_its_own_and_no_invitation(ann: Person) -> None:
    answer = await ann.api.delete("/invitations/accept")

    assert (refusal(answer), answer.headers["allow"]) == ((405, "method_not_allowed"), "POST")
