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
