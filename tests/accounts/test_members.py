"""Admins change members, let them in and remove them; it holds from the next request, and is written down."""

from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.accounts.team import events, invite, people, try_sign_in
from tests.house import Person, Servers, refusal


async def change(admin: Person, whom: Any, **said: Any) -> httpx.Response:
    """Change a member."""
    return await admin.api.patch(f"/members/{whom}", json=said)


async def remove(admin: Person, whom: Any) -> httpx.Response:
    """Remove a member."""
    return await admin.api.delete(f"/members/{whom}")


async def waiting_amy(ann: Person, api: httpx.AsyncClient, servers: Servers) -> dict[str, Any]:
    """Somebody who waits to be let into ann's organisation, as ann sees them."""
    await ann.api.patch("/organisation", json={"join_policy": "approval"})
    answer = await try_sign_in(api, servers, f"amy@{ann.domain}")
    assert refusal(answer) == (403, "approval_pending")
    listed = (await ann.api.get("/members", params={"status": "awaiting_approval"})).json()["items"]
    assert [one["email"] for one in listed] == [f"amy@{ann.domain}"]
    found: dict[str, Any] = listed[0]
    return found


async def test_a_promoted_member_is_an_admin_at_their_next_request(ann: Person, amy: Person) -> None:
    before = await amy.api.get("/members")

    answer = await change(ann, amy.user_id, role="admin")

    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert (refusal(before), (await amy.api.get("/members")).status_code) == ((403, "not_allowed"), 200)


async def test_a_demoted_admin_is_none_at_their_next_request(ann: Person, amy: Person) -> None:
    await change(ann, amy.user_id, role="admin")

    answer = await change(amy, ann.user_id, role="member")

    assert (answer.status_code, refusal(await ann.api.get("/members"))) == (200, (403, "not_allowed"))


async def test_a_removed_member_is_out_at_once_and_for_good(
    ann: Person, amy: Person, api: httpx.AsyncClient, servers: Servers
) -> None:
    answer = await remove(ann, amy.user_id)

    refreshed = await api.post("/auth/refresh", json={"refresh_token": amy.pair["refresh_token"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(await amy.api.get("/me")) == (401, "not_signed_in")
    assert refusal(refreshed) == (401, "not_signed_in")
    assert refusal(await try_sign_in(api, servers, amy.email)) == (403, "membership_removed")


async def test_a_removed_members_sessions_have_ended_in_the_table(
    ann: Person, amy: Person, truth: asyncpg.Connection
) -> None:
    await remove(ann, amy.user_id)

    ended = await truth.fetch("SELECT ended_at, end_reason FROM sessions WHERE user_id = $1", amy.user_id)
    assert [(row["ended_at"] is not None, row["end_reason"]) for row in ended] == [(True, "removed")]


async def test_whoever_was_removed_is_listed_only_where_asked_for(ann: Person, amy: Person) -> None:
    await remove(ann, amy.user_id)

    listed = (await ann.api.get("/members")).json()["items"]
    removed = (await ann.api.get("/members", params={"status": "removed"})).json()["items"]

    assert [one["email"] for one in listed] == [ann.email]
    assert [(one["email"], one["status"]) for one in removed] == [(amy.email, "removed")]


async def test_members_come_a_page_at_a_time(ann: Person, amy: Person) -> None:
    first = (await ann.api.get("/members", params={"limit": 1})).json()
    second = (await ann.api.get("/members", params={"limit": 1, "cursor": first["next_cursor"]})).json()

    assert [first["items"][0]["email"], second["items"][0]["email"]] == [amy.email, ann.email]
    assert second["next_cursor"] is None


async def test_who_waits_is_let_in_by_an_admin(ann: Person, api: httpx.AsyncClient, servers: Servers) -> None:
    amy = await waiting_amy(ann, api, servers)

    answer = await change(ann, amy["id"], status="active")

    again = await try_sign_in(api, servers, amy["email"])
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    assert (again.status_code, again.json()["user"]["id"]) == (200, amy["id"])


async def test_who_waits_is_refused_by_an_admin(
    ann: Person, api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection
) -> None:
    amy = await waiting_amy(ann, api, servers)

    answer = await remove(ann, amy["id"])

    again = await try_sign_in(api, servers, amy["email"])
    assert (answer.status_code, refusal(again)) == (204, (403, "membership_removed"))
    assert (await events(truth, ann))[-1] == "member.refused"


async def test_an_admin_who_waits_does_not_count_as_one(ann: Person, api: httpx.AsyncClient, servers: Servers) -> None:
    amy = await waiting_amy(ann, api, servers)
    await change(ann, amy["id"], role="admin")

    assert refusal(await remove(ann, ann.user_id)) == (409, "last_admin")


async def test_where_nobody_joins_by_domain_an_invitation_is_needed(
    ann: Person, api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection
) -> None:
    await ann.api.patch("/organisation", json={"join_policy": "off"})

    answer = await try_sign_in(api, servers, f"amy@{ann.domain}")

    assert refusal(answer) == (403, "invitation_needed")
    assert len(await people(truth, ann)) == 1


async def test_every_change_of_a_member_is_written_down(ann: Person, amy: Person, truth: asyncpg.Connection) -> None:
    before = len(await events(truth, ann))
    await change(ann, amy.user_id, role="admin")
    await change(ann, amy.user_id, role="admin")
    await change(ann, amy.user_id, role="member")
    await remove(ann, amy.user_id)

    entries = (await ann.api.get("/audit-events")).json()["items"]

    mine = [(one["action"], one["user_id"], one["target"], one["facts"]) for one in reversed(entries)][before:]
    doer, target = str(ann.user_id), str(amy.user_id)
    assert mine == [
        ("member.role_changed", doer, target, {"role": "admin"}),
        ("member.role_changed", doer, target, {"role": "member"}),
        ("member.removed", doer, target, {}),
    ]


@pytest.mark.parametrize("said", [{"role": "member"}, None], ids=["demoted", "removed"])
async def test_the_last_admin_stays(ann: Person, amy: Person, said: dict[str, Any] | None) -> None:
    answer = await (change(ann, ann.user_id, **said) if said else remove(ann, ann.user_id))

    assert refusal(answer) == (409, "last_admin")
    assert (await ann.api.get("/members")).status_code == 200
    assert (await amy.api.get("/me")).json()["user"]["role"] == "member"


async def test_an_admin_leaves_where_there_is_another(ann: Person, amy: Person) -> None:
    await change(ann, amy.user_id, role="admin")

    answer = await remove(ann, ann.user_id)

    assert (answer.status_code, refusal(await ann.api.get("/me"))) == (204, (401, "not_signed_in"))
    assert (await amy.api.get("/members")).json()["items"][0]["email"] == amy.email


async def test_a_member_changes_and_removes_nobody(ann: Person, amy: Person) -> None:
    answers = [
        await change(amy, amy.user_id, role="admin"),
        await change(amy, ann.user_id, role="member"),
        await remove(amy, ann.user_id),
        await remove(amy, amy.user_id),
    ]

    assert [refusal(answer) for answer in answers] == [(403, "not_allowed")] * 4
    assert {one["role"] for one in (await ann.api.get("/members")).json()["items"]} == {"admin", "member"}


async def test_nobody_there_is_not_found_alike(ann: Person, amy: Person, bob: Person) -> None:
    await remove(ann, amy.user_id)

    for whom in (amy.user_id, bob.user_id, uuid4(), "not-an-id"):
        assert refusal(await change(ann, whom, role="admin")) == (404, "not_found")
        assert refusal(await remove(ann, whom)) == (404, "not_found")


@pytest.mark.parametrize(
    "said",
    [{"role": "owner"}, {"role": None}, {"status": "removed"}, {"status": None}, {"email": "a@b.test"}, {"id": "1"}],
    ids=str,
)
async def test_what_is_no_change_of_a_member_is_refused(ann: Person, amy: Person, said: dict[str, Any]) -> None:
    assert refusal(await change(ann, amy.user_id, **said)) == (422, "invalid_request")


@pytest.mark.parametrize("how", ["removed", "demoted"])
async def test_links_that_an_admin_made_die_with_their_power(ann: Person, amy: Person, how: str) -> None:
    await change(ann, amy.user_id, role="admin")
    made = await invite(amy, "amy@private.test", role="admin")

    await (remove(ann, amy.user_id) if how == "removed" else change(ann, amy.user_id, role="member"))

    listed = (await ann.api.get("/invitations")).json()["items"]
    assert [(one["id"], one["status"]) for one in listed] == [(made["id"], "revoked")]


async def test_an_organisation_that_everybody_left_is_taken_up_by_the_next_of_its_domain(
    ann: Person, bob: Person, api: httpx.AsyncClient, servers: Servers
) -> None:
    made = await invite(bob, ann.email)
    moved = await ann.api.post("/invitations/accept", json={"token": made["token"]})

    answer = await try_sign_in(api, servers, f"amy@{ann.domain}")

    assert moved.status_code == 200
    assert (answer.json()["user"]["role"], answer.json()["organisation"]["id"]) == ("admin", str(ann.organisation_id))
