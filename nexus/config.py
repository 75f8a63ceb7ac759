"""
Every setting of the product, typed. Read by the roots (app, worker, cli) only.

Each is an environment variable with the prefix `NEXUS_`; `.env.example` says what it is for. A setting
that is wrong stops the process before it does anything, with a sentence that names it.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, IPvAnyNetwork, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from nexus.config_values import (
    Dsn,
    HttpAddress,
    Listed,
    PackSold,
    Port,
    Positive,
    PostgresAddress,
    RedisAddress,
    Seconds,
    Share,
    SomeSeconds,
    SupportContact,
    loopback_pair,
    read_packs,
)
from nexus.keep_days import KeepDays

SHORTEST_KEY = 32  # characters; RFC 7518 section 3.2 asks HS256 for a key of at least its 256-bit hash
ADDRESS_RATE_LIMIT = 60  # calls a minute, in production
GOOGLE = "https://accounts.google.com"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

PROVIDERS = ("gemini", "openai", "offline")
MAIL_SCHEMES = ("smtp", "smtps")
SENDER = re.compile(r"([^<>@\x00-\x1f]* )?<?[^<>@\s]+@[^<>@\s]+>?")
TEST_KEYS = ("sk_test_", "rk_test_")  # Stripe's: nobody pays with them


class Environment(StrEnum):
    """Where the process runs: production refuses everything that is only for development."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(KeepDays):
    """What the environment says. Values without a default must be set."""

    model_config = SettingsConfigDict(
        env_prefix="NEXUS_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    environment: Environment = Environment.DEVELOPMENT
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    api_replicas: Positive = 1

    database_url: PostgresAddress = Field(repr=False)  # there is a password in it
    system_database_url: PostgresAddress = Field(repr=False)
    migration_database_url: PostgresAddress | None = Field(default=None, repr=False)
    redis_url: RedisAddress

    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode]
    google_issuer: str = GOOGLE
    google_client_id: str
    google_client_secret: SecretStr
    web_client_secret: SecretStr | None = None
    access_token_seconds: Annotated[int, Field(gt=0, le=900)] = 900
    refresh_token_days: Positive = 30

    web_url: HttpAddress = "http://127.0.0.1:3000"
    support_contact: SupportContact | None = None
    smtp_url: SecretStr | None = None
    smtp_from: str | None = None

    signup_credits: Annotated[int, Field(ge=0)] = 100

    rate_limit: Positive = 100
    rate_window_seconds: Positive = 900
    web_rate_limit: Positive = 2000
    address_rate_limit: Annotated[int, Field(ge=0)] | None = None
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    cache_seconds: Positive = 3600

    job_attempts: Positive = 3
    job_retry_seconds: Seconds = 5
    job_lease_seconds: SomeSeconds = 30
    job_heartbeat_seconds: SomeSeconds = 10
    job_deadline_seconds: SomeSeconds = 900
    sweep_seconds: SomeSeconds = 5

    webhook_retry_seconds: Annotated[tuple[Seconds, ...], NoDecode] = (5, 25, 125)
    webhook_allowed_hosts: Annotated[tuple[Annotated[str, AfterValidator(loopback_pair)], ...], NoDecode] = ()

    providers: Listed = ("gemini", "openai")
    gemini_api_key: SecretStr | None = None
    gemini_model: str = "gemini-2.5-flash"
    gemini_base_url: str | None = None
    openai_api_key: SecretStr | None = None
    openai_model: str | None = None
    openai_base_url: str | None = None

    stripe_api_key: SecretStr | None = None
    stripe_webhook_secret: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    stripe_api_base: HttpAddress | None = None
    stripe_packs: Annotated[tuple[PackSold, ...], NoDecode] = ()

    sentry_dsn: Dsn | None = Field(default=None, repr=False)  # whoever has it may send events
    metrics_token: SecretStr | None = None
    worker_metrics_port: Port | None = None
    otlp_endpoint: HttpAddress | None = None
    trace_share: Share = 0.1

    @field_validator(
        "secret_keys",
        "stripe_webhook_secret",
        "trusted_proxies",
        "webhook_retry_seconds",
        "webhook_allowed_hosts",
        "providers",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        """Read a comma-separated list."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("stripe_packs", mode="before")
    @classmethod
    def _read_packs(cls, value: object) -> object:
        """Read a comma-separated list of packs."""
        return read_packs(value) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        """Take `info` for `INFO`."""
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _keys_are_long(self) -> Self:
        keys = [key.get_secret_value() for key in self.secret_keys]
        if not keys or min(map(len, keys)) < SHORTEST_KEY:
            raise ValueError(f"NEXUS_SECRET_KEYS: give at least one key; each needs {SHORTEST_KEY} characters or more")
        return self

    @model_validator(mode="after")
    def _heartbeat_renews_the_lease_in_time(self) -> Self:
        if self.job_heartbeat_seconds * 2 > self.job_lease_seconds:
            raise ValueError("NEXUS_JOB_HEARTBEAT_SECONDS must be at most half of NEXUS_JOB_LEASE_SECONDS")
        return self

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        if self.smtp_url is None:
            return self
        server = urlsplit(self.smtp_url.get_secret_value())
        if server.scheme not in MAIL_SCHEMES or not server.hostname:
            raise ValueError("NEXUS_SMTP_URL: give an address like smtps://user:password@mail.example.com:465")
        if not self.smtp_from or not SENDER.fullmatch(self.smtp_from):
            raise ValueError("NEXUS_SMTP_FROM: say from whom mail comes: NexusAPI <nexus@example.com>")
        return self

    @model_validator(mode="after")
    def _web_can_be_linked_to(self) -> Self:
        web = urlsplit(self.web_url)
        if web.query or web.fragment:
            raise ValueError("NEXUS_WEB_URL: give an address like https://nexus.example.com")
        leads_there = self.smtp_url or self.stripe_api_key
        if self.environment is Environment.PRODUCTION and leads_there and not _is_public(self.web_url):
            raise ValueError("NEXUS_WEB_URL: production sends people to an address with https, not on this machine")
        return self

    @model_validator(mode="after")
    def _providers_are_known(self) -> Self:
        if not self.providers or len(set(self.providers)) < len(self.providers) or set(self.providers) - set(PROVIDERS):
            raise ValueError(f"NEXUS_PROVIDERS: name one or more of {', '.join(PROVIDERS)}, each once, in their order")
        if (self.openai_api_key or self.openai_base_url) and not self.openai_model:
            raise ValueError("NEXUS_OPENAI_MODEL: name the model that the OpenAI-compatible server is to use")
        return self

    @property
    def host(self) -> str:
        """Where a process listens: on this machine alone in development, on every address of a container."""
        everywhere = "0.0.0.0"  # noqa: S104 - a container's own  # nosec B104
        return everywhere if self.environment is Environment.PRODUCTION else "127.0.0.1"

    @property
    def models_configured(self) -> tuple[str, ...]:
        """The providers of language models that can be asked, in their order."""
        there = {
            "gemini": bool(self.gemini_api_key),
            "openai": bool(self.openai_model and (self.openai_api_key or self.openai_base_url)),
        }
        return tuple(name for name in self.providers if there.get(name))

    @property
    def offline_allowed(self) -> bool:
        """Whether work may be done without a language model: as the last resort, or where there is none to ask."""
        return "offline" in self.providers or not self.models_configured

    @property
    def calls_per_address(self) -> int:
        """How many calls a minute one address may make before sign-in; 0 is as many as it likes."""
        if self.address_rate_limit is not None:
            return self.address_rate_limit
        return ADDRESS_RATE_LIMIT if self.environment is Environment.PRODUCTION else 0

    @model_validator(mode="after")
    def _production_is_earnest(self) -> Self:
        if self.environment is not Environment.PRODUCTION:
            return self
        issuer = urlsplit(self.google_issuer)
        if issuer.scheme != "https" or issuer.hostname in LOOPBACK:
            raise ValueError("NEXUS_GOOGLE_ISSUER: production takes no development issuer; use " + GOOGLE)
        if self.webhook_allowed_hosts:
            raise ValueError("NEXUS_WEBHOOK_ALLOWED_HOSTS is for tests; production refuses to start with it")
        if self.metrics_token is None or len(self.metrics_token.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"NEXUS_METRICS_TOKEN: production wants one of {SHORTEST_KEY} characters or more")
        if any(one.prefixlen == 0 for one in self.trusted_proxies):
            raise ValueError("NEXUS_TRUSTED_PROXIES: whoever believes everybody lets callers choose their own address")
        if self.web_client_secret is not None and len(self.web_client_secret.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"NEXUS_WEB_CLIENT_SECRET needs {SHORTEST_KEY} characters or more")
        return self

    @model_validator(mode="after")
    def _production_sells_for_money(self) -> Self:
        if self.environment is not Environment.PRODUCTION or self.stripe_api_key is None:
            return self
        if self.stripe_api_key.get_secret_value().startswith(TEST_KEYS):
            raise ValueError("NEXUS_STRIPE_API_KEY: production takes no test key, with which nobody pays")
        if any(len(one.get_secret_value()) < SHORTEST_KEY for one in self.stripe_webhook_secret):
            raise ValueError(f"NEXUS_STRIPE_WEBHOOK_SECRET: each needs {SHORTEST_KEY} characters or more")
        if self.stripe_api_base is not None and not _is_public(self.stripe_api_base):
            raise ValueError("NEXUS_STRIPE_API_BASE: production takes no address on this machine, or without https")
        return self


def _is_public(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" and parts.hostname not in LOOPBACK
