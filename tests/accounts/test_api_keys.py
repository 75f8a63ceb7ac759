"""The life of an API key: made once, shown once, used, rotated, revoked; and gone with whoever answers for it."""

import asyncio
import json
from functools import partial
from typing import Any

import asyncpg
import httpx
import pytest

from tests.accounts.keys import ALL, bearer, make_key, status
from tests.house import Person, refusal, wait_for

EVENTS = """SELECT action, user_id, target, facts, request_id FROM audit_events
WHERE organisation_id = $1 AND action LIKE 'api_key.%' ORDER BY id"""
OLDER = "UPDATE api_keys SET {column} = {column} - interval '{seconds} seconds' WHERE id = $1"
PROMOTED = "UPDATE users SET role = 'admin' WHERE id = $1"
SET_STATUS = "UPDATE users SET status = $2 WHERE id = $1"
LAST_USED = "SELECT last_used_at FROM api_keys WHERE id = $1"
FUTURE, PAST = "2090-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
SOMEBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


async def test_a_key_is_used_wherever_a_token_is(api: httpx.AsyncClient, ann: Person) -> None:
    made = await make_key(ann)

    me = await api.get("/me", headers=bearer(made["value"]))
    work = await api.post("/summarize", headers=bearer(made["value"]), json={"text": "Rain fell. It stopped."})

    assert me.json()["user"]["id"] == str(ann.user_id)
    assert work.status_code == 202


async def test_the_value_is_shown_once_and_stands_in_no_table(truth: asyncpg.Connection, ann: Person) -> None:
    made = await make_key(ann, name="nightly import")

    listed = (await ann.api.get("/api-keys")).json()["items"]
    row = await truth.fetchval("SELECT to_jsonb(k)::text FROM api_keys k WHERE id = $1", made["id"])
    value = made.pop("value")
    assert listed == [made]
    assert (value[:8], len(value), made["prefix"]) == ("nx_live_", 57, value[:12])
    assert not [kept for kept in (value, value[12:], value.encode().hex()) if kept in row]


async def test_a_rotated_key_has_two_values_until_the_overlap_is_over(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    old = await make_key(ann)

    new = (await ann.api.post(f"/api-keys/{old['id']}/rotate", json={"overlap_seconds": 60})).json()

    assert new["value"] != old["value"]
    assert [await status(api, one["value"]) for one in (old, new)] == [(200, None), (200, None)]
    await truth.execute(OLDER.format(column="previous_until", seconds=61), old["id"])
    assert [await status(api, one["value"]) for one in (old, new)] == [(401, "expired"), (200, None)]


async def test_an_overlap_is_a_day_unless_said(ann: Person, truth: asyncpg.Connection) -> None:
    made = await make_key(ann)

    answer = await ann.api.post(f"/api-keys/{made['id']}/rotate")

    lasts = "SELECT extract(epoch FROM previous_until - rotated_at)::int FROM api_keys WHERE id = $1"
    assert answer.status_code == 200
    assert await truth.fetchval(lasts, made["id"]) == 86_400


async def test_without_an_overlap_the_old_value_ends_at_once(api: httpx.AsyncClient, ann: Person) -> None:
    old = await make_key(ann)
    assert await status(api, old["value"]) == (200, None)

    new = await ann.api.post(f"/api-keys/{old['id']}/rotate", json={"overlap_seconds": 0})

    assert await status(api, old["value"]) == (401, "signature")
    assert await status(api, new.json()["value"]) == (200, None)


async def test_a_second_rotation_ends_the_value_before_the_last(api: httpx.AsyncClient, ann: Person) -> None:
    first = await make_key(ann)
    later = [(await ann.api.post(f"/api-keys/{first['id']}/rotate")).json() for _ in range(2)]

    found = [await status(api, made["value"]) for made in (first, *later)]

    assert found == [(401, "signature"), (200, None), (200, None)]


async def test_a_revoked_key_is_refused_on_the_next_request_and_both_its_values(
    api: httpx.AsyncClient, ann: Person
) -> None:
    old = await make_key(ann)
    new = (await ann.api.post(f"/api-keys/{old['id']}/rotate")).json()
    assert [await status(api, one["value"]) for one in (old, new)] == [(200, None)] * 2

    answer = await ann.api.delete(f"/api-keys/{old['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert [await status(api, one["value"]) for one in (old, new)] == [(401, "removed")] * 2
    assert (await ann.api.get("/api-keys")).json()["items"] == []
    assert refusal(await ann.api.delete(f"/api-keys/{old['id']}")) == (404, "not_found")
    assert refusal(await ann.api.post(f"/api-keys/{old['id']}/rotate")) == (404, "not_found")


async def test_a_key_ends_when_its_time_is_over(api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person) -> None:
    made = await make_key(ann, expires_at=FUTURE)
    before = await status(api, made["value"])
    await truth.execute("UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1", made["id"])

    assert [before, await status(api, made["value"])] == [(200, None), (401, "expired")]
    assert refusal(await ann.api.post(f"/api-keys/{made['id']}/rotate")) == (409, "api_key_expired")


@pytest.mark.parametrize("left_as", ["removed", "awaiting_approval"])
async def test_a_key_goes_with_whoever_answers_for_it_and_does_not_come_back_with_them(
    api: httpx.AsyncClient, truth: asyncpg.Connection, amy: Person, left_as: str
) -> None:
    await truth.execute(PROMOTED, amy.user_id)
    made = await make_key(amy)
    assert await status(api, made["value"]) == (200, None)

    await truth.execute(SET_STATUS, amy.user_id, left_as)
    gone = await api.get("/me", headers=bearer(made["value"]))
    await truth.execute(SET_STATUS, amy.user_id, "active")

    assert (gone.status_code, gone.json()["reason"]) == (401, "removed")
    assert "answers for this API key" in gone.json()["detail"]
    assert await status(api, made["value"]) == (401, "removed")


async def test_a_key_does_no_more_than_whoever_answers_for_it(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    made = await make_key(ann)
    before = await status(api, made["value"], "/members")
    await truth.execute("UPDATE users SET role = 'member' WHERE id = $1", ann.user_id)

    answer = await api.get("/members", headers=bearer(made["value"]))

    assert before == (200, None)
    assert refusal(answer) == (403, "not_allowed")
    assert await status(api, made["value"], "/credits") == (200, None)


async def test_whoever_rotates_a_key_answers_for_it(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person, amy: Person
) -> None:
    await truth.execute(PROMOTED, amy.user_id)
    made = await make_key(amy)

    rotated = (await ann.api.post(f"/api-keys/{made['id']}/rotate")).json()
    await truth.execute(SET_STATUS, amy.user_id, "removed")

    assert rotated["user_id"] == str(ann.user_id)
    assert await status(api, rotated["value"]) == (200, None)
    facts = [json.loads(event["facts"]) for event in await truth.fetch(EVENTS, ann.organisation_id)]
    assert facts[1]["taken_over_from"] == str(amy.user_id)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_only_an_admin_makes_and_sees_keys(amy: Person, method: str) -> None:
    answer = await amy.api.request(method, "/api-keys", json={"name": "mine", "scopes": ["read"]})

    assert refusal(answer) == (403, "not_allowed")


async def test_every_change_of_a_key_is_written_down_without_its_value(ann: Person, truth: asyncpg.Connection) -> None:
    made = await make_key(ann, ["read"], name="import")
    await ann.api.post(f"/api-keys/{made['id']}/rotate", json={"overlap_seconds": 5})
    await ann.api.delete(f"/api-keys/{made['id']}")

    events = await truth.fetch(EVENTS, ann.organisation_id)

    assert [event["action"] for event in events] == ["api_key.created", "api_key.rotated", "api_key.revoked"]
    assert all((event["user_id"], event["target"]) == (ann.user_id, made["id"]) for event in events)
    assert all(event["request_id"] for event in events)
    facts = [json.loads(event["facts"]) for event in events]
    assert facts == [{"scopes": ["read"], "expires_at": None}, {"overlap_seconds": 5}, {}]


async def test_what_a_key_does_is_written_down_as_its_persons_and_names_the_key(
    api: httpx.AsyncClient, ann: Person, truth: asyncpg.Connection
) -> None:
    made = await make_key(ann)
    await api.get("/organisation/export", headers=bearer(made["value"]))

    event = await truth.fetchrow(
        "SELECT user_id, facts FROM audit_events WHERE organisation_id = $1 AND action = 'organisation.exported'",
        ann.organisation_id,
    )

    assert event is not None
    assert (event["user_id"], json.loads(event["facts"])["api_key_id"]) == (ann.user_id, made["id"])


async def test_the_last_use_is_written_once_a_minute(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    made = await make_key(ann)
    await status(api, made["value"])
    first = await wait_for(partial(truth.fetchval, LAST_USED, made["id"]))

    for _ in range(5):
        await status(api, made["value"])
    await asyncio.sleep(0.2)
    within_the_minute = await truth.fetchval(LAST_USED, made["id"])
    await truth.execute(OLDER.format(column="last_used_at", seconds=61), made["id"])
    await status(api, made["value"])

    async def written_again() -> bool:
        return bool(await truth.fetchval(LAST_USED, made["id"]) >= first)

    assert within_the_minute == first
    assert await wait_for(written_again)


async def test_a_request_does_not_wait_for_its_use_to_be_written(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    made = await make_key(ann)

    async with truth.transaction(), asyncio.timeout(5):
        await truth.execute("SELECT 1 FROM api_keys WHERE id = $1 FOR UPDATE", made["id"])
        answers = [await status(api, made["value"]) for _ in range(3)]

    assert answers == [(200, None)] * 3


async def test_a_key_that_was_met_is_let_in_while_no_other_can_be_looked_up(
    api: httpx.AsyncClient, truth: asyncpg.Connection, ann: Person
) -> None:
    met, unmet = await make_key(ann), await make_key(ann)
    before = await status(api, met["value"])

    try:
        await truth.execute("ALTER ROLE nexus_system CONNECTION LIMIT 0")
        await truth.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'nexus_system'")
        meanwhile = [await status(api, one["value"]) for one in (met, unmet)]
    finally:
        await truth.execute("ALTER ROLE nexus_system CONNECTION LIMIT -1")

    assert [before, *meanwhile] == [(200, None), (200, None), (503, None)]
    async with asyncio.timeout(10):
        while await status(api, unmet["value"]) != (200, None):
            await asyncio.sleep(0.1)  # a pooler before the server tries again after a moment


async def test_an_organisation_has_no_more_than_fifty_keys_however_they_are_asked_for(
    ann: Person, bob: Person, truth: asyncpg.Connection
) -> None:
    copies = """INSERT INTO api_keys (organisation_id, id, user_id, name, scopes, prefix, value_hash)
    SELECT organisation_id, gen_random_uuid(), user_id, name, scopes, prefix, gen_random_uuid()::text::bytea
    FROM api_keys, generate_series(1, 46) WHERE id = $1"""
    made = await make_key(ann)
    await truth.execute(copies, made["id"])
    body = {"name": "one more", "scopes": ["read"]}

    answers = await asyncio.gather(*(ann.api.post("/api-keys", json=body) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert (refusal(refused)[1], refused.json()["most"]) == ("too_many_api_keys", 50)
    await ann.api.delete(f"/api-keys/{made['id']}")
    assert (await ann.api.post("/api-keys", json=body)).status_code == 201
    assert (await bob.api.post("/api-keys", json=body)).status_code == 201


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "im\u00adport"}, "name"),
        ({"name": "\u2066import"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["read", "read"]}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"expires_at": PAST}, "expires_at"),
        ({"expires_at": "2090-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"user_id": SOMEBODY}, "user_id"),
        ({"organisation_id": SOMEBODY}, "organisation_id"),
        ({"value": "nx_live_mine"}, "value"),
    ],
    ids=str,
)
async def test_a_key_that_cannot_be_is_refused(ann: Person, changed: dict[str, Any], field: str) -> None:
    answer = await ann.api.post("/api-keys", json={"name": "a program", "scopes": list(ALL)} | changed)

    assert refusal(answer) == (422, "invalid_request")
    assert {error["field"].split(".")[0] for error in answer.json()["errors"]} == {field}


@pytest.mark.parametrize("overlap", [-1, 604_801, "60", 1.5, True, None])
async def test_an_overlap_that_cannot_be_is_refused(ann: Person, overlap: Any) -> None:
    made = await make_key(ann)

    answer = await ann.api.post(f"/api-keys/{made['id']}/rotate", json={"overlap_seconds": overlap})

    assert refusal(answer) == (422, "invalid_request")


LAST_MOMENTS = {
    "9999-12-31T23:59:59-05:00": None,
    "9999-12-31T23:59:59.999999-00:01": None,
    "9999-12-31T23:59:59.999999-23:59": None,
    "9999-12-31T23:59:59Z": "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999998Z": "9999-12-31T23:59:59.999998Z",
    "9999-12-31T23:59:59.999999Z": None,
    "9999-12-31T23:59:59+14:00": "9999-12-31T09:59:59Z",
    "9999-12-31T18:59:59-05:00": "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z": None,
    "0001-01-01T00:00:00+14:00": None,
    "0001-01-01T00:00:00-14:00": None,
    "10000-01-01T00:00:00Z": None,
    "0000-12-31T23:59:59Z": None,
    "-0001-01-01T00:00:00Z": None,
    "2090-02-30T00:00:00Z": None,
    "2090-01-01T24:00:00Z": None,
    "2090-01-01T00:00:00+99:99": None,
    "253402300799": None,
    "1e400": None,
}


@pytest.mark.parametrize("moment", LAST_MOMENTS)
async def test_a_key_ends_at_a_time_that_there_is(ann: Person, moment: str) -> None:
    answer = await ann.api.post("/api-keys", json={"name": "ci", "scopes": ["read"], "expires_at": moment})

    taken = LAST_MOMENTS[moment]
    assert answer.status_code == (422 if taken is None else 201), answer.text
    if taken is not None:
        shown = (await ann.api.get("/me", headers={"Authorization": f"Bearer {answer.json()['value']}"})).status_code
        assert (answer.json()["expires_at"], shown) == (taken, 200)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "99999999999999999999", "253402300800", "1e15", "NaN", "true"])
async def test_a_number_is_no_end_beyond_time(ann: Person, number: str) -> None:
    body = f'{{"name": "ci", "scopes": ["read"], "expires_at": {number}}}'

    answer = await ann.api.post("/api-keys", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
