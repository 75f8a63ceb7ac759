"""What is old is forgotten, what is open is not, and every secret comes under the newest key."""

from uuid import UUID

import asyncpg
import pytest

from nexus.core.db import Database
from nexus.core.retention import Rule, forgetting
from nexus.core.sealing import Box, Unreadable
from nexus.webhooks import SECRETS
from nexus.webhooks.lookout import forget_old
from nexus.webhooks.rounds import upkeep
from tests.house import SECRET_KEY, Person
from tests.webhooks.hooks import register, verify
from tests.webhooks.receiver import Receiver
from tests.webhooks.sending import sending

NEWER_KEY = "a newer key that only the tests know and nobody else"
ONLY_OLD, BOTH = Box([SECRET_KEY], SECRETS), Box([NEWER_KEY, SECRET_KEY], SECRETS)
THIRTY_DAYS = [Rule("delivery", 30, forget_old)]
AGE = "UPDATE webhook_events SET created_at = now() - interval '{}' WHERE organisation_id = $1"


async def seal_all(truth: asyncpg.Connection, db: Database, box: Box) -> None:
    """Make rounds until every secret of this database that can be is sealed with the newest key."""
    others = "SELECT count(*) FROM webhook_endpoints WHERE sealed_with NOT IN ($1, 'lost')"
    for _ in range(20):
        await upkeep(box)(db)
        if not await truth.fetchval(others, box.name):
            return
    raise AssertionError("some secrets stay as they are")


async def left(truth: asyncpg.Connection, person: Person) -> list[int]:
    """How many events, dispatches and attempts there are of an organisation."""
    tables = ("webhook_events", "webhook_dispatches", "webhook_deliveries")
    query = "SELECT count(*) FROM {} WHERE organisation_id = $1"
    return [await truth.fetchval(query.format(table), person.organisation_id) for table in tables]


async def test_what_was_settled_is_forgotten_after_thirty_days_and_not_before(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("forgotten"))
    await hook.test()
    async with sending(db, receiver):
        await hook.settled()

    await truth.execute(AGE.format("29 days"), ann.organisation_id)
    await forgetting(THIRTY_DAYS)(db)
    before = await left(truth, ann)
    await truth.execute(AGE.format("31 days"), ann.organisation_id)
    await forgetting(THIRTY_DAYS)(db)

    assert before == [1, 1, 1]
    assert await left(truth, ann) == [0, 0, 0]
    assert await hook.deliveries() == []


async def test_what_is_open_is_not_forgotten(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("open"))
    await hook.test()
    await truth.execute(AGE.format("31 days"), ann.organisation_id)

    await forgetting(THIRTY_DAYS)(db)

    assert await left(truth, ann) == [1, 1, 0]


async def test_every_secret_comes_under_the_newest_key_so_that_the_old_one_can_go(
    ann: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    hook = await register(ann, receiver.url("sealed-anew"))
    newer = (await ann.api.post(f"/webhooks/{hook.id}/rotate-secret")).json()["secret"]
    only_new = Box([NEWER_KEY], SECRETS)

    await seal_all(truth, db, BOTH)

    kept = await truth.fetchrow("SELECT * FROM webhook_endpoints WHERE id = $1", UUID(hook.id))
    assert kept is not None
    assert only_new.open(kept["secret"]).decode() == newer
    assert only_new.open(kept["previous_secret"]).decode() == hook.secret
    assert kept["sealed_with"] == only_new.name != ONLY_OLD.name
    with pytest.raises(Unreadable):
        ONLY_OLD.open(kept["secret"])
    async with sending(db, receiver, retries=()) as sender:
        await hook.test()
        sender.ring()
        (unsigned,) = await hook.settled()
    assert [one["error"] for one in unsigned["attempts"]] == ["unsigned"]
    assert receiver.got("sealed-anew") == []
    await seal_all(truth, db, Box([SECRET_KEY, NEWER_KEY], SECRETS))
    async with sending(db, receiver) as sender:
        await ann.api.post(f"/webhook-deliveries/{unsigned['id']}/replay")
        sender.ring()
        (received,) = await receiver.when("sealed-anew")
    verify(received, newer)


async def test_a_secret_that_no_key_opens_holds_up_nobody_elses(
    ann: Person, bob: Person, db: Database, receiver: Receiver, truth: asyncpg.Connection
) -> None:
    lost, fine = await register(ann, receiver.url("lost")), await register(bob, receiver.url("fine"))
    await truth.execute("UPDATE webhook_endpoints SET secret = 'x', sealed_with = 'lost' WHERE id = $1", UUID(lost.id))

    await seal_all(truth, db, BOTH)

    names = "SELECT sealed_with FROM webhook_endpoints WHERE id = $1"
    assert await truth.fetchval(names, UUID(lost.id)) == "lost"
    assert await truth.fetchval(names, UUID(fine.id)) == BOTH.name
    await seal_all(truth, db, Box([SECRET_KEY, NEWER_KEY], SECRETS))
