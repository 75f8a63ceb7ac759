"""Real workers send what happened: once in the quiet case, again until it arrives, and never to be forgotten."""

import signal
from datetime import datetime
from time import monotonic

import httpx

from tests.ai.http_server import Reply
from tests.jobs.floor import LEASE, Client, Floor
from tests.webhooks.hooks import register, verify
from tests.webhooks.receiver import Receiver

HAND_BACK_SECONDS = 10


async def test_a_completed_job_is_told_with_signatures_that_both_libraries_take(
    floor: Floor, anna: Client, receiver: Receiver
) -> None:
    hook = await register(anna.person, receiver.url("completed"))
    await floor.worker()

    job_id = await anna.submit()
    (received,) = await receiver.when("completed")

    shown = await anna.person.api.get(f"/jobs/{job_id}")
    (delivery,) = await hook.settled()
    verify(received, hook.secret)
    assert received.body.endswith(b',"data":' + shown.content + b"}")
    assert list(received.event) == ["id", "type", "created_at", "data"]
    assert received.event["type"] == "job.completed"
    assert received.event["id"] == received.headers["webhook-id"] == delivery["event_id"]
    assert received.headers["content-type"] == "application/json"
    assert [(one["attempt"], one["status_code"], one["error"]) for one in delivery["attempts"]] == [(1, 200, None)]
    assert (delivery["status"], delivery["next_attempt_at"]) == ("delivered", None)


async def test_a_failed_job_and_a_cancelled_one_are_told(floor: Floor, anna: Client, receiver: Receiver) -> None:
    await register(anna.person, receiver.url("every-end"))
    waiting = await anna.submit("hang", seconds=60)
    (await anna.person.api.post(f"/jobs/{waiting}/cancel")).raise_for_status()
    await floor.worker()

    refused = await anna.submit("refuse")
    got = await receiver.when("every-end", 2)

    told = {one.event["data"]["id"]: one.event for one in got}
    cancelled, failed = told[waiting], told[refused]
    assert [one["type"] for one in (cancelled, failed)] == ["job.failed", "job.failed"]
    assert [one["data"]["error_code"] for one in (cancelled, failed)] == ["cancelled", "model_refused"]
    assert [one["data"]["refunded"] for one in (cancelled, failed)] == [True, True]


async def test_a_worker_that_dies_between_the_attempt_and_its_booking_costs_no_event(
    floor: Floor, anna: Client, receiver: Receiver
) -> None:
    hook = await register(anna.person, receiver.script("killed", Reply(after_seconds=60)))
    victim = await floor.worker()
    await anna.submit()
    await receiver.when("killed")
    await victim.end(signal.SIGKILL)
    await floor.worker()

    first, second = await receiver.when("killed", 2, seconds=LEASE + 10)

    (delivery,) = await hook.settled()
    verify(second, hook.secret)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery["event_id"]
    assert [one["status_code"] for one in delivery["attempts"]] == [200]


async def test_two_workers_at_once_send_each_event_once_and_two_at_a_time(
    floor: Floor, anna: Client, ben: Client, receiver: Receiver
) -> None:
    hooks = [
        await register(client.person, receiver.script(path, *[Reply(after_seconds=0.05)] * 20))
        for client, path in ((anna, "once-a"), (ben, "once-b"))
    ]
    workers = [await floor.worker() for _ in range(2)]
    for _ in range(10):
        for client in (anna, ben):
            await client.submit()

    for hook, path in zip(hooks, ("once-a", "once-b"), strict=True):
        found = await hook.settled(10)
        assert {one["status"] for one in found} == {"delivered"}
        assert [len(one["attempts"]) for one in found] == [1] * 10
        sent = [one.headers["webhook-id"] for one in receiver.got(path)]
        assert sorted(sent) == sorted(one["event_id"] for one in found)
        assert receiver.most_open[path] <= 4  # two, but for the moment in which both workers begin
    assert not any(worker.events("webhook.claim_lost") for worker in workers)


async def test_an_endpoint_that_hangs_delays_nobody_else(
    floor: Floor, anna: Client, ben: Client, receiver: Receiver
) -> None:
    await register(anna.person, receiver.script("hangs", *[Reply(after_seconds=4)] * 10))
    await register(ben.person, receiver.url("prompt"))
    await floor.worker()
    for _ in range(5):
        await anna.submit()
    await receiver.when("hangs", 2)

    submitted = monotonic()
    for _ in range(5):
        await ben.submit()
    got = await receiver.when("prompt", 5)

    assert len(got) == 5
    assert monotonic() - submitted < 3
    assert len(receiver.got("hangs")) == 2


async def test_the_first_attempt_begins_within_a_second_of_the_end_of_the_job(
    floor: Floor, anna: Client, receiver: Receiver
) -> None:
    hook = await register(anna.person, receiver.url("prompt-enough"))
    await floor.worker(NEXUS_REDIS_URL="redis://127.0.0.1:1")
    job_id = await anna.submit()
    (delivery,) = await hook.settled()

    ended = datetime.fromisoformat((await anna.job(job_id))["completed_at"])
    began = datetime.fromisoformat(delivery["attempts"][0]["at"])
    assert (began - ended).total_seconds() < 1


async def test_a_worker_that_is_told_to_stop_books_what_comes_to_an_end_and_hands_back_the_rest(
    floor: Floor, anna: Client, ben: Client, receiver: Receiver
) -> None:
    ends = await register(anna.person, receiver.script("ends", Reply(after_seconds=2)))
    hangs = await register(ben.person, receiver.script("hangs-on", Reply(after_seconds=30)))
    worker = await floor.worker(NEXUS_JOB_LEASE_SECONDS="60")
    for client in (anna, ben):
        await client.submit()
    for path in ("ends", "hangs-on"):
        await receiver.when(path)

    stopped = monotonic()
    status = await worker.end(signal.SIGTERM)
    took = monotonic() - stopped
    (ended,) = await ends.deliveries()
    (handed_back,) = await hangs.deliveries()
    await floor.worker()
    (delivery,) = await hangs.settled()

    assert (status, took < HAND_BACK_SECONDS) == (0, True)
    assert (ended["status"], len(ended["attempts"])) == ("delivered", 1)
    assert (handed_back["status"], handed_back["attempts"]) == ("pending", [])
    assert (delivery["status"], len(delivery["attempts"])) == ("delivered", 1)
    assert len({one.headers["webhook-id"] for one in receiver.got("hangs-on")}) == 1


async def test_what_the_api_announces_is_heard_by_the_worker_through_the_doorbell(
    floor: Floor, anna: Client, receiver: Receiver
) -> None:
    hook = await register(anna.person, receiver.url("rung"))
    api = await floor.api()
    worker = await floor.worker()
    url = f"{api.url}/v1/webhooks/{hook.id}/test"

    async with httpx.AsyncClient(headers=anna.person.api.headers, trust_env=False) as http:
        answer = await http.post(url)

    (received,) = await receiver.when("rung")
    assert answer.status_code == 202
    assert (received.event["type"], received.event["data"]) == ("webhook.test", {"webhook_id": hook.id})
    assert worker.popen.poll() is None
