"""Whoever an invitation is for reads, before they accept it, where it leads, who invites them, and whether it holds."""

import asyncpg
import httpx
import pytest

from tests.accounts.keys import bearer, make_key
from tests.accounts.team import accept, events, invite, somebody, status_of, try_sign_in
from tests.house import Person, Servers, refusal, sign_in

EXPIRED = "UPDATE invitations SET expires_at = now() - interval '1 second' WHERE id = $1"
UNNAMED = "UPDATE users SET name = NULL WHERE id = $1"


async def look_up(person: Person, token: str) -> httpx.Response:
    """Ask what an invitation offers."""
    return await person.api.post("/invitations/look-up", json={"token": token})


async def test_an_invitation_tells_the_address_that_it_is_for_what_it_offers(
    api: httpx.AsyncClient, servers: Servers, bob: Person
) -> None:
    ann = await sign_in(api, servers.idp, somebody(), name="Ann Archer")
    await ann.api.patch("/organisation", json={"name": "Archers & Co"})
    made = await invite(ann, bob.email, role="admin")

    answer = await look_up(bob, made["token"])

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "organisation": "Archers & Co",
            "invited_by": "Ann Archer",
            "role": "admin",
            "status": "open",
            "is_member": False,
            "expires_at": made["expires_at"],
        },
    )
    assert (await status_of(ann, made), (await bob.api.get("/me")).json()["organisation"]["name"]) == (
        "open",
        bob.domain,
    )
    await ann.api.aclose()


async def test_an_inviter_without_a_name_is_told_by_their_address(
    ann: Person, bob: Person, truth: asyncpg.Connection
) -> None:
    made = await invite(ann, bob.email)
    await truth.execute(UNNAMED, ann.user_id)

    assert (await look_up(bob, made["token"])).json()["invited_by"] == ann.email


async def test_nobody_else_is_told_anything(ann: Person, bob: Person) -> None:
    made = await invite(ann, somebody())

    answer = await look_up(bob, made["token"])

    assert refusal(answer) == (403, "invitation_for_another")
    assert [one for one in (ann.domain, ann.email, str(ann.organisation_id)) if one in answer.text] == []


@pytest.mark.parametrize("over", ["expired", "accepted", "revoked"])
async def test_one_that_is_over_says_so_before_anybody_accepts_it(  # noqa: PLR0913 - people and their doors
    *, ann: Person, bob: Person, truth: asyncpg.Connection, api: httpx.AsyncClient, servers: Servers, over: str
) -> None:
    made, reader = await invite(ann, bob.email), bob
    if over == "expired":
        await truth.execute(EXPIRED, made["id"])
    elif over == "revoked":
        await ann.api.delete(f"/invitations/{made['id']}")
    else:
        assert (await accept(bob, made["token"])).status_code == 200
        reader = await sign_in(api, servers.idp, bob.email)

    told = (await look_up(reader, made["token"])).json()

    assert (told["status"], told["is_member"], told["organisation"]) == (over, over == "accepted", ann.domain)


async def test_a_member_who_opens_a_link_is_told_that_they_are_one(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    made = await invite(ann, f"carol@{ann.domain}")
    carol = await sign_in(api, servers.idp, f"carol@{ann.domain}")  # by the domain, without the link

    told = (await look_up(carol, made["token"])).json()

    assert (told["status"], told["is_member"]) == ("open", True)
    await carol.api.aclose()


@pytest.mark.parametrize("token", ["nxi_", "nxi_" + "a" * 43, "x" * 128])
async def test_a_link_that_nobody_made_is_not_found(bob: Person, token: str) -> None:
    assert refusal(await look_up(bob, token)) == (404, "not_found")


async def test_no_key_reads_an_invitation(api: httpx.AsyncClient, ann: Person, bob: Person) -> None:
    made = await invite(ann, bob.email)
    key = await make_key(bob)

    answer = await api.post("/invitations/look-up", json={"token": made["token"]}, headers=bearer(key["value"]))

    assert refusal(answer) == (403, "not_allowed")


async def test_looking_changes_nothing_and_leaves_no_entry(ann: Person, bob: Person, truth: asyncpg.Connection) -> None:
    made = await invite(ann, bob.email)
    before = [await events(truth, one) for one in (ann, bob)]

    await look_up(bob, made["token"])

    assert [await events(truth, one) for one in (ann, bob)] == before


async def test_admins_read_how_many_wait_and_members_do_not(
    api: httpx.AsyncClient, servers: Servers, ann: Person, amy: Person
) -> None:
    await ann.api.patch("/organisation", json={"join_policy": "approval"})
    none = (await ann.api.get("/organisation")).json()["awaiting_approval"]
    for name in ("eva", "eve"):
        assert (await try_sign_in(api, servers, f"{name}@{ann.domain}")).status_code == 403
    key, reader = await make_key(ann, ["read", "admin"]), await make_key(ann, ["read"])

    told = [
        (await ann.api.get("/organisation")).json()["awaiting_approval"],
        (await api.get("/organisation", headers=bearer(key["value"]))).json()["awaiting_approval"],
        (await api.get("/organisation", headers=bearer(reader["value"]))).json()["awaiting_approval"],
        (await amy.api.get("/organisation")).json()["awaiting_approval"],
    ]

    assert (none, told) == (0, [2, 2, None, None])
