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
from nexus.accounts import audit_routes, ending_routes, invitations, signin_routes, team_routes
from nexus.accounts import routes as accounts_routes
from nexus.accounts import services as accounts_services
from nexus.accounts.archive import Archive, Section
from nexus.accounts.desk import Desk, Secrets
from nexus.accounts.google import Google
from nexus.accounts.limits import FirstParty
from nexus.accounts.links import Links
from nexus.accounts.models import UserStatus
from nexus.accounts.postman import Postman
from nexus.accounts.reception import Reception
from nexus.accounts.schemas import Member
from nexus.accounts.signin_routes import FlowCookies
from nexus.accounts.team_schemas import InvitationShown
from nexus.accounts.tokens import AccessTokens
from nexus.ai.configured import GEMINI, OPENAI, configured_names
from nexus.audit import services as audit_services
from nexus.audit.schemas import AuditEventShown
from nexus.audit.services import Wanted
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
from nexus.core.sealing import Box
from nexus.core.versions import ENDS, Endings, Ends
from nexus.credits import routes as credits_routes
from nexus.credits import services as credits_services
from nexus.credits.schemas import Transaction
from nexus.jobs import findings, lookout
from nexus.jobs import reading as jobs_reading
from nexus.jobs import routes as jobs_routes
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.desk import Desk as WorkDesk
from nexus.jobs.routes import ANSWERS, Offer, work_on_offer
from nexus.jobs.schemas import JobShown
from nexus.jobs.services import Terms
from nexus.payments import routes as payments_routes
from nexus.payments.desk import EVENT_BYTES, Till
from nexus.payments.desk import Terms as SaleTerms
from nexus.payments.packs import Pack, Packs
from nexus.payments.stripe_api import StripeAPI, Ways
from nexus.webhooks import SECRETS
from nexus.webhooks import routes as webhooks_routes
from nexus.webhooks import services as webhooks_services
from nexus.webhooks.desk import Desk as WebhookDesk
from nexus.webhooks.egress import Egress
from nexus.webhooks.schemas import WebhookShown

SECTIONS = (
    Section("member", accounts_services.list_members, Member),
    Section("member", partial(accounts_services.list_members, status=UserStatus.REMOVED), Member),
    Section("invitation", invitations.list_invitations, InvitationShown),
    Section("job", partial(jobs_reading.list_jobs, status=None, job_type=None), JobShown),
    Section("transaction", credits_services.list_transactions, Transaction),
    Section("webhook", webhooks_services.list_endpoints, WebhookShown),
    Section("audit_event", partial(audit_services.list_events, wanted=Wanted()), AuditEventShown),
)
POOL_SIZE = 16
MINUTE = 60
STOP_SECONDS = 8  # Cloud Run kills ten seconds after it asks

DESCRIPTION = """\
Organisations sign in with Google, share a balance of credits, and ask for AI work that is done in the background.
Ask with `POST`, keep the `job_id`, and read the job until it is `completed` or `failed`; a job that fails gives its
credits back.

Send an access token as `Authorization: Bearer …`. Bodies are JSON, at most 1 MB. Times are RFC 3339 in UTC, ids are
UUIDs, and lists come a page at a time, newest first. Whatever goes wrong is answered as `application/problem+json`,
with a `code` that programs can rely on. A path that does not exist answers 404 `not_found`, a method that it does not
take 405 `method_not_allowed`.

A request that creates or spends may carry an `Idempotency-Key`: sent again with the same key it does nothing twice.

A version stands in the path. What a newer version leaves as it was is not repeated there: whoever asks for work at
`/v2` reads their jobs at `/v1/jobs`.
"""
TAGS = [
    {"name": "work", "description": "Asking for work. It is paid for at once and done in the background."},
    {"name": "jobs", "description": "What became of it, and what kinds of work there are."},
    {"name": "credits", "description": "The balance, and the ledger that explains it."},
    {"name": "billing", "description": "Buying credits. Stripe takes the payment; its event brings the credits."},
    {"name": "webhooks", "description": "Your own servers, told of what happens. For admins."},
    {"name": "accounts", "description": "Who you are, your organisation, and its people."},
    {"name": "team", "description": "Members, invitations, and who did what. For admins."},
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
    till: Till
    egress: Egress
    postman: Postman

    async def close(self) -> None:
        """Leave in order: the last rings and letters first."""
        await self.bell.close()
        await self.postman.close()
        await self.google.close()
        await self.till.close()
        await self.vitals.close()
        await self.redis.close()
        await self.egress.aclose()
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
    app.add_middleware(Door, {payments_routes.EVENTS: EVENT_BYTES})
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
    mail = settings.smtp_url
    postman = Postman(mail.get_secret_value() if mail else None, settings.smtp_from)
    redis, egress = QuickRedis(redis_url), Egress(settings.webhook_allowed_hosts)
    return House(db, bell, google, Vitals(db, redis_url), redis, till_of(settings, db), egress, postman)


def till_of(settings: Settings, db: Database) -> Till:
    """Where credits are bought; closed without Stripe's keys."""
    packs = Packs(Pack(one.price_id, one.name, one.credits, one.amount, one.currency) for one in settings.stripe_packs)
    back = f"{settings.web_url}/billing?checkout="
    terms = SaleTerms(
        packs,
        [one.get_secret_value() for one in settings.stripe_webhook_secret],
        Ways(f"{back}paid", f"{back}cancelled"),
    )
    return Till(db, stripe_of(settings), terms)


def stripe_of(settings: Settings) -> StripeAPI | None:
    """Stripe, if there is a key to ask it with."""
    key = settings.stripe_api_key
    return None if key is None else StripeAPI(key.get_secret_value(), settings.stripe_api_base)


def _hand_down(app: FastAPI, settings: Settings, house: House, catalogue: Catalogue) -> None:
    keys = [key.get_secret_value() for key in settings.secret_keys]
    web = settings.web_client_secret
    secrets = Secrets(keys, web.get_secret_value() if web else None, settings.refresh_token_days, settings.web_url)
    tokens = AccessTokens(keys, settings.access_token_seconds)
    desk = Desk(house.db, house.google, tokens, secrets, partial(_welcome, settings.signup_credits))
    terms = Terms(settings.job_attempts, settings.job_deadline_seconds)
    cache = Cache(house.redis, models_of(settings), settings.cache_seconds, offline=settings.offline_allowed)
    offer = Offer(
        catalogue, bool(settings.models_configured), WorkDesk(cache, terms), offline_allowed=settings.offline_allowed
    )
    limiter, limits = Limiter(house.redis, settings.api_replicas), limits_of(settings)
    webhooks = WebhookDesk(house.egress, Box(keys, SECRETS))
    in_development = settings.environment is Environment.DEVELOPMENT
    links = Links(keys, settings.web_url)
    reception = Reception(house.db, links, house.postman, allow_test_domains=in_development)
    hand_down(app, house.db, house.google, tokens, desk, FlowCookies(keys), Memory(keys), offer)
    hand_down(
        app, limiter, limits, FirstParty(web), webhooks, house.till, reception, Archive(house.db, limits, SECTIONS)
    )


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
    accounts = (accounts_routes.v1, team_routes.v1, audit_routes.v1, ending_routes.v1, signin_routes.v1)
    domains = (jobs_routes.v1, credits_routes.v1, payments_routes.v1, webhooks_routes.v1, *accounts)
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
