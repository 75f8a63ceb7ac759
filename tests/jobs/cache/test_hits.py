"""Who asks the same again within the hour gets the answer at once, for nothing, and nobody else does."""

import asyncio
import json
from typing import Any

import pytest

from tests.house import Person, refusal
from tests.jobs.cache.place import TEXT, Place, Scripted, ask, balance, open_place
from tests.migrations.scratch import Scratch

FIRST = {"summary": "Summary number 1."}
SECOND = {"summary": "Summary number 2."}


async def push(redis: Any, name: str, value: str) -> None:
    """Put a value at the end of a list."""
    await redis.rpush(name, value)


async def answered(place: Place, person: Person, text: str = TEXT) -> str:
    """Have a text summarised, so that the next one who asks has a hit; the job's id."""
    accepted = await ask(person, text)
    assert accepted.status_code == 202, accepted.text
    await place.work(person)
    return str(accepted.json()["job_id"])


async def test_the_second_of_two_equal_requests_is_answered_at_once_and_costs_nothing(
    place: Place, ann: Person
) -> None:
    first = await answered(place, ann)

    hit = await ask(ann)

    answer = hit.json()
    assert (hit.status_code, answer.pop("job_id") != first) == (200, True)
    assert answer == {"status": "completed", "cost": 0, "cached": True, "output_data": FIRST}
    assert (await balance(ann), await place.ledger(ann)) == (90, [("deduction", -10)])
    assert place.model.asked == 1


async def test_every_version_is_answered_from_the_same_cache_and_the_second_says_what_is_left(
    place: Place, ann: Person
) -> None:
    of_v2 = await ann.api.post("http://api.test/v2/summarize", json={"text": TEXT})
    await place.work(ann)

    hits = [await ann.api.post(f"http://api.test/{version}/summarize", json={"text": TEXT}) for version in ("v1", "v2")]

    free = {"status": "completed", "cost": 0, "cached": True, "output_data": FIRST}
    shown = [{name: value for name, value in hit.json().items() if name != "job_id"} for hit in hits]
    assert (of_v2.status_code, of_v2.json()["credits_remaining"]) == (202, 90)
    assert [hit.status_code for hit in hits] == [200, 200]
    assert shown == [free, free | {"credits_remaining": 90}]


async def test_a_hit_is_a_job_like_any_other_and_stands_in_the_list(place: Place, ann: Person) -> None:
    await answered(place, ann)

    job_id = (await ask(ann)).json()["job_id"]

    job = (await ann.api.get(f"/jobs/{job_id}")).json()
    listed = (await ann.api.get("/jobs")).json()["items"]
    assert (job["status"], job["cost"], job["cached"], job["refunded"]) == ("completed", 0, True, False)
    assert (job["output_data"], job["input_data"], job["model"]) == (FIRST, {"text": TEXT}, place.model.name)
    assert job["created_at"] == job["started_at"] == job["completed_at"]
    assert (job["attempt_count"], job["next_attempt_at"]) == (0, None)
    assert [(one["id"] == job_id, one["cached"]) for one in listed] == [(True, True), (False, False)]
    assert refusal(await ann.api.post(f"/jobs/{job_id}/cancel")) == (409, "job_is_settled")


async def test_what_one_organisation_asked_tells_another_nothing(place: Place, ann: Person, bob: Person) -> None:
    await answered(place, ann)

    of_bob = await ask(bob)

    assert (of_bob.status_code, of_bob.json()["cost"], await balance(bob)) == (202, 10, 90)


async def test_another_text_is_another_question(place: Place, ann: Person) -> None:
    await answered(place, ann)

    assert (await ask(ann, TEXT + " ")).status_code == 202


async def test_another_model_is_asked_itself(place: Place, ann: Person) -> None:
    place.model = Scripted(name="gemini:another")
    await answered(place, ann)

    assert (await ask(ann)).status_code == 202


async def test_an_error_is_never_kept(place: Place, ann: Person) -> None:
    place.model.failures = 1
    job_id = await answered(place, ann)

    assert (await ann.api.get(f"/jobs/{job_id}")).json()["error_code"] == "model_unavailable"
    assert await place.kept(ann) is None
    assert (await ask(ann)).status_code == 202


async def test_an_answer_is_kept_for_an_hour(place: Place, ann: Person) -> None:
    await answered(place, ann)

    seconds = await place.redis(lambda redis: redis.ttl(place.name_of(ann)))

    assert 3_590 < seconds <= 3_600


async def test_after_its_time_it_is_gone(apart: Scratch, place: Place) -> None:
    async with open_place(apart.environment, place.idp, NEXUS_CACHE_SECONDS="1") as brief:
        ann = await brief.somebody()
        await answered(brief, ann)
        before = await ask(ann)
        await asyncio.sleep(1.1)

        after = await ask(ann)

    assert (before.status_code, after.status_code) == (200, 202)


@pytest.mark.parametrize("header", ["no-cache", "max-age=0, No-Cache"])
async def test_no_cache_has_the_work_done_anew_and_its_result_replaces_what_was_kept(
    place: Place, ann: Person, header: str
) -> None:
    await answered(place, ann)

    anew = await ask(ann, Cache_Control=header)
    await place.work(ann)

    job = (await ann.api.get(f"/jobs/{anew.json()['job_id']}")).json()
    hit = await ask(ann)
    assert (anew.status_code, anew.json()["cost"], job["output_data"]) == (202, 10, SECOND)
    assert (hit.status_code, hit.json()["output_data"]) == (200, SECOND)
    assert await place.ledger(ann) == [("deduction", -10)] * 2


@pytest.mark.parametrize("header", ["no-store", "max-age=0", "no-cache-at-all"])
async def test_nothing_else_passes_the_cache_by(place: Place, ann: Person, header: str) -> None:
    await answered(place, ann)

    assert (await ask(ann, Cache_Control=header)).status_code == 200


async def test_an_organisation_that_switched_it_off_is_answered_from_it_no_more(place: Place, ann: Person) -> None:
    await answered(place, ann)

    await ann.api.patch("/organisation", json={"caching": False})
    off = await ask(ann)
    await ann.api.patch("/organisation", json={"caching": True})
    on = await ask(ann)

    assert (off.status_code, off.json()["cost"], on.status_code) == (202, 10, 200)


async def test_nothing_is_kept_for_an_organisation_that_switched_it_off(place: Place, ann: Person) -> None:
    before = await ask(ann)
    await ann.api.patch("/organisation", json={"caching": False})
    after = await ask(ann)

    await place.work(ann)

    assert (before.status_code, after.status_code) == (202, 202)
    assert (await place.kept(ann), place.model.asked) == (None, 2)


async def test_a_hit_needs_no_credits(place: Place, ann: Person) -> None:
    await answered(place, ann)
    for number in range(9):
        await ask(ann, f"Text number {number}.")
    assert await balance(ann) == 0

    hit, miss = await ask(ann), await ask(ann, "Something new.")

    assert (hit.status_code, refusal(miss)) == (200, (402, "insufficient_credits"))


async def test_there_is_no_new_job_while_there_is_debt_and_a_hit_is_one(place: Place, ann: Person) -> None:
    await answered(place, ann)
    await place.truth.execute("UPDATE org_credits SET debt = 5 WHERE organisation_id = $1", ann.organisation_id)

    refused = await ask(ann)

    assert refusal(refused) == (402, "insufficient_credits")
    assert (refused.json()["needed"], refused.json()["available"]) == (10, 0)


async def test_a_hit_is_replayed_for_its_idempotency_key(place: Place, ann: Person) -> None:
    await answered(place, ann)

    first, again = [await ask(ann, Idempotency_Key="one hit") for _ in range(2)]

    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")


async def test_what_was_answered_to_a_key_stays_so_when_the_answer_is_kept_by_now(place: Place, ann: Person) -> None:
    first = await ask(ann, Idempotency_Key="one miss")
    await place.work(ann)

    again = await ask(ann, Idempotency_Key="one miss")

    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)


POISON = [
    b"",
    b"junk",
    b"\xff\xfe",
    b'{"summary": "No name, no model."}',
    b"nexus:answers:another\ngemini:x\n" + json.dumps(FIRST).encode(),
    b"NAME\n\n" + json.dumps(FIRST).encode(),
    b"NAME\ngemini:x\n",
    b"NAME\ngemini:x\nnull",
    b'NAME\ngemini:x\n{"summary": ""}',
    b'NAME\ngemini:x\n{"length": 3}',
    b'NAME\ngemini:x\n{"summary": 3}',
    b'NAME\ngemini:x\n{"summary": "a\\u0000b"}',
    b'NAME\ngemini:x\n{"summary": "\\ud800"}',
    b"NAME\ngemini\x00:x\n" + json.dumps(FIRST).encode(),
    b"NAME\ngemini:x\n" + b"[" * 100_000,
]


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
async def test_whatever_is_odd_is_a_miss(place: Place, ann: Person, poison: bytes) -> None:
    name = place.name_of(ann)
    await place.redis(lambda redis: redis.set(name, poison.replace(b"NAME", name.encode())))

    accepted = await ask(ann)
    await place.work(ann)

    job = (await ann.api.get(f"/jobs/{accepted.json()['job_id']}")).json()
    assert (accepted.status_code, job["output_data"], place.model.asked) == (202, FIRST, 1)
    assert (await ask(ann)).status_code == 200


async def test_a_value_of_another_kind_is_a_miss(place: Place, ann: Person) -> None:
    await place.redis(lambda redis: push(redis, place.name_of(ann), "a list"))

    assert (await ask(ann)).status_code == 202


async def test_the_books_agree_after_hits_and_misses(place: Place, ann: Person) -> None:
    await answered(place, ann)
    await ask(ann)
    await ask(ann, Cache_Control="no-cache")
    await place.work(ann)

    assert await place.broken_invariants() == []
