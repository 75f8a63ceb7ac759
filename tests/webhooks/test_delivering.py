"""Real workers send what happened: once in the quiet case, again until it arrives, and never to be forgotten."""

from tests.jobs.floor import Client, Floor
from tests.webhooks.hooks import register, verify
from tests.webhooks.receiver import Receiver


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
