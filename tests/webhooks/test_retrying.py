"""What is not taken is sent again, four times in all, then it is dead; an endpoint that only fails is given up."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from nexus.config import Settings
from nexus.core.db import Database
from tests.ai.http_server import Reply
from tests.house import Person, wait_for
from tests.webhooks.hooks import Hook, register, verify
from tests.webhooks.receiver import Receiver
from tests.webhooks.sending import HASTY, NOBODY, sending

BROKEN = Reply(500)


def statuses(delivery: dict[str, Any]) -> list[int | None]:
    """What each attempt got."""
    return [one["status_code"] for one in delivery["attempts"]]


def test_by_default_the_pauses_are_those_of_the_specification() -> None:
    assert Settings.model_fields["webhook_retry_seconds"].default == (5, 25, 125)


async def test_a_broken_receiver_is_tried_four_times_with_the_pauses_between_and_then_it_is_dead(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("broken", *[BROKEN] * 4))
    await hook.test()

    async with sending(db, receiver):
        (delivery,) = await hook.settled()

    began = [datetime.fromisoformat(one["at"]) for one in delivery["attempts"]]
    ended = [
        at + timedelta(milliseconds=one["latency_ms"]) for at, one in zip(began, delivery["attempts"], strict=True)
    ]
    pauses = [(after - end).total_seconds() for (end, _), (_, after) in pairwise(zip(ended, began, strict=True))]
    got = receiver.got("broken")
    assert (delivery["status"], statuses(delivery), delivery["next_attempt_at"]) == ("dead", [500] * 4, None)
    assert [one["attempt"] for one in delivery["attempts"]] == [1, 2, 3, 4]
    assert all(wanted <= pause + 0.01 and pause < wanted + 1 for wanted, pause in zip(HASTY, pauses, strict=True)), (
        pauses
    )
    assert len({one.body for one in got}) == len({one.headers["webhook-id"] for one in got}) == 1
    assert all(0 <= one.at - int(one.headers["webhook-timestamp"]) < 3 for one in got)
    assert got[0].headers["webhook-timestamp"] < got[-1].headers["webhook-timestamp"]
    for one in got:
        verify(one, hook.secret)


async def test_a_receiver_that_comes_back_gets_it_and_is_well_again(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("comes-back", BROKEN, Reply(503)))
    await hook.test()

    async with sending(db, receiver):
        await receiver.when("comes-back", 2)
        failing = await hook.read()
        (delivery,) = await hook.settled()

    well = await hook.read()
    assert (delivery["status"], statuses(delivery)) == ("delivered", [500, 503, 200])
    assert failing["failing_since"] is not None
    assert (well["failing_since"], well["failed_events"]) == (None, 0)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304, 400, 404, 429, 199 + 1 + 100])
async def test_nothing_but_2xx_is_taken_for_delivered_and_no_redirect_is_followed(
    ann: Person, db: Database, receiver: Receiver, status: int
) -> None:
    elsewhere = {"Location": receiver.url(f"elsewhere-{status}")}
    hook = await register(ann, receiver.script(f"says-{status}", Reply(status, headers=elsewhere)))
    await hook.test()

    async with sending(db, receiver, retries=()):
        (delivery,) = await hook.settled()

    assert (delivery["status"], len(delivery["attempts"])) == ("dead", 1)
    assert receiver.got(f"elsewhere-{status}") == []


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_every_2xx_is(ann: Person, db: Database, receiver: Receiver, status: int) -> None:
    hook = await register(ann, receiver.script(f"takes-{status}", Reply(status)))
    await hook.test()

    async with sending(db, receiver):
        (delivery,) = await hook.settled()

    assert (delivery["status"], statuses(delivery)) == ("delivered", [status])


async def test_nobody_there_is_an_attempt_with_an_error_class(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("was-there"))
    await hook.test()
    nowhere = "UPDATE webhook_endpoints SET url = $1 WHERE id = $2"  # where it moved to since it was registered
    await truth.execute(nowhere, f"http://{NOBODY}/", UUID(hook.id))

    async with sending(db, receiver, retries=()):
        (delivery,) = await hook.settled()

    (attempt,) = delivery["attempts"]
    assert (delivery["status"], attempt["status_code"], attempt["error"]) == ("dead", None, "connect")


async def test_an_endpoint_that_answers_410_is_disabled_and_the_rest_is_dead(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.script("gone", BROKEN, BROKEN, *[Reply(410)] * 4))
    for _ in range(4):
        await hook.test()

    async with sending(db, receiver):
        found = await hook.settled(4)

    shown = await hook.read()
    assert {one["status"] for one in found} == {"dead"}
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
    assert await disabled_entries(truth, hook) == [(None, {"reason": "gone"})]
    assert len(receiver.got("gone")) <= 4  # the one that was under way beside it may come to an end


async def test_after_a_hundred_failed_events_in_a_row_an_endpoint_is_disabled(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.script("hundred", Reply(), *[BROKEN] * 20))
    await hook.test()
    async with sending(db, receiver, retries=()):
        await hook.settled()
        await truth.execute("UPDATE webhook_endpoints SET failed_events = 98 WHERE id = $1", UUID(hook.id))
        await hook.test()
        await hook.settled(2)
        still = await hook.read()
        await hook.test()
        await hook.settled(3)

    given_up = await hook.read()
    assert (still["enabled"], still["failed_events"]) == (True, 99)
    assert (given_up["enabled"], given_up["disabled_reason"], given_up["failed_events"]) == (False, "failing", 100)
    assert await disabled_entries(truth, hook) == [(None, {"reason": "failing"})]
    again = await hook.change(enabled=True)
    assert (again["enabled"], again["failed_events"], again["failing_since"]) == (True, 0, None)


async def test_after_three_days_of_failure_an_endpoint_is_disabled(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.script("days", *[BROKEN] * 20))
    since = "UPDATE webhook_endpoints SET failing_since = now() - interval '3 days' {} WHERE id = $1"
    await truth.execute(since.format("+ interval '1 minute'"), UUID(hook.id))
    async with sending(db, receiver, retries=()):
        await hook.test()
        await hook.settled()
        still = await hook.read()
        await truth.execute(since.format("- interval '1 second'"), UUID(hook.id))
        await hook.test()
        await hook.settled(2)

    assert (still["enabled"], (await hook.read())["disabled_reason"]) == (True, "failing")
    assert await disabled_entries(truth, hook) == [(None, {"reason": "failing"})]


async def test_a_dead_delivery_is_replayed_with_the_same_id_and_all_its_attempts_anew(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("replayed", *[BROKEN] * 6))
    await hook.test()

    async with sending(db, receiver) as sender:
        (dead,) = await hook.settled()
        answer = await ann.api.post(f"/webhook-deliveries/{dead['id']}/replay")
        sender.ring()
        (delivery,) = await hook.settled()

    got = receiver.got("replayed")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert (delivery["status"], statuses(delivery)) == ("delivered", [500] * 6 + [200])
    assert len({one.body for one in got}) == 1
    assert {one.headers["webhook-id"] for one in got} == {delivery["event_id"]}


async def test_all_that_failed_is_replayed_at_once_and_what_arrived_is_not(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("many-failed", BROKEN, BROKEN, BROKEN))
    async with sending(db, receiver, retries=()) as sender:
        for number in range(5):
            await hook.test()
            await hook.settled(number + 1)
        answer = await ann.api.post(f"/webhooks/{hook.id}/replay-failed")
        sender.ring()
        found = await hook.settled(5)

    assert (answer.status_code, answer.json()) == (202, {"replayed": 3})
    assert {one["status"] for one in found} == {"delivered"}
    assert sorted(len(one["attempts"]) for one in found) == [1, 1, 2, 2, 2]


async def test_what_waits_for_a_webhook_that_is_switched_off_is_dead_and_can_be_replayed(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.url("off-and-on"))
    await hook.test()
    await hook.change(enabled=False)

    async with sending(db, receiver) as sender:
        (dead,) = await hook.settled()
        await hook.change(enabled=True)
        await ann.api.post(f"/webhooks/{hook.id}/replay-failed")
        sender.ring()
        (delivery,) = await hook.settled()

    assert (dead["status"], dead["attempts"]) == ("dead", [])
    assert (delivery["status"], statuses(delivery)) == ("delivered", [200])


async def test_after_a_rotation_both_secrets_sign_and_a_day_later_only_the_new_one(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("rotated"))
    newer = (await ann.api.post(f"/webhooks/{hook.id}/rotate-secret")).json()["secret"]

    async with sending(db, receiver) as sender:
        await hook.test()
        sender.ring()
        (both,) = await receiver.when("rotated", 1)
        a_day = "UPDATE webhook_endpoints SET previous_until = previous_until - interval '1 day' WHERE id = $1"
        await truth.execute(a_day, UUID(hook.id))
        await hook.test()
        sender.ring()
        _, alone = await receiver.when("rotated", 2)

    verify(both, newer)
    verify(both, hook.secret)
    verify(alone, newer)
    with pytest.raises(Exception, match=r"No (matching )?signature"):
        verify(alone, hook.secret)
    assert len(alone.headers["webhook-signature"].split()) == 1
    assert (await hook.read())["previous_secret_until"] is None


async def test_a_deletion_while_something_is_under_way_ends_in_order(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.script("deleted-meanwhile", Reply(after_seconds=0.5)))
    delivery = await hook.test()

    async with sending(db, receiver):
        await receiver.when("deleted-meanwhile")
        answer = await ann.api.delete(f"/webhooks/{hook.id}")

    left = "SELECT count(*) FROM webhook_deliveries WHERE dispatch_id = $1"
    assert answer.status_code == 204
    assert await truth.fetchval(left, UUID(delivery["id"])) == 0


async def disabled_entries(truth: asyncpg.Connection, hook: Hook) -> list[tuple[UUID | None, dict[str, Any]]]:
    """The audit entries about it being given up."""

    async def read() -> Any:
        return await truth.fetch(
            "SELECT user_id, facts FROM audit_events WHERE action = 'webhook.disabled' AND target = $1", hook.id
        )

    return [(row["user_id"], json.loads(row["facts"])) for row in await wait_for(read)]
