"""An organisation takes what is its own, and leaves: asked for by an admin, called off for thirty days."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.accounts.team import events, invite, somebody
from tests.house import Person, refusal

WORDS = {"text": "Rain fell on the harbour. The boats stayed in. Everybody waited for the morning."}
MORE_JOBS = """
INSERT INTO jobs (organisation_id, id, user_id, job_type, status, cost, input_data, output_data, completed_at,
                  max_attempts, run_after, deadline_at)
SELECT $1, gen_random_uuid(), $2, 'summarize', 'completed', 0, '{"text": "planted"}', '{}', now(), 3, now(), now()
FROM generate_series(1, 250)
"""


async def exported(person: Person) -> list[dict[str, Any]]:
    """Every line of the file."""
    answer = await person.api.get("/organisation/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_the_file_holds_everything_of_the_organisation_and_nothing_of_another(
    ann: Person, amy: Person, bob: Person, truth: asyncpg.Connection
) -> None:
    await ann.api.delete(f"/members/{amy.user_id}")
    invited = await invite(ann, somebody())
    job = (await ann.api.post("/summarize", json=WORDS)).json()["job_id"]
    theirs = (await bob.api.post("/summarize", json=WORDS)).json()["job_id"]
    await truth.execute(MORE_JOBS, ann.organisation_id, ann.user_id)

    lines = await exported(ann)

    found: dict[str, list[Any]] = {}
    for line in lines:
        found.setdefault(line["kind"], []).append(line["data"])
    assert [one["id"] for one in found["organisation"]] == [str(ann.organisation_id)]
    assert {one["email"] for one in found["member"]} == {ann.email, amy.email}
    assert [one["id"] for one in found["invitation"]] == [invited["id"]]
    assert len({one["id"] for one in found["job"]}) == len(found["job"]) == 251
    assert next(one for one in found["job"] if one["id"] == job)["input_data"] == WORDS
    assert {one["type"] for one in found["transaction"]} == {"grant", "deduction"}
    assert "organisation.exported" in {one["action"] for one in found["audit_event"]}
    assert invited["token"] not in json.dumps(lines)
    assert [trace for trace in (theirs, bob.email, str(bob.organisation_id)) if trace in json.dumps(lines)] == []


async def test_a_member_takes_and_ends_nothing(amy: Person) -> None:
    answers = [
        await amy.api.get("/organisation/export"),
        await amy.api.post("/organisation/deletion"),
        await amy.api.delete("/organisation/deletion"),
    ]

    assert [refusal(answer) for answer in answers] == [(403, "not_allowed")] * 3


async def test_a_deletion_is_announced_and_nothing_ends_yet(ann: Person, amy: Person) -> None:
    answer = await ann.api.post("/organisation/deletion")

    erased_after = datetime.fromisoformat(answer.json()["erased_after"])
    shown = (await amy.api.get("/organisation")).json()["erased_after"]
    assert (answer.status_code, shown) == (201, answer.json()["erased_after"])
    assert abs(erased_after - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=5)
    assert (await amy.api.get("/me")).status_code == 200


async def test_asking_twice_moves_nothing(ann: Person, truth: asyncpg.Connection) -> None:
    first, second = [(await ann.api.post("/organisation/deletion")).json() for _ in range(2)]

    assert first == second
    assert (await events(truth, ann)).count("organisation.deletion_requested") == 1


@pytest.mark.parametrize("asked", [True, False])
async def test_a_deletion_is_called_off(ann: Person, truth: asyncpg.Connection, asked: bool) -> None:  # noqa: FBT001 - the case
    if asked:
        await ann.api.post("/organisation/deletion")

    answer = await ann.api.delete("/organisation/deletion")

    assert (answer.status_code, (await ann.api.get("/organisation")).json()["erased_after"]) == (204, None)
    assert (await events(truth, ann)).count("organisation.deletion_cancelled") == int(asked)
