"""A job is claimed by one worker at a time, and the claim number says which."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from nexus.ai.model import ModelRefused, ModelUnavailable
from nexus.core.db import Database
from nexus.jobs.errors import Released
from nexus.jobs.lookout import Held, extend_leases
from nexus.jobs.services import Claim
from nexus.jobs.statements import MOST_RELEASES
from tests.jobs.attempts import claim, complete, fail, held, key_of
from tests.jobs.floor import Client

BUSY = ModelUnavailable("The provider is busy.")
REFUSED = ModelRefused("The provider will not answer this.")
STOPPED = Released("The worker was stopped.")
ROW = "SELECT * FROM jobs WHERE id = $1"
LONG_LEASE = "SELECT lease_expires_at - now() > interval '50 seconds' FROM jobs WHERE id = $1"

Act = Callable[[Database, Claim], Awaitable[object]]


async def test_of_twenty_claims_at_once_one_succeeds(client: Client, db: Database) -> None:
    key = key_of(client, await client.submit())

    claims = await asyncio.gather(*(claim(db, key) for _ in range(20)))

    won = [one for one in claims if one is not None]
    assert [(one.attempt, one.number) for one in won] == [(1, 1)]


async def test_every_claim_raises_the_attempt_and_the_claim_number(client: Client, db: Database) -> None:
    key = key_of(client, await client.submit())

    claims = []
    for _ in range(3):
        claims.append(await held(db, key))
        await fail(db, claims[-1], BUSY)

    assert [(one.attempt, one.number) for one in claims] == [(1, 1), (2, 2), (3, 3)]
    assert await claim(db, key) is None
    assert (await client.job(str(key.id)))["status"] == "failed"


async def test_a_job_is_not_claimed_before_its_next_attempt_is_due(client: Client, db: Database) -> None:
    key = key_of(client, await client.submit())
    await fail(db, await held(db, key), BUSY, pause=0.4)

    at_once = await claim(db, key)
    waiting = await client.job(str(key.id))
    await asyncio.sleep(0.5)
    later = await claim(db, key)

    assert at_once is None
    assert waiting["next_attempt_at"] is not None
    assert later is not None


async def test_a_job_past_its_deadline_is_not_claimed(client: Client, db: Database, truth: asyncpg.Connection) -> None:
    key = key_of(client, await client.submit())
    await truth.execute("UPDATE jobs SET deadline_at = now() - interval '1 second' WHERE id = $1", key.id)

    assert await claim(db, key) is None


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(complete, id="complete"),
        pytest.param(lambda db, old: fail(db, old, BUSY), id="fail and try again"),
        pytest.param(lambda db, old: fail(db, old, REFUSED), id="fail for good"),
        pytest.param(lambda db, old: fail(db, old, STOPPED, released=True), id="release"),
    ],
)
async def test_an_old_claim_changes_nothing(client: Client, db: Database, truth: asyncpg.Connection, act: Act) -> None:
    key = key_of(client, await client.submit())
    old = await held(db, key)
    await fail(db, old, BUSY)
    await held(db, key)
    before = await truth.fetchrow(ROW, key.id)

    done = await act(db, old)

    assert not done
    assert await truth.fetchrow(ROW, key.id) == before
    assert await client.ledger(str(key.id)) == [("deduction", -10)]


@pytest.mark.parametrize("ending", ["completed", "failed"])
async def test_the_heartbeat_does_not_renew_a_claim_of_a_job_that_has_ended(
    client: Client, db: Database, ending: str
) -> None:
    key = key_of(client, await client.submit())
    claimed = await held(db, key)
    await (complete(db, claimed) if ending == "completed" else fail(db, claimed, REFUSED))

    async with db.system() as tx:
        still = await extend_leases(tx, [Held(key, claimed.number)], 30)

    assert still == set()


async def test_the_heartbeat_renews_the_claims_that_hold_and_no_older_ones(
    client: Client, db: Database, truth: asyncpg.Connection
) -> None:
    key = key_of(client, await client.submit())
    await fail(db, await held(db, key), BUSY)
    claimed = await held(db, key, lease=1)

    async with db.system() as tx:
        of_the_old = await extend_leases(tx, [Held(key, 1)], 60)
    after_the_old = await truth.fetchval(LONG_LEASE, key.id)
    async with db.system() as tx:
        of_both = await extend_leases(tx, [Held(key, 1), Held(key, claimed.number)], 60)

    assert (of_the_old, after_the_old) == (set(), False)
    assert (of_both, await truth.fetchval(LONG_LEASE, key.id)) == ({Held(key, 2)}, True)


async def test_a_lease_is_never_renewed_far_beyond_the_deadline(
    client: Client, db: Database, truth: asyncpg.Connection
) -> None:
    key = key_of(client, await client.submit())
    claimed = await held(db, key)
    await truth.execute("UPDATE jobs SET deadline_at = now() - interval '1 hour' WHERE id = $1", key.id)

    async with db.system() as tx:
        still = await extend_leases(tx, [Held(key, claimed.number)], 60)

    assert still == {Held(key, claimed.number)}
    assert await truth.fetchval("SELECT lease_expires_at < now() FROM jobs WHERE id = $1", key.id)


@pytest.mark.parametrize("ending", ["completed", "failed"])
@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed"])
async def test_an_ended_job_stays_as_it_is_even_for_the_superuser(
    client: Client, db: Database, truth: asyncpg.Connection, ending: str, status: str
) -> None:
    key = key_of(client, await client.submit())
    claimed = await held(db, key)
    await (complete(db, claimed) if ending == "completed" else fail(db, claimed, REFUSED))

    if status == ending:
        await truth.execute("UPDATE jobs SET status = $2 WHERE id = $1", key.id, status)
    else:
        with pytest.raises(asyncpg.RestrictViolationError):
            await truth.execute("UPDATE jobs SET status = $2 WHERE id = $1", key.id, status)

    assert (await client.job(str(key.id)))["status"] == ending
    assert await claim(db, key) is None


async def test_a_job_that_is_handed_back_loses_no_attempt_and_is_due_at_once(client: Client, db: Database) -> None:
    key = key_of(client, await client.submit())

    verdict = await fail(db, await held(db, key), STOPPED, pause=60, released=True)

    again = await held(db, key)
    assert verdict is not None
    assert (verdict.failed, verdict.attempt_count) == (False, 0)
    assert (again.attempt, again.number) == (1, 2)


async def test_after_twenty_releases_each_one_costs_an_attempt_so_that_every_job_ends(
    client: Client, db: Database, truth: asyncpg.Connection
) -> None:
    key = key_of(client, await client.submit())
    attempts = []
    for _ in range(MOST_RELEASES + 3):
        claimed = await held(db, key)
        attempts.append(claimed.attempt)
        await fail(db, claimed, STOPPED, released=True)

    job = await client.job(str(key.id))

    assert attempts == [1] * MOST_RELEASES + [1, 2, 3]
    assert (job["status"], job["attempt_count"], job["refunded"]) == ("failed", 3, True)
    assert await truth.fetchval("SELECT released_count FROM jobs WHERE id = $1", key.id) == MOST_RELEASES


async def test_a_job_of_another_organisation_cannot_be_claimed(client: Client, db: Database) -> None:
    key = key_of(client, await client.submit())
    foreign = type(key)(UUID(int=1), key.id)

    assert await claim(db, foreign) is None
