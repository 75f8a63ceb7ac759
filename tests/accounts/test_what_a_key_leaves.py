"""Rights end with what gave them: a key makes no people, and what it made ends with it."""

from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from nexus.accounts.standing import Reader, must_be_admin_still
from nexus.core.db import Database
from nexus.core.errors import NotSignedIn
from tests.accounts.keys import bearer, make_key, status
from tests.accounts.team import invite, people, somebody
from tests.house import NOBODY_THERE, Person, refusal

REVOKED = (
    "SELECT target, facts->>'ended_with' AS ended_with FROM audit_events WHERE organisation_id = $1 AND action = $2"
)
CHANGED_BY_KEYS = """
SELECT action FROM audit_events WHERE organisation_id = $1 AND facts ? 'api_key_id' AND action <> 'api_key.created'
"""

ENDED = {
    "revoked": "UPDATE api_keys SET revoked_at = now() WHERE id = $1",
    "expired": "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1",
}


async def make_by(api: httpx.AsyncClient, value: str, **said: Any) -> dict[str, Any]:
    """A key that another one makes."""
    body = {"name": "child", "scopes": ["admin"], **said}
    answer = await api.post("/api-keys", json=body, headers=bearer(value))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_key_invites_nobody_and_shows_no_link(api: httpx.AsyncClient, ann: Person) -> None:
    open_one = await invite(ann, somebody())
    thief = bearer((await make_key(ann))["value"])

    answers = [
        await api.post("/invitations", json={"email": somebody(), "role": "admin"}, headers=thief),
        await api.post(f"/invitations/{open_one['id']}/resend", headers=thief),
    ]

    assert [refusal(answer) for answer in answers] == [(403, "not_allowed")] * 2
    assert [one["id"] for one in (await ann.api.get("/invitations")).json()["items"]] == [open_one["id"]]


async def test_a_key_changes_lets_in_and_removes_nobody(
    api: httpx.AsyncClient, ann: Person, amy: Person, truth: asyncpg.Connection
) -> None:
    thief, before = bearer((await make_key(ann))["value"]), await people(truth, ann)

    answers = [
        await api.patch(f"/members/{amy.user_id}", json={"role": "admin"}, headers=thief),
        await api.patch(f"/members/{amy.user_id}", json={"status": "active"}, headers=thief),
        await api.delete(f"/members/{ann.user_id}", headers=thief),
        await api.patch("/organisation", json={"join_policy": "automatic"}, headers=thief),
    ]

    assert [refusal(answer) for answer in answers] == [(403, "not_allowed")] * 4
    assert await people(truth, ann) == before


async def test_a_key_sends_events_nowhere(api: httpx.AsyncClient, ann: Person, truth: asyncpg.Connection) -> None:
    thief = bearer((await make_key(ann))["value"])
    own = (await ann.api.post("/webhooks", json={"url": f"http://{NOBODY_THERE}/"})).json()
    elsewhere = {"url": f"http://{NOBODY_THERE}/thief"}

    answers = [
        await api.post("/webhooks", json=elsewhere, headers=thief),
        await api.patch(f"/webhooks/{own['id']}", json=elsewhere, headers=thief),
        await api.post(f"/webhooks/{own['id']}/rotate-secret", headers=thief),
    ]

    assert [refusal(answer) for answer in answers] == [(403, "not_allowed")] * 3
    assert [one["url"] for one in (await ann.api.get("/webhooks")).json()["items"]] == [own["url"]]
    assert await truth.fetch(CHANGED_BY_KEYS, ann.organisation_id) == []


async def test_what_a_key_made_and_what_that_made_ends_with_it(
    api: httpx.AsyncClient, ann: Person, truth: asyncpg.Connection
) -> None:
    first, other = await make_key(ann), await make_key(ann)
    child = await make_by(api, first["value"])
    grandchild = await make_by(api, child["value"])
    before = [await status(api, one["value"], "/api-keys") for one in (first, child, grandchild)]

    assert (await ann.api.delete(f"/api-keys/{first['id']}")).status_code == 204

    after = [await status(api, one["value"], "/api-keys") for one in (first, child, grandchild, other)]
    assert (before, after) == ([(200, None)] * 3, [(401, "removed")] * 3 + [(200, None)])
    assert [one["id"] for one in (await ann.api.get("/api-keys")).json()["items"]] == [other["id"]]
    told = {
        row["target"]: row["ended_with"] for row in await truth.fetch(REVOKED, ann.organisation_id, "api_key.revoked")
    }
    assert told == {first["id"]: None, child["id"]: first["id"], grandchild["id"]: first["id"]}


async def test_a_value_that_a_key_got_by_rotating_another_key_ends_with_it(api: httpx.AsyncClient, ann: Person) -> None:
    thief, victim = await make_key(ann), await make_key(ann)
    taken = await api.post(
        f"/api-keys/{victim['id']}/rotate", json={"overlap_seconds": 0}, headers=bearer(thief["value"])
    )
    shown = {one["id"]: one["made_by_key_id"] for one in (await ann.api.get("/api-keys")).json()["items"]}

    await ann.api.delete(f"/api-keys/{thief['id']}")

    assert shown == {thief["id"]: None, victim["id"]: thief["id"]}
    assert await status(api, taken.json()["value"]) == (401, "removed")


async def test_a_person_who_rotates_a_key_makes_it_theirs(api: httpx.AsyncClient, ann: Person) -> None:
    first = await make_key(ann)
    child = await make_by(api, first["value"])
    mine = (await ann.api.post(f"/api-keys/{child['id']}/rotate")).json()

    await ann.api.delete(f"/api-keys/{first['id']}")

    assert (mine["made_by_key_id"], await status(api, mine["value"], "/api-keys")) == (None, (200, None))


async def test_keys_that_rotated_each_other_end_together(api: httpx.AsyncClient, ann: Person) -> None:
    first, second = await make_key(ann), await make_key(ann)
    second_now = (await api.post(f"/api-keys/{second['id']}/rotate", headers=bearer(first["value"]))).json()
    first_now = (await api.post(f"/api-keys/{first['id']}/rotate", headers=bearer(second_now["value"]))).json()

    assert (await ann.api.delete(f"/api-keys/{first['id']}")).status_code == 204

    assert [await status(api, one["value"]) for one in (first_now, second_now)] == [(401, "removed")] * 2


async def test_what_a_key_made_expires_no_later_than_it(
    api: httpx.AsyncClient, ann: Person, truth: asyncpg.Connection
) -> None:
    first = await make_key(ann, expires_at="2090-01-01T00:00:00Z")
    child = await make_by(api, first["value"], expires_at="2089-01-01T00:00:00Z")
    longer = await api.post("/api-keys", json={"name": "x", "scopes": ["admin"]}, headers=bearer(first["value"]))
    past = "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = ANY($1)"
    await truth.execute(past, [first["id"], child["id"]])

    assert refusal(longer) == (403, "not_allowed")
    assert [await status(api, one["value"]) for one in (first, child)] == [(401, "expired")] * 2


async def test_a_removed_admins_key_ends_and_so_does_what_it_made_for_others(
    api: httpx.AsyncClient, ann: Person, amy: Person
) -> None:
    await ann.api.patch(f"/members/{amy.user_id}", json={"role": "admin"})
    first, anns = await make_key(amy), await make_key(ann)
    child = await make_by(api, first["value"])
    taken = (await api.post(f"/api-keys/{anns['id']}/rotate", headers=bearer(first["value"]))).json()

    await ann.api.delete(f"/members/{amy.user_id}")

    told = [await status(api, one["value"]) for one in (first, child, taken)]
    assert told == [(401, "removed")] * 3


async def test_a_demoted_admins_keys_open_nothing_of_an_admin(api: httpx.AsyncClient, ann: Person, amy: Person) -> None:
    await ann.api.patch(f"/members/{amy.user_id}", json={"role": "admin"})
    first = await make_key(amy)
    child = await make_by(api, first["value"])

    await ann.api.patch(f"/members/{amy.user_id}", json={"role": "member"})

    told = [(await status(api, one["value"], "/api-keys"))[0] for one in (first, child)]
    assert told == [403, 403]


@pytest.mark.parametrize("ends", ["revoked", "expired"])
async def test_a_file_ends_short_once_its_key_has_ended(
    ann: Person, db: Database, truth: asyncpg.Connection, ends: str
) -> None:
    key = await make_key(ann)
    reader = Reader(ann.organisation_id, ann.user_id, None, UUID(key["id"]))
    async with db.transaction(ann.organisation_id) as tx:
        await must_be_admin_still(tx, reader)

    await truth.execute(ENDED[ends], key["id"])

    async with db.transaction(ann.organisation_id) as tx:
        with pytest.raises(NotSignedIn):
            await must_be_admin_still(tx, reader)
    assert (await ann.api.get("/audit-events/export")).status_code == 200
