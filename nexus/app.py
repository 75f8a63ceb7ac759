"""The API's root: builds the parts, hands them down, and opens the door."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from nexus import job_types
from nexus.accounts import (
    audit_routes,
    ending_routes,
    key_routes,
    session_routes,
    signin_routes,
    team_routes,
)
from nexus.accounts import routes as accounts_routes
from nexus.config import Environment, Settings
from nexus.core import preflight
from nexus.core.collector import set_apart_what_stays
from nexus.core.db import Database
from nexus.core.door import Door
from nexus.core.health import health_routes
from nexus.core.http import answer_errors
from nexus.core.lag import watch_loop
from nexus.core.listener import Listener
from nexus.core.openapi.document import DescribedAPI
from nexus.core.openapi.routes import description_routes
from nexus.core.queue import stop
from nexus.core.traced import Traced
from nexus.core.versions import ENDS, Endings, Ends
from nexus.core.watch import Watch, watched
from nexus.credits import routes as credits_routes
from nexus.house import House, build, hand_over
from nexus.jobs import routes as jobs_routes
from nexus.jobs import webhook_description
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.gauges import queue_figures
from nexus.jobs.routes import ANSWERS, work_on_offer
from nexus.payments import routes as payments_routes
from nexus.payments.desk import EVENT_BYTES
from nexus.webhooks import routes as webhooks_routes

POOL_SIZE = 16
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
LICENCE = {"name": "MIT License", "identifier": "MIT"}
SERVERS = [
    {
        "url": "{origin}",
        "description": "The platform of your operator.",
        "variables": {
            "origin": {
                "default": "http://127.0.0.1:8000",
                "description": "Scheme, host and port. The default is a platform on your own machine.",
            }
        },
    }
]
TAGS = [
    {"name": "work", "description": "Asking for work. It is paid for at once and done in the background."},
    {"name": "jobs", "description": "What became of it, and what kinds of work there are."},
    {"name": "credits", "description": "The balance, and the ledger that explains it."},
    {"name": "billing", "description": "Buying credits. Stripe takes the payment; its event brings the credits."},
    {"name": "webhooks", "description": "Your own servers, told of what happens. For admins."},
    {"name": "accounts", "description": "Who you are, your organisation, and its people."},
    {"name": "team", "description": "Members, invitations, and who did what. For admins."},
    {"name": "api-keys", "description": "What your programs sign in with."},
    {"name": "sign-in", "description": "From Google's word to an access token, and the life of a session."},
    {"name": "health", "description": "How the platform is. For those who run it; without a version."},
]


def create_app(
    settings: Settings, *, catalogue: Catalogue | None = None, pool_size: int = POOL_SIZE, ends: Ends = ENDS
) -> FastAPI:
    """Build the API from its settings."""
    catalogue = catalogue or Catalogue.of_package(job_types)
    house = build(settings, pool_size)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await house.redis.get_in_touch()
        watching = asyncio.create_task(watch_loop())
        yield
        await stop(watching)
        await house.close()

    app = DescribedAPI(
        title="NexusAPI",
        version=list(ANSWERS)[-1].removeprefix("v"),
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info=LICENCE,
        servers=SERVERS,
        openapi_url=None,
        redirect_slashes=False,  # Starlette makes such a redirect from the Host header
        lifespan=lifespan,
    )
    app.ends = ends
    in_production = settings.environment is Environment.PRODUCTION
    smaller = {payments_routes.EVENTS: EVENT_BYTES}
    app.add_middleware(Door, smaller, signin_routes.COOKIE_PATHS, only_https=in_production)
    if ends.by_path:
        app.add_middleware(Endings, ends)
    if settings.otlp_endpoint is not None:
        app.add_middleware(Traced)
    answer_errors(app)
    hand_over(app, settings, house, catalogue)
    _add_routes(app, settings, house, catalogue)
    return app


async def serve(settings: Settings, host: str, port: int, catalogue: Catalogue | None = None) -> None:
    """Run the API until it is told to stop. Raises NotReady when it cannot run cleanly."""
    with watched(Watch(settings.environment, settings.sentry_dsn, settings.otlp_endpoint, settings.trace_share), "api"):
        await _serve(settings, host, port, catalogue)


async def _serve(settings: Settings, host: str, port: int, catalogue: Catalogue | None) -> None:
    app = create_app(settings, catalogue=catalogue)
    await preflight.check(app.state.parts[Database])
    set_apart_what_stays()
    proxies = [str(one) for one in settings.trusted_proxies]
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Listener,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _told_before)
    await uvicorn.Server(config).serve()


def _told_before(*_: object) -> None:
    """Uvicorn has stopped for this signal, and raises it once more: what is still to be sent would be lost."""


def _add_routes(app: FastAPI, settings: Settings, house: House, catalogue: Catalogue) -> None:
    token = settings.metrics_token
    health = health_routes(house.vitals, [queue_figures(house.db)], token.get_secret_value() if token else None)
    accounts = (accounts_routes, team_routes, key_routes, session_routes, audit_routes, ending_routes, signin_routes)
    domains = (one.v1 for one in (jobs_routes, credits_routes, payments_routes, webhooks_routes, *accounts))
    for router in (work_on_offer(catalogue), *domains, health, description_routes(ANSWERS)):
        app.include_router(router)
    app.webhooks.include_router(webhook_description.webhooks)
