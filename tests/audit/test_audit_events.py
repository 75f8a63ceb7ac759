"""Admins read who did what, filtered, page by page or as a file; what is written is neither changed nor removed."""

import asyncio
import csv
import json
from contextvars import Context
from io import StringIO
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from nexus.audit import export
from nexus.audit.services import Wanted, record
from nexus.core.db import Database
from nexus.core.errors import NotAllowed
from tests.architecture.grants import WRITTEN
from tests.house import Person, Servers, refusal, sign_in, some_domain
from tests.migrations.scratch import looking

ADD = """
INSERT INTO audit_events (organisation_id, id, action, user_id, target, facts)
SELECT $1, gen_random_uuid(), 'planted.event', NULL, n::text, '{}' FROM generate_series(1, $2) n
"""
FORMULA = "=HYPERLINK(1)"


async def listed(person: Person, **asked: Any) -> list[dict[str, Any]]:
    """The events that this admin reads."""
    answer = await person.api.get("/audit-events", params={"limit": 100, **asked})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def exported(person: Person, form: str, **asked: Any) -> httpx.Response:
    """The same as a file."""
    answer = await person.api.get("/audit-events/export", params={"format": form, **asked})
    assert answer.status_code == 200, answer.text
    return answer


async def test_an_event_says_who_what_to_whom_when_from_where_and_by_which_request(
    app: FastAPI, servers: Servers
) -> None:
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test/v1") as api:
        ann = await sign_in(api, servers.idp, f"ann@{some_domain()}")
        answer = await ann.api.patch("/organisation", json={"join_policy": "off"})

    event = (await listed(ann))[0]
    assert event.pop("created_at").endswith("Z")
    assert event.pop("id")
    assert event == {
        "action": "organisation.changed",
        "user_id": str(ann.user_id),
        "target": str(ann.organisation_id),
        "facts": {"join_policy": "off"},
        "address": "203.0.113.9",
        "request_id": answer.headers["x-request-id"],
    }


async def test_what_no_request_did_has_no_address(ann: Person, db: Database) -> None:
    async def outside_of_any_request() -> None:
        async with db.transaction(ann.organisation_id) as tx:
            await record(tx, ann.organisation_id, "planted.event", user_id=None, target=None)

    await asyncio.create_task(outside_of_any_request(), context=Context())

    event = (await listed(ann))[0]

    assert (event["action"], event["address"], event["request_id"]) == ("planted.event", None, None)


async def test_events_are_filtered_by_action_and_person(ann: Person, amy: Person) -> None:
    await ann.api.patch("/organisation", json={"caching": False})

    by_action = await listed(ann, action="organisation.changed")
    by_person = await listed(ann, user_id=str(amy.user_id))
    by_both = await listed(ann, action="organisation.changed", user_id=str(amy.user_id))

    assert [one["action"] for one in by_action] == ["organisation.changed"]
    assert {one["user_id"] for one in by_person} == {str(amy.user_id)}
    assert {one["action"] for one in by_person} == {"member.joined", "session.started"}
    assert by_both == []


@pytest.mark.parametrize("asked", [{"action": "' OR true --"}, {"action": "x"}, {"user_id": "ann"}, {"limit": 101}])
async def test_a_filter_that_cannot_be_is_refused(ann: Person, asked: dict[str, str]) -> None:
    assert refusal(await ann.api.get("/audit-events", params=asked)) == (422, "invalid_request")


async def test_pages_hold_every_event_once(ann: Person, truth: asyncpg.Connection) -> None:
    await truth.execute(ADD, ann.organisation_id, 45)
    pages, cursor = [], None
    while True:
        page = (await ann.api.get("/audit-events", params={"cursor": cursor} if cursor else {})).json()
        pages.append([one["id"] for one in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break

    everything = [event for page in pages for event in page]
    assert [len(page) for page in pages[:-1]] == [20] * (len(pages) - 1)
    assert everything == sorted(set(everything), reverse=True)
    assert len(everything) == len(await listed(ann))


@pytest.mark.parametrize("path", ["/audit-events", "/audit-events/export"])
async def test_members_read_none_of_it(amy: Person, path: str) -> None:
    assert refusal(await amy.api.get(path)) == (403, "not_allowed")


async def test_nobody_reads_another_organisations(ann: Person, bob: Person) -> None:
    await ann.api.patch("/organisation", json={"caching": False})

    assert str(ann.organisation_id) not in (await exported(bob, "jsonl")).text
    assert await listed(bob, user_id=str(ann.user_id)) == []


async def test_a_file_holds_all_of_it_and_says_that_it_was_made(ann: Person, truth: asyncpg.Connection) -> None:
    await truth.execute(ADD, ann.organisation_id, export.AT_ONCE * 2)

    lines = (await exported(ann, "jsonl")).text.splitlines()
    rows = list(csv.DictReader(StringIO((await exported(ann, "csv")).text)))

    events = [json.loads(line) for line in lines]
    assert [one["action"] for one in events].count("organisation.created") == 1
    assert len({one["id"] for one in events}) == len(events) == len(rows) - 1 > export.AT_ONCE * 2
    assert {one["facts"]["format"] for one in await listed(ann, action="audit.exported")} == {"jsonl", "csv"}
    assert rows[0].keys() == events[0].keys()


async def test_a_file_is_named_and_typed(ann: Person) -> None:
    answers = [await exported(ann, form) for form in ("csv", "jsonl")]

    assert [answer.headers["content-type"] for answer in answers] == ["text/csv; charset=utf-8", "application/x-ndjson"]
    assert [answer.headers["content-disposition"] for answer in answers] == [
        'attachment; filename="audit-events.csv"',
        'attachment; filename="audit-events.jsonl"',
    ]


async def test_a_file_is_filtered_too(ann: Person) -> None:
    lines = (await exported(ann, "jsonl", action="session.started")).text.splitlines()

    assert [json.loads(line)["action"] for line in lines] == ["session.started"]


async def test_no_cell_of_a_file_is_a_formula(ann: Person, db: Database) -> None:
    async with db.transaction(ann.organisation_id) as tx:
        await record(tx, ann.organisation_id, "planted.event", user_id=None, target=FORMULA, said=FORMULA)

    rows = list(csv.DictReader(StringIO((await exported(ann, "csv", action="planted.event")).text)))

    assert [(row["target"], row["facts"]) for row in rows] == [
        (f"'{FORMULA}", json.dumps({"said": FORMULA}, separators=(",", ":")))
    ]


async def test_a_file_ends_short_for_whoever_may_no_longer_read_it(
    ann: Person, db: Database, truth: asyncpg.Connection
) -> None:
    await truth.execute(ADD, ann.organisation_id, export.AT_ONCE)
    asked = []

    async def may_read(_: object) -> None:
        asked.append(1)
        if len(asked) > 1:
            raise NotAllowed("no more")

    pieces = export.write(db, ann.organisation_id, may_read, Wanted(), export.Format.JSONL)
    first = await anext(pieces)

    with pytest.raises(NotAllowed):
        await anext(pieces)
    assert len(first.splitlines()) == export.AT_ONCE


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET action = 'nothing.happened' WHERE organisation_id = $1",
        "DELETE FROM audit_events WHERE organisation_id = $1",
    ],
)
async def test_what_is_written_stays_whoever_asks(
    ann: Person, servers: Servers, truth: asyncpg.Connection, change: str
) -> None:
    with pytest.raises(asyncpg.RestrictViolationError):
        await truth.execute(change, ann.organisation_id)
    for url in ("NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL"):
        async with looking(servers.environment[url]) as connection:
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
                await connection.execute(change, ann.organisation_id)
    assert await listed(ann)


def test_no_role_may_change_what_is_written_but_take_what_names_somebody_or_an_old_entry_out() -> None:
    granted = {role: tables["audit_events"] for role, tables in WRITTEN.items()}

    assert {role: (set(one), one.get("UPDATE")) for role, one in granted.items()} == {
        "nexus_app": ({"SELECT", "INSERT"}, None),
        "nexus_system": ({"SELECT", "INSERT", "UPDATE", "DELETE"}, {"address", "facts", "request_id"}),
    }


CHANGE = "UPDATE audit_events SET {} WHERE organisation_id = $1"
EMPTIED = "address = NULL, request_id = NULL, facts = '{}'"


@pytest.mark.parametrize("change", ["address = NULL", "request_id = NULL", "facts = '{}'", EMPTIED])
async def test_what_an_entry_tells_stays_while_its_organisation_does(
    ann: Person, servers: Servers, change: str
) -> None:
    async with looking(servers.environment["NEXUS_SYSTEM_DATABASE_URL"]) as connection:
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(CHANGE.format(change), ann.organisation_id)


@pytest.mark.parametrize(
    "change",
    [
        'facts = \'{"name": "another"}\'',
        "address = '192.0.2.1'",
        "request_id = 'another one'",
        f"{EMPTIED}, user_id = NULL, target = 'nobody'",
        f"{EMPTIED}, target = 'somebody else'",
        f"{EMPTIED}, action = 'nothing.happened'",
    ],
)
async def test_after_an_erasure_an_entry_is_emptied_and_nothing_else_of_it_changed(
    ann: Person, truth: asyncpg.Connection, change: str
) -> None:
    await truth.execute("UPDATE organisations SET erased_at = now() WHERE id = $1", ann.organisation_id)

    with pytest.raises(asyncpg.RestrictViolationError):
        await truth.execute(CHANGE.format(change), ann.organisation_id)
    await truth.execute(CHANGE.format(EMPTIED), ann.organisation_id)
