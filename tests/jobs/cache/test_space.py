"""A free answer takes no space of its own, and is shown, told of, kept and erased as any other."""

import json
from datetime import timedelta

import asyncpg

from nexus.jobs.retention import erase_inputs, erase_outputs
from tests.house import Person
from tests.jobs.cache.place import Place, ask, open_place
from tests.migrations.scratch import Scratch

REPEATS = 200
LONG = "".join(chr(0x20000 + number % 40_000) for number in range(50_000))
HOOK = {"url": "http://127.0.0.1:9/hook"}
ALLOWED = {"NEXUS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1:9", "NEXUS_RATE_LIMIT": "100000"}
SIZES = """
SELECT (SELECT sum(pg_column_size(j.*)) FROM jobs j WHERE organisation_id = $1)
     + (SELECT sum(pg_column_size(e.*)) FROM webhook_events e WHERE organisation_id = $1)
"""
LEFT = """
SELECT count(*) FROM jobs
WHERE organisation_id = $1 AND (input_data <> '{}' OR output_data <> '{}' OR excerpt IS NOT NULL)
"""
OLDER = "UPDATE jobs SET created_at = created_at - $2::interval WHERE id = $1"


async def test_two_hundred_repeats_of_a_long_text_take_less_than_a_kilobyte_each(apart: Scratch, place: Place) -> None:
    async with open_place(apart.environment, place.idp, **ALLOWED) as here:
        ann = await here.somebody()
        assert (await ann.api.post("/webhooks", json=HOOK)).status_code == 201
        first = (await ask(ann, LONG)).json()["job_id"]
        await here.work(ann)
        before = await here.truth.fetchval(SIZES, ann.organisation_id)

        answers = [await ask(ann, LONG) for _ in range(REPEATS)]

        after = await here.truth.fetchval(SIZES, ann.organisation_id)
        assert {answer.status_code for answer in answers} == {200}
        assert (after - before) / REPEATS < 1_000
        await everything_is_there(here, ann, answers[-1].json()["job_id"], first)


async def everything_is_there(here: Place, ann: Person, job_id: str, first: str) -> None:
    """The texts, wherever the API gives them."""
    job, original = [(await ann.api.get(f"/jobs/{one}")).json() for one in (job_id, first)]
    assert (job["input_data"], job["output_data"]) == ({"text": LONG}, original["output_data"])
    [listed] = (await ann.api.get("/jobs", params={"limit": 1})).json()["items"]
    assert (listed["id"], listed["excerpt"]) == (job_id, LONG[:120])
    hook = (await ann.api.get("/webhooks")).json()["items"][0]["id"]
    delivery = (await ann.api.get(f"/webhooks/{hook}/deliveries", params={"limit": 1})).json()["items"][0]
    told = json.loads((await ann.api.get(f"/webhook-deliveries/{delivery['id']}")).json()["body"])
    assert (told["id"], told["type"], told["data"]) == (delivery["event_id"], "job.completed", job)
    lines = [json.loads(line) for line in (await ann.api.get("/organisation/export")).text.splitlines()]
    exported = [line["data"] for line in lines if line["kind"] == "job" and line["data"]["id"] == job_id]
    assert exported == [job]
    assert await here.broken_invariants() == []


async def test_texts_stay_until_the_youngest_answer_is_old_enough(place: Place, ann: Person) -> None:
    first = (await ask(ann)).json()["job_id"]
    await place.work(ann)
    free = (await ask(ann)).json()["job_id"]
    await place.truth.execute(OLDER, first, timedelta(days=10))

    await forget(place, 7)
    young = (await ann.api.get(f"/jobs/{free}")).json()
    await place.truth.execute(OLDER, free, timedelta(days=8))
    await forget(place, 7)
    await forget(place, 7)

    old = [(await ann.api.get(f"/jobs/{one}")).json() for one in (first, free)]
    assert young["input_data"] != {}
    assert young["output_data"] is not None
    assert [(one["input_data"], one["output_data"]) for one in old] == [({}, None)] * 2
    assert await texts_left(place.truth, ann) == 0


async def test_where_the_first_job_has_no_texts_any_more_the_work_is_done_anew(place: Place, ann: Person) -> None:
    first = (await ask(ann)).json()["job_id"]
    await place.work(ann)
    await place.truth.execute(OLDER, first, timedelta(days=10))
    await forget(place, 7)

    again = await ask(ann)

    assert (again.status_code, again.json()["cost"]) == (202, 10)


async def forget(place: Place, days: int) -> None:
    """A round of the retention."""
    async with place.db.system() as tx:
        await erase_inputs(tx, timedelta(days=days), 1_000)
        await erase_outputs(tx, timedelta(days=days), 1_000)


async def texts_left(truth: asyncpg.Connection, person: Person) -> int:
    """How many of the person's jobs still hold anything of a text."""
    return int(await truth.fetchval(LEFT, person.organisation_id))
