"""An admin changes the organisation's name, who joins it, and whether answers are kept; everybody sees who did."""

import json
from typing import Any

import asyncpg
import pytest

from tests.house import Person, refusal

EVENTS = (
    "SELECT user_id, target, facts, request_id FROM audit_events WHERE organisation_id = $1 AND action = $2 ORDER BY id"
)


async def events(truth: asyncpg.Connection, person: Person) -> list[tuple[Any, Any, Any]]:
    """What was written down about changes of the organisation."""
    rows = await truth.fetch(EVENTS, person.organisation_id, "organisation.changed")
    return [(row["user_id"], row["target"], json.loads(row["facts"])) for row in rows]


async def test_an_organisation_has_its_answers_kept_unless_it_says_otherwise(ann: Person) -> None:
    assert (await ann.api.get("/organisation")).json()["caching"] is True


async def test_an_admin_changes_what_is_given_and_nothing_else(ann: Person, bob: Person) -> None:
    before = (await ann.api.get("/organisation")).json()
    of_bob = (await bob.api.get("/organisation")).json()

    changed = await ann.api.patch("/organisation", json={"caching": False, "name": "  Archer & Co  "})

    assert (changed.status_code, changed.json()) == (200, before | {"caching": False, "name": "Archer & Co"})
    assert (await ann.api.get("/organisation")).json() == changed.json()
    assert (await bob.api.get("/organisation")).json() == of_bob


async def test_each_change_is_written_down_with_who_made_it(ann: Person, truth: asyncpg.Connection) -> None:
    await ann.api.patch("/organisation", json={"join_policy": "approval", "caching": True})
    await ann.api.patch("/organisation", json={"name": "Archers"})

    assert await events(truth, ann) == [
        (ann.user_id, str(ann.organisation_id), {"join_policy": "approval"}),
        (ann.user_id, str(ann.organisation_id), {"name": "changed"}),
    ]


@pytest.mark.parametrize("nothing", [{}, {"caching": True}])
async def test_what_changes_nothing_is_not_written_down(
    ann: Person, truth: asyncpg.Connection, nothing: dict[str, Any]
) -> None:
    answer = await ann.api.patch("/organisation", json=nothing)

    assert (answer.status_code, await events(truth, ann)) == (200, [])


async def test_a_member_changes_nothing(ann: Person, amy: Person, truth: asyncpg.Connection) -> None:
    answer = await amy.api.patch("/organisation", json={"caching": False})

    assert refusal(answer) == (403, "not_allowed")
    assert (await ann.api.get("/organisation")).json()["caching"] is True
    assert await events(truth, ann) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "\u200b\u200b"}, "name"),
        ({"name": "\u3164"}, "name"),
        ({"name": "\u2800"}, "name"),
        ({"name": " \u2800 "}, "name"),
        ({"name": "\u202emoc.emca"}, "name"),
        ({"name": "Ac\u200bme"}, "name"),
        ({"name": "Acme\u2028Ltd"}, "name"),
        ({"name": "Acme\x85Ltd"}, "name"),
        ({"name": None}, "name"),
        ({"name": 3}, "name"),
        ({"join_policy": "anybody"}, "join_policy"),
        ({"join_policy": None}, "join_policy"),
        ({"caching": "no"}, "caching"),
        ({"caching": 0}, "caching"),
        ({"caching": None}, "caching"),
        ({"domain": "elsewhere.test"}, "domain"),
        ({"rate_limit": 1_000_000}, "rate_limit"),
        ({"id": "00000000-0000-4000-8000-000000000000"}, "id"),
    ],
    ids=str,
)
async def test_what_cannot_be_or_is_not_theirs_to_change_is_refused(
    ann: Person, truth: asyncpg.Connection, given: dict[str, Any], field: str
) -> None:
    before = (await ann.api.get("/organisation")).json()

    answer = await ann.api.patch("/organisation", json=given)

    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await ann.api.get("/organisation")).json() == before
    assert await events(truth, ann) == []


async def test_a_refused_name_is_told_which_character_to_remove(ann: Person) -> None:
    answer = await ann.api.patch("/organisation", json={"name": "Ac\u200bme"})

    assert answer.json()["errors"] == [
        {
            "field": "name",
            "message": "Remove the character U+200B: a name has no control and no invisible characters.",
        }
    ]


@pytest.mark.parametrize(
    "name",
    ["Zoë & Łukasz", "محمد", "नेहा शर्मा", "O'Brien GmbH", "👩\u200d💻 Labs", "山田\u3000太郎", "C++ (EU)", "⠁⠉⠍⠑"],
)
async def test_names_of_all_scripts_are_kept_as_they_are_typed(ann: Person, name: str) -> None:
    changed = await ann.api.patch("/organisation", json={"name": name})

    assert (changed.status_code, changed.json()["name"]) == (200, name)


async def test_a_name_typed_with_separate_marks_is_kept_in_its_usual_form(ann: Person) -> None:
    changed = await ann.api.patch("/organisation", json={"name": "Zoe\u0308"})

    assert changed.json()["name"] == "Zoë"
