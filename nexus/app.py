"""The API's root: builds the parts, hands them down, and opens the door."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import uvicorn
from fastapi import FastAPI

from nexus import job_types
from nexus.accounts import key_routes, session_routes, signin_routes
from nexus.accounts import routes as accounts_routes
from nexus.accounts.desk import Desk, Secrets
from nexus.accounts.google import Google
from nexus.accounts.key_book import KeyBook
from nexus.accounts.key_values import Hashes
from nexus.accounts.limits import FirstParty
from nexus.accounts.signin_routes import FlowCookies
from nexus.accounts.tokens import AccessTokens
from nexus.ai.configured import GEMINI, OPENAI, configured_names
from nexus.config import Environment, Settings
from nexus.core import preflight
from nexus.core.db import Database, SystemTx
from nexus.core.door import Door
from nexus.core.errors import Unavailable
from nexus.core.health import Vitals, health_routes
from nexus.core.http import answer_errors
from nexus.core.idempotency import Memory
from nexus.core.openapi.document import DescribedAPI
from nexus.core.openapi.routes import description_routes
from nexus.core.parts import hand_down
from nexus.core.queue import Doorbell
from nexus.core.ratelimit import Limiter, Limits, Policy
from nexus.core.redis import QuickRedis
from nexus.core.versions import ENDS, Endings, Ends
from nexus.credits import routes as credits_routes
from nexus.credits import services as credits_services
from nexus.jobs import findings, lookout
from nexus.jobs import routes as jobs_routes
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.desk import Desk as WorkDesk
from nexus.jobs.routes import ANSWERS, Offer, work_on_offer
from nexus.jobs.services import Terms

POOL_SIZE = 16
MINUTE = 60
STOP_SECONDS = 8  # Cloud Run kills ten seconds after it asks

DESCRIPTION = """\
Organisations sign in with Google, share a balance of credits, and ask for AI work that is done in the background.
Ask with `POST`, keep the `job_id`, and read the job until it is `completed` or `failed`; a job that fails gives its
credits back.

Send an access token or an API key as `Authorization: Bearer …`. Bodies are JSON, at most 1 MB. Times are RFC 3339 in
UTC, ids are UUIDs, and lists come a page at a time, newest first. Whatever goes wrong is answered as
`application/problem+json`, with a `code` that programs can rely on. A path that does not exist answers 404 `not_found`,
a method that it does not take 405 `method_not_allowed`.

A request that creates or spends may carry an `Idempotency-Key`: sent again with the same key it does nothing twice.

A version stands in the path. What a newer version leaves as it was is not repeated there: whoever asks for work at
`/v2` reads their jobs at `/v1/jobs`.
"""
TAGS = [
    {"name": "work", "description": "Asking for work. It is paid for at once and done in the background."},
    {"name": "jobs", "description": "What became of it, and what kinds of work there are."},
    {"name": "credits", "description": "The balance, and the ledger that explains it."},
    {"name": "accounts", "description": "Who you are, your organisation, and its people."},
    {"name": "api-keys", "description": "What your programs sign in with."},
    {"name": "sign-in", "description": "From Google's word to an access token, and the life of a session."},
    {"name": "health", "description": "How the platform is. For those who run it; without a version."},
]


@dataclass(frozen=True)
class House:
    """What the API stands on, for as long as it runs."""

    db: Database
    bell: Doorbell
    google: Google
    vitals: Vitals
    redis: QuickRedis
    keys: KeyBook

    async def close(self) -> None:
        """Leave in order: the last rings first."""
        await self.bell.close()
        await self.google.close()
        await self.vitals.close()
        await self.redis.close()
        await self.keys.close()
        await self.db.close()


def create_app(
    settings: Settings, *, catalogue: Catalogue | None = None, pool_size: int = POOL_SIZE, ends: Ends = ENDS
) -> FastAPI:
    """Build the API from its settings."""
    catalogue = catalogue or Catalogue.of_package(job_types)
    house = _build(settings, pool_size)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await house.redis.get_in_touch()
        yield
        await house.close()

    app = DescribedAPI(
        title="NexusAPI",
        version=list(ANSWERS)[-1].removeprefix("v"),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.ends = ends
    app.add_middleware(Door)
    if ends.by_path:
        app.add_middleware(Endings, ends)
    answer_errors(app)
    _hand_down(app, settings, house, catalogue)
    _add_routes(app, settings, house, catalogue)
    return app


async def serve(settings: Settings, host: str, port: int, catalogue: Catalogue | None = None) -> None:
    """Run the API until it is told to stop. Raises NotReady when it cannot run cleanly."""
    app = create_app(settings, catalogue=catalogue)
    await preflight.check(app.state.parts[Database])
    _set_apart_what_stays()
    proxies = list(settings.trusted_proxies)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    await uvicorn.Server(config).serve()


def _set_apart_what_stays() -> None:
    """Spare the collector what lives as long as the process: looking through it all held up answers for 80 ms."""
    gc.collect()
    gc.freeze()


def _build(settings: Settings, pool_size: int) -> House:
    redis_url = settings.redis_url.get_secret_value()
    bell = Doorbell(redis_url)
    db = Database(settings.database_url, settings.system_database_url, pool_size=pool_size, ring=bell.ring)
    google = Google(
        settings.google_issuer,
        settings.google_client_id,
        settings.google_client_secret.get_secret_value(),
        allow_test_domains=settings.environment is Environment.DEVELOPMENT,
    )
    keys = KeyBook(db, [key.get_secret_value() for key in settings.secret_keys])
    return House(db, bell, google, Vitals(db, redis_url), QuickRedis(redis_url), keys)


def _hand_down(app: FastAPI, settings: Settings, house: House, catalogue: Catalogue) -> None:
    keys = [key.get_secret_value() for key in settings.secret_keys]
    web = settings.web_client_secret
    secrets = Secrets(keys, web.get_secret_value() if web else None, settings.refresh_token_days)
    tokens = AccessTokens(keys, settings.access_token_seconds)
    desk = Desk(house.db, house.google, tokens, secrets, partial(_welcome, settings.signup_credits))
    terms = Terms(settings.job_attempts, settings.job_deadline_seconds)
    cache = Cache(house.redis, models_of(settings), settings.cache_seconds, offline=settings.offline_allowed)
    offer = Offer(
        catalogue, bool(settings.models_configured), WorkDesk(cache, terms), offline_allowed=settings.offline_allowed
    )
    limiter, limits = Limiter(house.redis, settings.api_replicas), limits_of(settings)
    hand_down(app, house.db, house.google, tokens, desk, FlowCookies(keys), Memory(keys), offer)
    hand_down(app, limiter, limits, FirstParty(web), house.keys, Hashes(keys))


def _add_routes(app: FastAPI, settings: Settings, house: House, catalogue: Catalogue) -> None:
    async def show_queue() -> None:
        try:
            async with house.db.system() as tx:
                await lookout.show_depth(tx)
                await findings.show(tx)
        except Unavailable:
            return  # the gauge of the database itself says so

    token = settings.metrics_token
    health = health_routes(house.vitals, [show_queue], token.get_secret_value() if token else None)
    domains = (
        jobs_routes.v1,
        credits_routes.v1,
        accounts_routes.v1,
        key_routes.v1,
        session_routes.v1,
        signin_routes.v1,
    )
    for router in (work_on_offer(catalogue), *domains, health, description_routes(ANSWERS)):
        app.include_router(router)


def limits_of(settings: Settings) -> Limits:
    """How much is allowed in which window."""
    seconds, calls = settings.rate_window_seconds, settings.calls_per_address
    return Limits(
        organisation=Policy("organisation", settings.rate_limit, seconds),
        web=Policy("web", settings.web_rate_limit, seconds),
        address=Policy("address", calls, MINUTE) if calls else None,
    )


def models_of(settings: Settings) -> tuple[str, ...]:
    """The names of the models that the workers ask: both must look in one place for what was answered."""
    models = {GEMINI: settings.gemini_model, OPENAI: settings.openai_model}
    return configured_names(settings.models_configured, models)


async def _welcome(signup_credits: int, tx: SystemTx, organisation_id: UUID) -> None:
    await credits_services.open_account(tx, organisation_id, signup_credits)
