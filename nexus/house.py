"""What the API stands on: built from the settings, handed down to the routes, and left in order."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from fastapi import FastAPI

from nexus.accounts import (
    invitations,
)
from nexus.accounts import services as accounts_services
from nexus.accounts.archive import Archive, Section
from nexus.accounts.desk import Desk, Secrets
from nexus.accounts.google import Google
from nexus.accounts.key_book import KeyBook
from nexus.accounts.key_values import Hashes
from nexus.accounts.limits import FirstParty
from nexus.accounts.links import Links
from nexus.accounts.models import UserStatus
from nexus.accounts.postman import Postman
from nexus.accounts.reception import Reception
from nexus.accounts.schemas import Member
from nexus.accounts.signin import Welcome
from nexus.accounts.signin_routes import FlowCookies
from nexus.accounts.team_schemas import InvitationShown
from nexus.accounts.tokens import AccessTokens
from nexus.ai.configured import GEMINI, OPENAI, configured_names
from nexus.audit import services as audit_services
from nexus.audit.schemas import AuditEventShown
from nexus.audit.services import Wanted
from nexus.config import Environment, Settings
from nexus.core.db import Database, SystemTx
from nexus.core.health import Vitals
from nexus.core.idempotency import Memory
from nexus.core.parts import hand_down
from nexus.core.queue import Doorbell
from nexus.core.ratelimit import Limiter, Limits, Policy
from nexus.core.redis import QuickRedis
from nexus.core.sealing import Box
from nexus.credits import services as credits_services
from nexus.credits.schemas import Transaction
from nexus.jobs import reading as jobs_reading
from nexus.jobs.announcements import complete_body
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.desk import Desk as WorkDesk
from nexus.jobs.routes import Offer
from nexus.jobs.schemas import JobShown
from nexus.jobs.services import Terms
from nexus.payments.desk import Terms as SaleTerms
from nexus.payments.desk import Till
from nexus.payments.packs import Pack, Packs
from nexus.payments.stripe_api import StripeAPI, Ways
from nexus.webhooks import SECRETS
from nexus.webhooks import services as webhooks_services
from nexus.webhooks.desk import Desk as WebhookDesk
from nexus.webhooks.egress import Egress
from nexus.webhooks.schemas import WebhookShown

MINUTE = 60

SECTIONS = (
    Section("member", accounts_services.list_members, Member),
    Section("member", partial(accounts_services.list_members, status=UserStatus.REMOVED), Member),
    Section("invitation", invitations.list_invitations, InvitationShown),
    Section("job", jobs_reading.list_jobs, JobShown),
    Section("transaction", credits_services.list_transactions, Transaction),
    Section("webhook", webhooks_services.list_endpoints, WebhookShown),
    Section("audit_event", partial(audit_services.list_events, wanted=Wanted()), AuditEventShown),
)


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
    keys: KeyBook

    async def close(self) -> None:
        """Leave in order: the last rings and letters first."""
        await self.bell.close()
        await self.postman.close()
        await self.google.close()
        await self.till.close()
        await self.vitals.close()
        await self.redis.close()
        await self.egress.aclose()
        await self.keys.close()
        await self.db.close()


def build(settings: Settings, pool_size: int) -> House:
    """Build what the API stands on."""
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
    keys = KeyBook(db, [key.get_secret_value() for key in settings.secret_keys])
    return House(db, bell, google, Vitals(db, redis_url), redis, till_of(settings, db), egress, postman, keys)


def till_of(settings: Settings, db: Database) -> Till:
    """Where credits are bought; closed without Stripe's keys."""
    packs = Packs(Pack(one.price_id, one.name, one.credits, one.amount, one.currency) for one in settings.stripe_packs)
    back = f"{settings.web_url}/billing?checkout="
    terms = SaleTerms(
        packs,
        [one.get_secret_value() for one in settings.stripe_webhook_secret],
        Ways(f"{back}paid", f"{back}cancelled"),
        settings.support_contact,
    )
    return Till(db, stripe_of(settings), terms)


def stripe_of(settings: Settings) -> StripeAPI | None:
    """Stripe, if there is a key to ask it with."""
    key = settings.stripe_api_key
    return None if key is None else StripeAPI(key.get_secret_value(), settings.stripe_api_base)


def hand_over(app: FastAPI, settings: Settings, house: House, catalogue: Catalogue) -> None:
    """Build what the routes ask for, and hand it down to them."""
    keys = [key.get_secret_value() for key in settings.secret_keys]
    web = FirstParty(settings.web_client_secret)
    secrets = Secrets(keys, web, settings.refresh_token_days, settings.web_url)
    tokens = AccessTokens(keys, settings.access_token_seconds)
    terms = Terms(settings.job_attempts, settings.job_deadline_seconds)
    cache = Cache(house.redis, models_of(settings), settings.cache_seconds, offline=settings.offline_allowed)
    offer = Offer(
        catalogue, bool(settings.models_configured), WorkDesk(cache, terms), offline_allowed=settings.offline_allowed
    )
    limiter, limits = Limiter(house.redis, settings.api_replicas), limits_of(settings)
    webhooks = WebhookDesk(house.egress, Box(keys, SECRETS), complete_body)
    in_development = settings.environment is Environment.DEVELOPMENT
    links = Links(keys, settings.web_url)
    flow_cookies = FlowCookies(keys, only_https=not in_development)
    reception = Reception(house.db, links, house.postman, allow_test_domains=in_development)
    welcome = Welcome(partial(_welcome, settings.signup_credits), reception.tell_admins)
    desk = Desk(house.db, house.google, tokens, secrets, welcome)
    hand_down(app, house.db, house.google, tokens, desk, flow_cookies, Memory(keys), offer)
    archive = Archive(house.db, limits, SECTIONS)
    hand_down(app, limiter, limits, web, house.keys, Hashes(keys), webhooks, house.till, reception, archive)


def limits_of(settings: Settings) -> Limits:
    """How much is allowed in which window."""
    seconds, calls = settings.rate_window_seconds, settings.calls_per_address
    return Limits(
        organisation=Policy("organisation", settings.rate_limit, seconds),
        web=Policy("web", settings.web_rate_limit, seconds),
        status=Policy("status", settings.status_rate_limit, seconds),
        address=Policy("address", calls, MINUTE) if calls else None,
    )


def models_of(settings: Settings) -> tuple[str, ...]:
    """The names of the models that the workers ask: both must look in one place for what was answered."""
    models = {GEMINI: settings.gemini_model, OPENAI: settings.openai_model}
    return configured_names(settings.models_configured, models)


async def _welcome(signup_credits: int, tx: SystemTx, organisation_id: UUID) -> None:
    await credits_services.open_account(tx, organisation_id, signup_credits)
