"""Work that is under way is not begun a second time for the same question; whoever fails, fails alone."""

import asyncio
from time import perf_counter

from nexus.job_types.summarize import summarize
from nexus.jobs import flights
from nexus.jobs.cache import RESERVED_MS
from nexus.local.redis import EmbeddedRedis
from tests.house import Person
from tests.jobs.cache.place import TEXT, Place, ask, balance

CROWD = 10


async def crowd(place: Place, person: Person, most: int = CROWD, **headers: str) -> list[str]:
    """So many identical requests at once; the ids of their jobs."""
    answers = await asyncio.gather(*(ask(person, **headers) for _ in range(most)))
    assert [answer.status_code for answer in answers] == [202] * most
    assert place.model.asked == 0
    return [answer.json()["job_id"] for answer in answers]


async def outcomes(person: Person) -> list[tuple[str, str | None, bool]]:
    """How the person's jobs stand."""
    listed = (await person.api.get("/jobs", params={"limit": 100})).json()["items"]
    jobs = [(await person.api.get(f"/jobs/{one['id']}")).json() for one in listed]
    return [(job["status"], (job["output_data"] or {}).get("summary"), job["cached"]) for job in jobs]


async def test_fifty_jobs_of_two_workers_ask_once_and_each_is_charged(place: Place, ann: Person) -> None:
    await place.fund(ann, 400)
    place.model.after_seconds = 0.3
    await crowd(place, ann, 50)

    await place.work(ann, place.worker(), place.worker())

    assert place.model.asked == 1
    assert await outcomes(ann) == [("completed", "Summary number 1.", False)] * 50
    assert (await balance(ann), len(await place.ledger(ann))) == (0, 50)
    tokens = "SELECT sum(input_tokens), sum(output_tokens) FROM jobs WHERE organisation_id = $1"
    assert tuple(await place.truth.fetchrow(tokens, ann.organisation_id) or ()) == (100, 7)


async def test_who_fails_fails_alone(place: Place, ann: Person) -> None:
    place.model.after_seconds, place.model.failures = 0.2, 1
    await crowd(place, ann)

    await place.work(ann)

    found = await outcomes(ann)
    assert place.model.asked == 2
    assert found.count(("completed", "Summary number 2.", False)) == CROWD - 1
    assert found.count(("pending", None, False)) == 1


async def test_who_was_stopped_leaves_the_work_to_the_next(place: Place, ann: Person) -> None:
    place.model.after_seconds = 0.3
    first, second = sorted(await crowd(place, ann, 2))  # as they are claimed
    worker = place.worker()
    claims = [await worker.claim(key) for key in await place.keys(ann)]
    running = [asyncio.create_task(worker.run(claim)) for claim in claims if claim]
    await asyncio.sleep(0.1)

    running[0].cancel()
    await asyncio.wait(running)

    jobs = [(await ann.api.get(f"/jobs/{job_id}")).json() for job_id in (first, second)]
    assert [(job["status"], job["error_code"]) for job in jobs] == [("pending", "released"), ("completed", None)]
    assert place.model.asked == 2


async def test_a_job_that_was_charged_may_find_its_answer_kept(place: Place, ann: Person) -> None:
    await crowd(place, ann, 2)
    await place.work(ann, place.worker())
    waiting = await ask(ann, Cache_Control="no-cache")
    await place.truth.execute("UPDATE jobs SET fresh = false WHERE id = $1", waiting.json()["job_id"])

    await place.work(ann)

    assert place.model.asked == 1
    assert await outcomes(ann) == [("completed", "Summary number 1.", False)] * 3
    assert await balance(ann) == 70
    assert await place.reserved_by(ann) is None


async def test_what_is_to_be_done_anew_waits_for_nobody(place: Place, ann: Person) -> None:
    place.model.after_seconds = 0.1
    await crowd(place, ann, 3, Cache_Control="no-cache")

    await place.work(ann)

    assert place.model.asked == 3


async def test_two_texts_and_two_organisations_do_not_wait_for_each_other(
    place: Place, ann: Person, bob: Person
) -> None:
    worker = place.worker()
    await ask(ann)
    await ask(ann, TEXT + "!")
    await ask(bob)

    await place.work(ann, worker)
    await place.work(bob, worker)

    assert place.model.asked == 3


async def test_nobody_waits_for_ever(place: Place, ann: Person) -> None:
    place.model.after_seconds = 1
    await crowd(place, ann, 3)
    worker = place.worker(patience_seconds=0.2)
    started = perf_counter()

    await place.work(ann, worker)

    assert (place.model.asked, perf_counter() - started < 2) == (3, True)
    assert [status for status, *_ in await outcomes(ann)] == ["completed"] * 3


async def test_nobody_waits_for_ever_for_another_process_either(place: Place, ann: Person) -> None:
    await crowd(place, ann, 1)
    await place.cache.reserve(place.name_of(ann), summarize, "somebody else")

    await place.work(ann, place.worker(patience_seconds=0.3))

    assert place.model.asked == 1
    assert await place.reserved_by(ann) == b"somebody else"


async def test_the_reservation_of_a_worker_that_died_ends(place: Place, ann: Person) -> None:
    await crowd(place, ann, 1)
    await place.cache.reserve(place.name_of(ann), summarize, "somebody who died")
    milliseconds = await place.redis(lambda redis: redis.pttl(f"{place.name_of(ann)}:reserved"))
    await place.redis(lambda redis: redis.pexpire(f"{place.name_of(ann)}:reserved", 400))
    started = perf_counter()

    await place.work(ann)

    assert 0 < milliseconds <= RESERVED_MS
    assert 0.3 < perf_counter() - started < 3
    assert await place.reserved_by(ann) is None


async def test_only_who_holds_a_reservation_renews_and_releases_it(place: Place, ann: Person) -> None:
    name, cache = place.name_of(ann), place.cache
    taken = [await cache.reserve(name, summarize, token) for token in ("first", "second")]
    await place.redis(lambda redis: redis.pexpire(f"{name}:reserved", 1_000))

    await cache.renew(name, "second")
    await cache.release(name, "second")
    left = await place.redis(lambda redis: redis.pttl(f"{name}:reserved"))
    await cache.renew(name, "first")
    renewed = await place.redis(lambda redis: redis.pttl(f"{name}:reserved"))
    await cache.release(name, "first")

    assert taken == [True, False]
    assert 0 < left <= 1_000 < renewed
    assert await place.reserved_by(ann) is None


async def test_a_reservation_is_renewed_while_its_owner_works(place: Place, ann: Person) -> None:
    place.model.after_seconds = flights.RENEW_SECONDS + 0.5
    await crowd(place, ann, 1)
    working = asyncio.create_task(place.work(ann))
    await asyncio.sleep(flights.RENEW_SECONDS + 0.25)

    left = await place.redis(lambda redis: redis.pttl(f"{place.name_of(ann)}:reserved"))

    await working
    assert left > RESERVED_MS - 1_000


async def test_without_redis_one_process_still_asks_once(frail: Place, own_redis: EmbeddedRedis) -> None:
    ann = await frail.somebody()
    frail.model.after_seconds = 0.2
    await crowd(frail, ann)
    own_redis.process.kill()
    own_redis.process.wait()

    await frail.work(ann)

    assert frail.model.asked == 1
    assert [status for status, *_ in await outcomes(ann)] == ["completed"] * CROWD
