"""A place where work is asked for and done in this process, by a model that counts how often it is asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from redis.asyncio import Redis

from nexus import job_types
from nexus.ai.model import Answer, ModelUnavailable, Tokens
from nexus.ai.panel import Panel
from nexus.config import Settings
from nexus.core.db import Database
from nexus.core.redis import QuickRedis
from nexus.credits import services as credits
from nexus.job_types.summarize import SummarizeInput, summarize
from nexus.jobs import invariants
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.flights import PATIENCE_SECONDS, Flights
from nexus.jobs.runner import Pace, Runner
from nexus.jobs.services import JobKey
from tests.house import Person, door, run_app, settings_of, sign_in, some_domain

MODEL = "gemini-3.5-flash-lite"
KEY = {"NEXUS_GEMINI_API_KEY": "nobody is asked", "NEXUS_GEMINI_MODEL": MODEL}
TEXT = "The old bridge over the Lune was closed on Monday. Engineers had found cracks in two of its piers."
WAITING = "SELECT id FROM jobs WHERE organisation_id = $1 AND status = 'pending' ORDER BY id"


@dataclass
class Scripted:
    """A model that answers with how often it was asked, after a while, or fails as often as it is told to."""

    name: str = f"gemini:{MODEL}"
    asked: int = 0
    failures: int = 0
    after_seconds: float = 0

    async def ask(self, prompt: str, shape: type[Answer], tokens: Tokens) -> Answer:
        """Answer in the shape of a summary, or of the notes of a part of a long text."""
        del prompt
        self.asked += 1
        tokens.add(100, 7)
        number = self.asked
        await asyncio.sleep(self.after_seconds)
        if self.failures:
            self.failures -= 1
            raise ModelUnavailable("The provider is busy.")
        return shape.model_validate({"summary": f"Summary number {number}.", "notes": f"Notes number {number}."})

    async def knows_model(self) -> bool | None:
        """It is no vendor's."""
        return None

    async def aclose(self) -> None:
        """There is nothing to close."""


@dataclass
class Place:
    """The API, what it stands on, and somebody who does the work when told to."""

    app: FastAPI
    settings: Settings
    idp: str
    db: Database
    quick: QuickRedis
    truth: asyncpg.Connection
    environment: dict[str, str]
    model: Scripted = field(default_factory=Scripted)

    @property
    def cache(self) -> Cache:
        """The cache as a worker with this model has it."""
        return Cache(self.quick, [self.model.name], self.settings.cache_seconds, offline=False)

    @property
    def redis_url(self) -> str:
        """Where its Redis is."""
        return self.settings.redis_url.get_secret_value()

    def worker(self, patience_seconds: float = PATIENCE_SECONDS) -> Runner:
        """What a worker process has; each has flights of its own."""
        catalogue = Catalogue.of_package(job_types)
        flights = Flights(self.cache, patience_seconds)
        return Runner(self.db, catalogue, Panel([self.model], then_offline=False), "a worker", Pace(30, 0), flights)

    async def work(self, person: Person, *runners: Runner) -> None:
        """Do all that waits for this person's organisation, side by side, by these workers in turn."""
        runners = runners or (self.worker(),)
        claims = [await runners[number % len(runners)].claim(key) for number, key in enumerate(await self.keys(person))]
        running = [runners[number % len(runners)].run(claim) for number, claim in enumerate(claims) if claim]
        await asyncio.gather(*running)

    async def keys(self, person: Person) -> list[JobKey]:
        """The jobs that wait for this person's organisation."""
        rows = await self.truth.fetch(WAITING, person.organisation_id)
        return [JobKey(person.organisation_id, row["id"]) for row in rows]

    def name_of(self, person: Person, text: str = TEXT) -> str:
        """Where the summary of this text lies for this person's organisation."""
        return self.cache.name_of(person.organisation_id, summarize, SummarizeInput(text=text))

    async def kept(self, person: Person, text: str = TEXT) -> Any:
        """What lies there."""
        return await self.redis(lambda redis: redis.get(self.name_of(person, text)))

    async def reserved_by(self, person: Person) -> Any:
        """Who says that they work on it."""
        return await self.redis(lambda redis: redis.get(f"{self.name_of(person)}:reserved"))

    async def redis(self, operation: Callable[[Redis], Awaitable[Any]]) -> Any:
        """Do something in its Redis, past the product."""
        async with Redis.from_url(self.redis_url) as redis:
            return await operation(redis)

    async def ledger(self, person: Person) -> Sequence[tuple[str, int]]:
        """What was booked, but for the grant."""
        rows = await self.truth.fetch(
            "SELECT type, amount FROM credit_transactions WHERE organisation_id = $1 AND type <> 'grant' ORDER BY seq",
            person.organisation_id,
        )
        return [(row["type"], row["amount"]) for row in rows]

    async def fund(self, person: Person, amount: int) -> None:
        """Give their organisation credits, as the operator does."""
        async with self.db.system() as tx:
            await credits.grant(tx, person.organisation_id, amount, "for a test")

    async def broken_invariants(self) -> list[str]:
        """What `nexus check` finds."""
        async with self.db.system() as tx:
            return [one.id for one in (await invariants.check(tx)).checks if not one.ok]

    async def somebody(self) -> Person:
        """The admin of a new organisation."""
        async with door(self.app) as api:
            return await sign_in(api, self.idp, f"ann@{some_domain()}")


async def ask(person: Person, text: str = TEXT, **headers: str) -> httpx.Response:
    """Ask for a summary."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await person.api.post("/summarize", json={"text": text}, headers=named)


async def balance(person: Person) -> int:
    """What is left."""
    return int((await person.api.get("/credits")).json()["balance"])


@asynccontextmanager
async def open_place(environment: dict[str, str], idp: str, **changed: str) -> AsyncIterator[Place]:
    """A place with these settings."""
    settings = settings_of(environment | KEY | changed)
    db = Database(settings.database_url, settings.system_database_url, pool_size=24)
    quick = QuickRedis(settings.redis_url.get_secret_value())
    truth = await asyncpg.connect(environment["NEXUS_MIGRATION_DATABASE_URL"])
    try:
        async with run_app(settings, pool_size=24) as app:
            yield Place(app, settings, idp, db, quick, truth, environment)
    finally:
        await truth.close()
        await quick.close()
        await db.close()
