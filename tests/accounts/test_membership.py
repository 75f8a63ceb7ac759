"""What a person may do is what the tables say at their next request, not what their token said when it was made."""

from typing import Any

import asyncpg
import httpx
import pytest

from nexus.accounts import operator
from nexus.accounts.models import Role
from nexus.core.db import Database
from tests.house import Person, Servers, id_token, refusal, sign_in

SET_ROLE = "UPDATE users SET role = $2 WHERE id = $1"
SET_STATUS = "UPDATE users SET status = $2 WHERE id = $1"
SET_POLICY = "UPDATE organisations SET join_policy = $2 WHERE id = $1"
PEOPLE = "SELECT email, role, status FROM users WHERE organisation_id = $1 ORDER BY id"


async def _sign_in(api: httpx.AsyncClient, idp: str, email: str, **said: Any) -> httpx.Response:
    return await api.post("/auth/google", json={"id_token": await id_token(idp, email, **said)})


async def _people(truth: asyncpg.Connection, person: Person) -> list[tuple[str, str, str]]:
    """Everybody in the tables of this person's organisation."""
    return [tuple(row) for row in await truth.fetch(PEOPLE, person.organisation_id)]


async def test_a_demoted_admin_is_refused_on_the_next_request(truth: asyncpg.Connection, ann: Person) -> None:
    before = await ann.api.get("/members")
    await truth.execute(SET_ROLE, ann.user_id, "member")

    after = await ann.api.get("/members")

    assert (before.status_code, refusal(after)) == (200, (403, "not_allowed"))


async def test_a_promoted_member_is_let_in_on_the_next_request(truth: asyncpg.Connection, amy: Person) -> None:
    before = await amy.api.get("/members")
    await truth.execute(SET_ROLE, amy.user_id, "admin")

    after = await amy.api.get("/members")

    assert (before.status_code, after.status_code) == (403, 200)


@pytest.mark.parametrize("status", ["removed", "awaiting_approval"])
@pytest.mark.parametrize("path", ["/me", "/credits", "/jobs", "/members"])
async def test_whoever_is_no_active_member_any_more_is_refused_on_the_next_request(
    truth: asyncpg.Connection, ann: Person, path: str, status: str
) -> None:
    await truth.execute(SET_STATUS, ann.user_id, status)

    answer = await ann.api.get(path)

    assert refusal(answer) == (401, "not_signed_in")
    assert answer.json()["reason"] == "removed"


async def test_whoever_was_removed_cannot_spend(truth: asyncpg.Connection, amy: Person, ann: Person) -> None:
    await truth.execute(SET_STATUS, amy.user_id, "removed")

    answer = await amy.api.post("/summarize", json={"text": "One last job."})

    assert answer.status_code == 401
    assert (await ann.api.get("/credits")).json()["balance"] == 100


async def test_whoever_was_removed_is_told_so_at_sign_in(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, amy: Person
) -> None:
    await truth.execute(SET_STATUS, amy.user_id, "removed")

    answer = await _sign_in(api, servers.idp, amy.email)

    assert refusal(answer) == (403, "membership_removed")


async def test_whoever_was_removed_is_not_listed(truth: asyncpg.Connection, ann: Person, amy: Person) -> None:
    await truth.execute(SET_STATUS, amy.user_id, "removed")

    members = (await ann.api.get("/members")).json()["items"]

    assert [member["email"] for member in members] == [ann.email]


async def test_a_known_address_with_a_new_subject_waits_for_approval_and_is_kept(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person
) -> None:
    answer = await _sign_in(api, servers.idp, ann.email, claims={"sub": f"9{ann.user_id.int}"})

    assert refusal(answer) == (403, "approval_pending")
    assert await _people(truth, ann) == [(ann.email, "admin", "active"), (ann.email, "member", "awaiting_approval")]
    assert (await ann.api.get("/me")).json()["user"]["id"] == str(ann.user_id)


async def test_a_removed_persons_address_with_a_new_subject_waits_for_approval_too(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, amy: Person
) -> None:
    await truth.execute(SET_STATUS, amy.user_id, "removed")

    answer = await _sign_in(api, servers.idp, amy.email, claims={"sub": f"9{amy.user_id.int}"})

    assert refusal(answer) == (403, "approval_pending")


async def test_waiting_twice_makes_one_row(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person
) -> None:
    await truth.execute(SET_POLICY, ann.organisation_id, "approval")
    first = await _sign_in(api, servers.idp, f"amy@{ann.domain}")

    second = await _sign_in(api, servers.idp, f"amy@{ann.domain}")

    assert [refusal(first), refusal(second)] == [(403, "approval_pending")] * 2
    assert len(await _people(truth, ann)) == 2


async def test_where_approval_is_wanted_a_newcomer_waits(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person
) -> None:
    await truth.execute(SET_POLICY, ann.organisation_id, "approval")

    answer = await _sign_in(api, servers.idp, f"amy@{ann.domain}")

    assert refusal(answer) == (403, "approval_pending")
    assert (await _people(truth, ann))[1:] == [(f"amy@{ann.domain}", "member", "awaiting_approval")]


async def test_whoever_was_approved_comes_in_at_the_next_sign_in(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person
) -> None:
    await truth.execute(SET_POLICY, ann.organisation_id, "approval")
    await _sign_in(api, servers.idp, f"amy@{ann.domain}")
    await truth.execute("UPDATE users SET status = 'active' WHERE email = $1", f"amy@{ann.domain}")

    answer = await _sign_in(api, servers.idp, f"amy@{ann.domain}")

    assert (answer.status_code, answer.json()["user"]["role"]) == (200, "member")


async def test_where_nobody_joins_by_domain_a_newcomer_needs_an_invitation_and_leaves_no_row(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person
) -> None:
    await truth.execute(SET_POLICY, ann.organisation_id, "off")

    answer = await _sign_in(api, servers.idp, f"amy@{ann.domain}")

    assert refusal(answer) == (403, "invitation_needed")
    assert len(await _people(truth, ann)) == 1


@pytest.mark.parametrize("policy", ["approval", "off"])
async def test_whoever_is_in_stays_in_when_the_policy_changes(
    api: httpx.AsyncClient, servers: Servers, truth: asyncpg.Connection, ann: Person, policy: str
) -> None:
    await truth.execute(SET_POLICY, ann.organisation_id, policy)

    answer = await _sign_in(api, servers.idp, ann.email)

    assert answer.status_code == 200


async def test_a_person_who_is_renamed_at_google_is_renamed_here(
    api: httpx.AsyncClient, servers: Servers, ann: Person
) -> None:
    changed = {"name": "Ann Baker", "email": f"baker@{ann.domain}"}

    again = await sign_in(api, servers.idp, ann.email, claims=changed)

    assert again.pair["user"] == {"id": str(ann.user_id), "role": "admin", **changed}


async def test_the_operators_change_of_a_role_acts_on_the_next_request_and_is_written_down(
    db: Database, truth: asyncpg.Connection, ann: Person
) -> None:
    async with db.system() as tx:
        await operator.set_role(tx, ann.organisation_id, ann.user_id, Role.MEMBER)

    entries = await truth.fetch(
        "SELECT user_id, target, facts FROM audit_events WHERE organisation_id = $1 AND action = 'member.role_changed'",
        ann.organisation_id,
    )
    assert refusal(await ann.api.get("/members")) == (403, "not_allowed")
    assert [tuple(entry) for entry in entries] == [(None, str(ann.user_id), '{"by": "operator", "role": "member"}')]


async def test_every_arrival_is_written_down_with_its_request(truth: asyncpg.Connection, ann: Person) -> None:
    entries = await truth.fetch(
        "SELECT action, user_id, request_id FROM audit_events WHERE organisation_id = $1 ORDER BY id",
        ann.organisation_id,
    )

    created, joined, _ = entries
    assert (created["action"], joined["action"]) == ("organisation.created", "member.joined")
    assert (joined["user_id"], joined["request_id"]) == (ann.user_id, created["request_id"])
    assert joined["request_id"]
