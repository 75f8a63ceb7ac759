"""A claim is held by one sender, for as long as it shows a sign of life; an outdated one changes nothing."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from nexus.core.db import Database
from nexus.webhooks import deliveries, lookout
from nexus.webhooks.deliveries import Claim, EndpointKey
from nexus.webhooks.egress import Sent
from nexus.webhooks.models import DispatchStatus
from nexus.webhooks.sender import Room
from tests.ai.http_server import Reply
from tests.house import Person
from tests.webhooks.hooks import Hook, register
from tests.webhooks.receiver import Receiver
from tests.webhooks.sending import LEASE, sending

TAKEN, BROKEN = Sent(200, None, 5), Sent(500, None, 5)


@pytest.fixture
async def hook(ann: Person, receiver: Receiver) -> Hook:
    """Ann's webhook."""
    return await register(ann, receiver.url("nobody-sends"))


async def claim(db: Database, hook: Hook, lease: float = 30) -> Claim | None:
    """Claim what is due as some worker."""
    key = EndpointKey(hook.person.organisation_id, UUID(hook.id))
    async with db.transaction(key.organisation_id) as tx:
        return await deliveries.claim_next(tx, key, lease)


async def held(db: Database, hook: Hook, lease: float = 30) -> Claim:
    """Claim something that is due."""
    found = await claim(db, hook, lease)
    assert found is not None
    return found


async def book(db: Database, claimed: Claim, sent: Sent, pause: float | None = 5) -> deliveries.Booked | None:
    """Book an attempt."""
    async with db.transaction(claimed.endpoint.organisation_id) as tx:
        return await deliveries.book(tx, claimed, sent, pause)


async def test_what_is_claimed_is_not_claimed_again_until_its_lease_has_ended(db: Database, hook: Hook) -> None:
    await hook.test()
    first = await held(db, hook, lease=0.2)

    assert await claim(db, hook) is None
    await asyncio.sleep(0.3)
    second = await held(db, hook)

    assert (second.event_id, second.body, second.number) == (first.event_id, first.body, first.number + 1)


async def test_whoever_lost_a_claim_books_nothing_and_nobody_books_twice(db: Database, hook: Hook) -> None:
    await hook.test()
    zombie = await held(db, hook, lease=0.01)
    await asyncio.sleep(0.05)
    heir = await held(db, hook)

    assert await book(db, zombie, TAKEN) is None
    between = await hook.deliveries()
    booked = await book(db, heir, BROKEN)
    again = await book(db, heir, BROKEN)

    assert [(one["status"], one["attempts"]) for one in between] == [("pending", [])]
    assert booked is not None
    assert (booked.status, booked.attempt) == (DispatchStatus.PENDING, 1)
    assert again is None


async def test_a_replay_takes_the_claim_from_whoever_had_it(db: Database, hook: Hook) -> None:
    delivery = await hook.test()
    old = await held(db, hook)
    await book(db, old, BROKEN, None)
    answer = await hook.person.api.post(f"/webhook-deliveries/{delivery['id']}/replay")

    assert answer.status_code == 202
    assert await book(db, old, TAKEN) is None


async def test_an_endpoint_has_two_claims_at_a_time(db: Database, hook: Hook) -> None:
    for _ in range(3):
        await hook.test()

    first, _ = await held(db, hook), await held(db, hook)

    assert await claim(db, hook) is None
    await book(db, first, TAKEN)
    assert await claim(db, hook) is not None


async def test_a_lease_is_renewed_for_the_claim_that_holds_and_for_no_other(
    db: Database, hook: Hook, truth: asyncpg.Connection
) -> None:
    await hook.test()
    old = await held(db, hook, lease=0.01)
    await asyncio.sleep(0.05)
    new = await held(db, hook, lease=5)
    left = "SELECT extract(epoch FROM lease_expires_at - now())::float FROM webhook_dispatches WHERE id = $1"

    async with db.system() as tx:
        await lookout.extend_leases(tx, [old], 900)
    unmoved = await truth.fetchval(left, new.dispatch_id)
    async with db.system() as tx:
        await lookout.extend_leases(tx, [new], 900)

    assert unmoved < 10
    assert await truth.fetchval(left, new.dispatch_id) > 800


async def test_an_attempt_that_takes_longer_than_its_lease_is_not_made_twice(
    ann: Person, db: Database, receiver: Receiver
) -> None:
    hook = await register(ann, receiver.script("longer-than-a-lease", Reply(after_seconds=LEASE * 2)))
    await hook.test()

    async with sending(db, receiver), sending(db, receiver):
        (delivery,) = await hook.settled()

    assert (delivery["status"], len(receiver.got("longer-than-a-lease"))) == ("delivered", 1)


async def test_endpoints_that_fail_leave_room_for_those_that_do_not(
    ann: Person, bob: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    for number in range(4):
        hanging = await register(ann, receiver.script(f"hanging-{number}", *[Reply(after_seconds=3)] * 2))
        await truth.execute("UPDATE webhook_endpoints SET failing_since = now() WHERE id = $1", UUID(hanging.id))
        await hanging.test()
        await hanging.test()
    prompt = await register(bob, receiver.url("has-room"))

    async with sending(db, receiver, room=Room(lanes=4, failing=2)) as sender:
        await receiver.when("hanging-0", 1)
        await prompt.test()
        sender.ring()
        (delivery,) = await prompt.settled(seconds=2)

    assert delivery["status"] == "delivered"
