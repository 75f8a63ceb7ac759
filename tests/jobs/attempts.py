"""Attempts at jobs, made in this process by the product's own Runner."""

from uuid import UUID

from nexus.ai.panel import Panel
from nexus.core.db import Database
from nexus.core.errors import WorkFailed
from nexus.core.redis import QuickRedis
from nexus.jobs import services
from nexus.jobs.cache import Cache
from nexus.jobs.flights import Flights
from nexus.jobs.runner import Pace, Runner
from nexus.jobs.services import Claim, JobKey, Seen, Verdict
from tests.jobs.floor import Client
from tests.jobs.scripted import NoModelAsked, catalogue

LEASE = 30.0


def key_of(client: Client, job_id: str) -> JobKey:
    """The job, as the inside names it."""
    return JobKey(client.person.organisation_id, UUID(job_id))


async def claim(db: Database, key: JobKey, lease: float = LEASE) -> Claim | None:
    """Claim a job as some worker."""
    async with db.transaction(key.organisation_id) as tx:
        return await services.claim_job(tx, key, "a worker", lease)


async def held(db: Database, key: JobKey, lease: float = LEASE) -> Claim:
    """Claim a job that is due."""
    claimed = await claim(db, key, lease)
    assert claimed is not None
    return claimed


async def complete(db: Database, claimed: Claim) -> bool:
    """Complete it."""
    async with db.transaction(claimed.key.organisation_id) as tx:
        return await services.complete_job(tx, claimed, '{"said": "done"}', "scripted:test")


async def fail(
    db: Database, claimed: Claim, why: WorkFailed, pause: float = 0, *, released: bool = False
) -> Verdict | None:
    """Fail it."""
    async with db.transaction(claimed.key.organisation_id) as tx:
        return await services.fail_job(tx, Seen(claimed.key, claimed.number), why, pause, released=released)


def runner(db: Database, retry: float = 0, *, offline: bool = False) -> Runner:
    """Somebody who does one job at a time."""
    panel = Panel([] if offline else [NoModelAsked()], then_offline=offline)
    return Runner(db, catalogue(), panel, "a worker", Pace(LEASE, retry), without_redis())


def without_redis() -> Flights:
    """Flights of a process whose Redis is away: nothing is kept."""
    return Flights(Cache(QuickRedis("redis://127.0.0.1:1"), [], 60, offline=True))


async def attempt(key: JobKey, by: Runner) -> None:
    """Make one attempt at a job that is due."""
    claimed = await by.claim(key)
    assert claimed is not None
    await by.run(claimed)
