"""An event is written with what it tells of, for whoever listens, or not at all."""

import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from nexus.ai.model import ModelRefused, ModelUnavailable
from nexus.core.db import Database
from nexus.core.models import new_id
from nexus.jobs import services, statements
from nexus.jobs.announcements import announce
from nexus.jobs.answers import Answer
from nexus.jobs.services import JobKey, Terms, Work
from nexus.jobs.sweep import sweep
from nexus.webhooks.models import EventType
from tests.house import Person
from tests.jobs.attempts import complete, fail, held, key_of
from tests.jobs.floor import Client
from tests.webhooks.hooks import Hook, register
from tests.webhooks.receiver import Receiver

REFUSED = ModelRefused("The provider will not answer this.")
TERMS = Terms(3, 900)


async def told(client: Client) -> list[dict[str, Any]]:
    """Every event of the organisation, as it is going to be sent."""
    rows = await client.truth.fetch(
        "SELECT body FROM webhook_events WHERE organisation_id = $1 ORDER BY id", client.person.organisation_id
    )
    return [json.loads(row["body"]) for row in rows]


@pytest.fixture
async def hook(client: Client, receiver: Receiver) -> Hook:
    """Ann's webhook, which listens for everything."""
    return await register(client.person, receiver.url("nobody-sends"))


@pytest.mark.usefixtures("hook")
async def test_what_is_rolled_back_announces_nothing(client: Client, db: Database) -> None:
    claimed = await held(db, key_of(client, await client.submit()))

    async def complete_and_break() -> None:
        async with db.transaction(claimed.key.organisation_id) as tx:
            await services.complete_job(tx, claimed, '{"said": "done"}', "scripted:test")
            raise RuntimeError("not after all")

    with pytest.raises(RuntimeError, match="after all"):
        await complete_and_break()

    assert await told(client) == []
    assert await complete(db, claimed)
    assert [event["type"] for event in await told(client)] == ["job.completed"]


@pytest.mark.usefixtures("hook")
async def test_an_attempt_that_is_to_be_repeated_announces_nothing_and_the_last_one_does(
    client: Client, db: Database
) -> None:
    key = key_of(client, await client.submit())

    for _ in range(2):
        await fail(db, await held(db, key), ModelUnavailable("busy"))
        assert await told(client) == []
    await fail(db, await held(db, key), ModelUnavailable("busy"))

    (event,) = await told(client)
    assert (event["type"], event["data"]["error_code"]) == ("job.failed", "model_unavailable")
    assert (event["data"]["refunded"], event["data"]["attempt_count"]) == (True, 3)


@pytest.mark.usefixtures("hook")
async def test_a_zombie_announces_nothing(client: Client, db: Database) -> None:
    key = key_of(client, await client.submit())
    zombie = await held(db, key)
    await fail(db, zombie, REFUSED)

    assert await complete(db, zombie) is False
    assert await fail(db, zombie, REFUSED) is None

    assert [event["type"] for event in await told(client)] == ["job.failed"]


@pytest.mark.usefixtures("hook")
async def test_a_cached_answer_announces_a_completed_job(client: Client, db: Database) -> None:
    key = JobKey(client.person.organisation_id, new_id())
    work = Work("summarize", 10, '{"text": "a"}', answer=Answer('{"summary": "b"}', "offline:lexrank"))

    async with db.transaction(key.organisation_id) as tx:
        await services.create_job(tx, key, client.person.user_id, work, TERMS)

    (event,) = await told(client)
    assert event["type"] == "job.completed"
    assert event["data"] == await client.job(str(key.id))
    assert (event["data"]["cached"], event["data"]["cost"]) == (True, 0)


@pytest.mark.usefixtures("hook")
async def test_what_the_sweep_fails_is_announced(client: Client, db: Database) -> None:
    job_id = await client.submit()
    await client.truth.execute("UPDATE jobs SET deadline_at = now() - interval '1 second' WHERE id = $1", UUID(job_id))

    await sweep(db)

    (event,) = await told(client)
    assert (event["type"], event["data"]["error_code"]) == ("job.failed", "deadline_exceeded")


@pytest.mark.usefixtures("hook")
async def test_what_is_told_is_the_job_as_it_is_shown_to_the_byte(
    client: Client, db: Database, truth: asyncpg.Connection
) -> None:
    job_id = await client.submit(marks="/dev/null", until='ünïcödé ⟨☃⟩ \\ " / \u2028')

    await complete(db, await held(db, key_of(client, job_id)))

    shown = (await client.person.api.get(f"/jobs/{job_id}")).content
    body = await truth.fetchval(
        "SELECT body FROM webhook_events WHERE organisation_id = $1", client.person.organisation_id
    )
    assert body.endswith(b',"data":' + shown + b"}")


async def test_each_hears_what_it_listens_for_and_nobody_hears_of_another_organisation(
    client: Client, bob: Person, db: Database, receiver: Receiver
) -> None:
    deaf = await register(bob, receiver.url("bob"))
    completed = await register(client.person, receiver.url("completed-only"), events=["job.completed"])
    failed = await register(client.person, receiver.url("failed-only"), events=["job.failed"])
    off = await register(client.person, receiver.url("off"))
    await off.change(enabled=False)

    await complete(db, await held(db, key_of(client, await client.submit())))
    await fail(db, await held(db, key_of(client, await client.submit())), REFUSED)

    heard = {hook.id: [one["type"] for one in await hook.deliveries()] for hook in (completed, failed, off, deaf)}
    assert heard == {completed.id: ["job.completed"], failed.id: ["job.failed"], off.id: [], deaf.id: []}
    assert len(await told(client)) == 2


async def test_where_nobody_listens_nothing_is_written(client: Client, db: Database) -> None:
    await complete(db, await held(db, key_of(client, await client.submit())))

    assert await told(client) == []


async def test_an_endpoint_that_is_just_being_deleted_holds_up_no_job(client: Client, hook: Hook, db: Database) -> None:
    claimed = await held(db, key_of(client, await client.submit()))
    async with db.transaction(claimed.key.organisation_id) as tx:
        holds = {"organisation": claimed.key.organisation_id, "job": claimed.key.id, "claim": claimed.number}
        holds |= {"tokens_in": None, "tokens_out": None}
        found = await tx.fetch(statements.COMPLETE.within, **holds, output="{}", model_name="scripted:test")
        assert found is not None
        assert found["listeners"] == [UUID(hook.id)]
        (await client.person.api.delete(f"/webhooks/{hook.id}")).raise_for_status()
        await announce(tx, claimed.key.organisation_id, claimed.key.id, EventType.JOB_COMPLETED, found["listeners"])

    assert (await client.job(str(claimed.key.id)))["status"] == "completed"
