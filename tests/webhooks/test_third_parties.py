"""Nobody can use our webhooks against somebody else's server: events, replays and requests at once have bounds."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from nexus.core.db import Database
from nexus.webhooks.sender import Room
from tests.ai.http_server import Reply
from tests.house import Person, refusal
from tests.webhooks.hooks import Hook, register
from tests.webhooks.receiver import Receiver, a_receiver
from tests.webhooks.sending import sending

BROKEN = Reply(500)
UNCONFIRMED_EVENTS, UNCONFIRMED_FAILED_EVENTS = 5, 10
MAX_REPLAYS, MAX_REPLAYS_PER_HOUR = 5, 1000
DIE = "UPDATE webhook_dispatches SET status = 'dead', lease_expires_at = NULL WHERE endpoint_id = $1"
MORE_OF_IT = """
INSERT INTO webhook_dispatches (organisation_id, id, endpoint_id, event_id, status, next_attempt_at)
SELECT organisation_id, gen_random_uuid(), endpoint_id, event_id, 'dead', now()
FROM webhook_dispatches, generate_series(1, $2) WHERE endpoint_id = $1
"""


async def replay(hook: Hook, delivery_id: str) -> Any:
    """Ask for a replay."""
    return await hook.person.api.post(f"/webhook-deliveries/{delivery_id}/replay")


async def replay_failed(hook: Hook) -> Any:
    """Ask for a replay of all that is dead."""
    return await hook.person.api.post(f"/webhooks/{hook.id}/replay-failed")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://{}/a", "http://{}/a"),
        ("http://{}/a", "HTTP://{}/a"),
        ("http://{}/a%7Eb", "http://{}/a~b"),
        ("http://{}/a%2fb", "http://{}/a%2Fb"),
        ("http://{}/a", "http://{}/b/../a"),
        ("http://{}", "http://{}/"),
        ("http://{}/a", "http://{}/a?"),
    ],
)
async def test_a_url_has_one_webhook_in_an_organisation_however_it_is_written(
    ann: Person, bob: Person, receiver: Receiver, one: str, other: str
) -> None:
    first = await register(ann, one.format(receiver.host))
    third = await register(ann, receiver.url("another"))

    asked = [
        await ann.api.post("/webhooks", json={"url": other.format(receiver.host)}),
        await ann.api.patch(f"/webhooks/{third.id}", json={"url": other.format(receiver.host)}),
    ]

    assert [refusal(answer) for answer in asked] == [(409, "webhook_exists")] * 2
    assert {answer.json()["webhook_id"] for answer in asked} == {first.id}
    assert (await first.change(url=other.format(receiver.host)))["url"] == other.format(receiver.host)
    await register(ann, receiver.url("a?b"))
    await register(bob, other.format(receiver.host))


async def test_of_many_who_register_a_url_at_the_same_moment_one_does(ann: Person, receiver: Receiver) -> None:
    body = {"url": receiver.url("raced")}

    answers = await asyncio.gather(*(ann.api.post("/webhooks", json=body) for _ in range(5)))

    assert {answer.status_code for answer in answers} <= {201, 409, 429}  # two look-ups at once are enough
    assert [answer.status_code for answer in answers].count(201) == 1


async def test_a_host_has_a_share_of_the_requests_at_once_whoever_registered_its_urls(
    ann: Person, bob: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    async with a_receiver(lambda: Reply(after_seconds=1)) as crowded:
        for person in (ann, bob):
            for number in range(4):
                hook = await register(person, receiver.url(f"crowd-{number}"))
                moved = "UPDATE webhook_endpoints SET url = $1 WHERE id = $2"  # the API may call the other host alone
                await truth.execute(moved, crowded.url(hook.id), UUID(hook.id))
                await hook.test()
                await hook.test()
        healthy = await register(bob, receiver.url("beside-a-crowd"))
        async with sending(db, receiver, room=Room(lanes=5, host=4), more=[crowded.host]) as sender:
            await crowded.when_any(4)
            await healthy.test()
            sender.ring()
            (delivery,) = await healthy.settled(seconds=0.9)
            await crowded.when_any(16)

    assert delivery["status"] == "delivered"
    assert crowded.most_at_once == 4


async def test_endpoints_that_fail_take_no_more_than_their_part_of_a_hosts_share(
    ann: Person, bob: Person, db: Database, receiver: Receiver
) -> None:
    healthy = await register(bob, receiver.url("same-host"))
    await healthy.test()
    async with sending(db, receiver):
        await healthy.settled()
    for number in range(4):
        hanging = await register(ann, receiver.script(f"hanging-there-{number}", *[Reply(after_seconds=3)] * 2))
        await hanging.test()
        await hanging.test()

    async with sending(db, receiver, room=Room(host=4, host_unsound=2)) as sender:
        await receiver.when("hanging-there-0")
        await healthy.test()
        sender.ring()
        found = await healthy.settled(2, seconds=2)

    assert [one["status"] for one in found] == ["delivered"] * 2
    assert sum(len(receiver.got(f"hanging-there-{number}")) for number in range(4)) <= 4


async def test_a_receiver_that_never_answered_2xx_is_sent_few_events_and_then_none(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("no-consent", *[BROKEN] * 200))
    for _ in range(20):
        await hook.test()

    async with sending(db, receiver):
        found = await hook.settled(20)

    shown, begun = await hook.read(), [one for one in found if one["attempts"]]
    assert {one["status"] for one in found} == {"dead"}
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
    assert UNCONFIRMED_FAILED_EVENTS <= len(begun) < UNCONFIRMED_FAILED_EVENTS + UNCONFIRMED_EVENTS
    assert len(receiver.got("no-consent")) <= len(begun) * 4


async def test_once_a_receiver_has_answered_2xx_its_events_are_sent_as_they_come(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("consents", Reply(), *[BROKEN] * 20))
    async with sending(db, receiver) as sender:
        await hook.test()
        await hook.settled()
        for _ in range(20):
            await hook.test()
        sender.ring()
        found = await hook.settled(21)

    assert {one["status"] for one in found} == {"delivered"}
    assert all(one["attempts"] for one in found)


async def test_events_that_waited_for_the_first_2xx_are_sent_after_it(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("waited-for", *[BROKEN] * UNCONFIRMED_EVENTS))
    for _ in range(20):
        await hook.test()

    async with sending(db, receiver):
        found = await hook.settled(20)

    assert {one["status"] for one in found} == {"delivered"}


async def test_whoever_answers_at_another_url_has_not_agreed_yet(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.script("slow-accomplice", Reply(after_seconds=0.5)))
    await hook.test()
    async with sending(db, receiver):
        await receiver.when("slow-accomplice")
        await hook.change(url=receiver.script("victim", *[BROKEN] * 200))
        await hook.settled()
        confirmed = await truth.fetchval("SELECT confirmed_at FROM webhook_endpoints WHERE id = $1", UUID(hook.id))
        for _ in range(20):
            await hook.test()
        await hook.settled(21)

    assert confirmed is None
    assert len(receiver.got("victim")) < (UNCONFIRMED_FAILED_EVENTS + UNCONFIRMED_EVENTS) * 4


async def test_a_delivery_is_replayed_five_times_at_the_most(
    ann: Person, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("replayed-often"))
    delivery = await hook.test()
    for number in range(MAX_REPLAYS):
        await truth.execute(DIE, UUID(hook.id))
        answer = await replay(hook, delivery["id"]) if number % 2 else await replay_failed(hook)
        assert answer.status_code == 202, number
    await truth.execute(DIE, UUID(hook.id))

    refused = [await replay(hook, delivery["id"]), await replay_failed(hook)]

    assert [refusal(answer) for answer in refused] == [(409, "replay_limit_reached")] * 2
    assert [one["status"] for one in await hook.deliveries()] == ["dead"]


async def test_a_webhook_has_a_thousand_replays_an_hour_and_all_of_them_again_after_it(
    ann: Person, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("replayed-much"))
    delivery = await hook.test()
    await truth.execute(DIE, UUID(hook.id))
    await truth.execute(MORE_OF_IT, UUID(hook.id), MAX_REPLAYS_PER_HOUR + 1)

    first = await replay_failed(hook)
    await truth.execute(DIE, UUID(hook.id))
    refused = [await replay_failed(hook), await replay(hook, delivery["id"])]
    an_hour = "UPDATE webhook_endpoints SET replays_counted_since = now() - interval '1 hour' WHERE id = $1"
    await truth.execute(an_hour, UUID(hook.id))
    later = await replay_failed(hook)

    assert (first.status_code, first.json()) == (202, {"replayed": MAX_REPLAYS_PER_HOUR})
    assert [refusal(answer) for answer in refused] == [(429, "too_many_replays")] * 2
    assert all(3500 < int(answer.headers["Retry-After"]) <= 3600 for answer in refused)
    assert (later.status_code, later.json()) == (202, {"replayed": MAX_REPLAYS_PER_HOUR})


async def test_replays_at_the_same_moment_are_counted_one_after_the_other(
    ann: Person, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("replayed-together"))
    ids = [(await hook.test())["id"] for _ in range(4)]
    await truth.execute(DIE, UUID(hook.id))

    answers = await asyncio.gather(*(replay(hook, one) for one in ids), *(replay_failed(hook) for _ in range(4)))

    assert {answer.status_code for answer in answers} <= {202, 409}
    assert await truth.fetchval("SELECT replay_count FROM webhook_endpoints WHERE id = $1", UUID(hook.id)) == 4
