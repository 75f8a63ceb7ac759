"""An invitation lets in whoever signs in with its address, once, while it is good; of its link nothing is kept."""

import asyncio

import asyncpg
import httpx
import pytest

from nexus.accounts.links import Links
from nexus.core.errors import NotFound
from tests.accounts.team import accept, events, invite, people, somebody, status_of, try_sign_in
from tests.house import SECRET_KEY, Person, Servers, door, refusal, run_app, settings_of

EXPIRED = "UPDATE invitations SET expires_at = now() - interval '1 second' WHERE id = $1"
ROW = "SELECT token_hash, to_jsonb(i)::text AS row FROM invitations i WHERE id = $1"
NEWER_KEY = "a newer signing key that only the tests know and nobody else"


async def test_a_new_person_signs_in_by_an_invitation_and_has_no_organisation_of_their_own(
    api: httpx.AsyncClient, servers: Servers, ann: Person, truth: asyncpg.Connection
) -> None:
    email = somebody()
    made = await invite(ann, email, role="admin")

    answer = await try_sign_in(api, servers, email, invitation=made["token"])

    pair = answer.json()
    assert (answer.status_code, pair["organisation"]["id"]) == (200, str(ann.organisation_id))
    assert (pair["user"]["email"], pair["user"]["role"]) == (email, "admin")
    assert await truth.fetchval("SELECT count(*) FROM users WHERE email = $1", email) == 1
    assert await truth.fetchval("SELECT count(*) FROM organisations WHERE domain = $1", email.split("@")[1]) == 0
    assert (await status_of(ann, made), (await events(truth, ann))[-3:]) == (
        "accepted",
        ["member.joined", "invitation.accepted", "session.started"],
    )


async def test_the_new_member_comes_back_without_the_invitation(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    email = somebody()
    made = await invite(ann, email)
    first = await try_sign_in(api, servers, email, invitation=made["token"])

    again = await try_sign_in(api, servers, email)

    assert again.json()["user"] == first.json()["user"]


async def test_a_link_is_shown_once_and_kept_as_a_keyed_hash(ann: Person, truth: asyncpg.Connection) -> None:
    made = await invite(ann, somebody())

    row = await truth.fetchrow(ROW, made["id"])
    listed = (await ann.api.get("/invitations")).text

    assert row is not None
    assert made["link"] == f"http://127.0.0.1:3000/invite/{made['token']}"
    assert len(made["token"]) == len("nxi_") + 43
    assert made["token"] not in listed + row["row"]
    assert row["token_hash"] in Links([SECRET_KEY], "").hashes(made["token"])
    assert row["token_hash"] not in Links([NEWER_KEY], "").hashes(made["token"])


async def test_a_link_outlives_a_new_key_and_dies_with_its_own(
    servers: Servers, ann: Person, api: httpx.AsyncClient
) -> None:
    email = somebody()
    made = await invite(ann, email)
    told = []
    for keys in (NEWER_KEY, f"{NEWER_KEY},{SECRET_KEY}"):
        async with run_app(settings_of(servers.environment, secret_keys=keys)) as later, door(later) as other:
            told.append((await try_sign_in(other, servers, email, invitation=made["token"])).status_code)

    assert told == [404, 200]
    assert (await try_sign_in(api, servers, email)).status_code == 200


async def test_a_wrong_account_is_told_nothing_but_that(
    api: httpx.AsyncClient, servers: Servers, ann: Person, bob: Person
) -> None:
    guest = somebody()
    made = await invite(ann, guest)

    signed_in = await accept(bob, made["token"])
    new = await try_sign_in(api, servers, somebody(), invitation=made["token"])

    for answer in (signed_in, new):
        assert refusal(answer) == (403, "invitation_for_another")
        known = {ann.domain, str(ann.organisation_id), ann.email, guest, made["id"]}
        assert [one for one in known if one in answer.text] == []
    assert (await bob.api.get("/me")).status_code == 200
    assert await status_of(ann, made) == "open"


async def test_a_wrong_account_makes_no_organisation(
    api: httpx.AsyncClient, servers: Servers, ann: Person, truth: asyncpg.Connection
) -> None:
    made, other = await invite(ann, somebody()), somebody()

    await try_sign_in(api, servers, other, invitation=made["token"])

    assert await truth.fetchval("SELECT count(*) FROM users WHERE email = $1", other) == 0


@pytest.mark.parametrize("over", ["expired", "used", "revoked"])
async def test_an_invitation_that_is_over_lets_nobody_in(
    api: httpx.AsyncClient, servers: Servers, ann: Person, truth: asyncpg.Connection, over: str
) -> None:
    email = somebody()
    made = await invite(ann, email)
    if over == "expired":
        await truth.execute(EXPIRED, made["id"])
    elif over == "revoked":
        assert (await ann.api.delete(f"/invitations/{made['id']}")).status_code == 204
    else:
        pair = (await try_sign_in(api, servers, email, invitation=made["token"])).json()
        await ann.api.delete(f"/members/{pair['user']['id']}")

    answer = await try_sign_in(api, servers, email, invitation=made["token"])

    assert refusal(answer) == (409, "invitation_over")
    assert answer.json()["reason"] == over


async def test_whoever_did_not_hear_that_they_are_in_asks_again(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    email = somebody()
    made = await invite(ann, email)

    first, second = [await try_sign_in(api, servers, email, invitation=made["token"]) for _ in range(2)]

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["user"] == second.json()["user"]


async def test_twenty_at_once_with_one_invitation_are_one_member(
    api: httpx.AsyncClient, servers: Servers, ann: Person, truth: asyncpg.Connection
) -> None:
    email = somebody()
    made = await invite(ann, email)

    answers = await asyncio.gather(*(try_sign_in(api, servers, email, invitation=made["token"]) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert (await people(truth, ann))[1:] == [(email, "member", "active")]
    assert (await events(truth, ann)).count("invitation.accepted") == 1


async def test_a_resent_invitation_has_a_new_link_and_the_old_one_is_dead(
    api: httpx.AsyncClient, servers: Servers, ann: Person, truth: asyncpg.Connection
) -> None:
    email = somebody()
    made = await invite(ann, email)
    await truth.execute(EXPIRED, made["id"])

    resent = await ann.api.post(f"/invitations/{made['id']}/resend")

    old = await try_sign_in(api, servers, email, invitation=made["token"])
    new = await try_sign_in(api, servers, email, invitation=resent.json()["token"])
    assert (resent.status_code, resent.json()["id"]) == (200, made["id"])
    assert (refusal(old), new.status_code) == ((404, "not_found"), 200)


async def test_what_is_over_is_not_resent(ann: Person) -> None:
    made = await invite(ann, somebody())
    await ann.api.delete(f"/invitations/{made['id']}")

    answer = await ann.api.post(f"/invitations/{made['id']}/resend")

    assert (refusal(answer), answer.json()["reason"]) == ((409, "invitation_over"), "revoked")


async def test_revoking_twice_is_revoking_once(ann: Person, truth: asyncpg.Connection) -> None:
    made = await invite(ann, somebody())

    told = [(await ann.api.delete(f"/invitations/{made['id']}")).status_code for _ in range(2)]

    assert (told, (await events(truth, ann)).count("invitation.revoked")) == ([204, 204], 1)


@pytest.mark.parametrize("token", ["", "nxi_", "nxi_" + "a" * 43, "nxi_" + "a" * 42 + "\0", "x" * 129, "nxr_x"])
async def test_a_link_that_nobody_made_leads_nowhere(bob: Person, token: str) -> None:
    answer = await accept(bob, token)

    assert refusal(answer)[0] in (404, 422)
    assert (await bob.api.get("/me")).status_code == 200


def test_what_is_no_token_is_not_looked_up() -> None:
    with pytest.raises(NotFound):
        Links([SECRET_KEY], "").hashes("nxi_short")


async def test_a_removed_person_comes_back_by_an_invitation_alone(
    api: httpx.AsyncClient, servers: Servers, ann: Person, amy: Person
) -> None:
    await ann.api.delete(f"/members/{amy.user_id}")
    made = await invite(ann, amy.email)
    without = await try_sign_in(api, servers, amy.email)

    back = await try_sign_in(api, servers, amy.email, invitation=made["token"])

    old = await api.post("/auth/refresh", json={"refresh_token": amy.pair["refresh_token"]})
    assert refusal(without) == (403, "membership_removed")
    assert (back.status_code, back.json()["user"]["id"]) == (200, str(amy.user_id))
    assert refusal(old) == (401, "not_signed_in")


@pytest.mark.parametrize("policy", ["approval", "off"])
async def test_an_invitation_passes_by_the_join_policy(
    api: httpx.AsyncClient, servers: Servers, ann: Person, policy: str
) -> None:
    email = f"amy@{ann.domain}"
    await ann.api.patch("/organisation", json={"join_policy": policy})
    before = await try_sign_in(api, servers, email)
    made = await invite(ann, email)

    after = await try_sign_in(api, servers, email, invitation=made["token"])

    assert (before.status_code, after.status_code) == (403, 200)
    assert after.json()["organisation"]["id"] == str(ann.organisation_id)
