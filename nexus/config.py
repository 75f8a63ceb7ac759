"""
Every setting of the product, typed. Read by the roots (app, worker, cli) only.

Each is an environment variable with the prefix `NEXUS_`; `.env.example` says what it is for. A setting
that is wrong stops the process before it does anything, with a sentence that names it.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, IPvAnyNetwork, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from nexus import production_rules as rules
from nexus.config_values import (
    DAY,
    MAX_COUNT,
    WEEK,
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
from nexus.hosts import split_address
from nexus.keep_days import KeepDays
from nexus.production_rules import MIN_SECRET_LENGTH

ADDRESS_RATE_LIMIT = 60  # calls a minute, in production
GOOGLE = "https://accounts.google.com"

PROVIDERS = ("gemini", "openai", "offline")
MAIL_SCHEMES = ("smtp", "smtps")
SENDER = re.compile(r"([^<>@\x00-\x1f]* )?<?[^<>@\s]+@[^<>@\s]+>?")


class Environment(StrEnum):
    """Where the process runs: production refuses everything that is only for development."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(KeepDays):
    """What the environment says. Values without a default must be set."""

    model_config = SettingsConfigDict(
        env_prefix="NEXUS_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    environment: Environment  # no default: a process that was told nothing must not take itself for a developer's
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    api_replicas: Annotated[int, Field(gt=0, le=1000)] = 1

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
    refresh_token_days: Annotated[int, Field(gt=0, le=366)] = 30

    web_url: HttpAddress = "http://127.0.0.1:3000"
    support_contact: SupportContact | None = None
    smtp_url: SecretStr | None = None
    smtp_from: str | None = None

    signup_credits: Annotated[int, Field(ge=0, le=MAX_COUNT)] = 100

    rate_limit: Positive = 100
    rate_window_seconds: Annotated[int, Field(gt=0, le=WEEK)] = 900
    web_rate_limit: Positive = 600
    status_rate_limit: Positive = 2000
    address_rate_limit: Annotated[int, Field(ge=0, le=MAX_COUNT)] | None = None
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    cache_seconds: Annotated[int, Field(gt=0, le=30 * DAY)] = 3600

    job_attempts: Annotated[int, Field(gt=0, le=100)] = 3
    job_retry_seconds: Seconds = 5
    job_lease_seconds: SomeSeconds = 30
    job_heartbeat_seconds: SomeSeconds = 10
    job_deadline_seconds: SomeSeconds = 900
    sweep_seconds: SomeSeconds = 5

    webhook_retry_seconds: Annotated[tuple[Seconds, ...], NoDecode, Field(max_length=20)] = (5, 25, 125)
    webhook_allowed_hosts: Annotated[tuple[Annotated[str, AfterValidator(loopback_pair)], ...], NoDecode] = ()

    providers: Listed = ("gemini", "openai")
    gemini_api_key: SecretStr | None = None
    gemini_model: str = "gemini-3.5-flash-lite"
    gemini_base_url: HttpAddress | None = None
    openai_api_key: SecretStr | None = None
    openai_model: str | None = None
    openai_base_url: HttpAddress | None = None

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
        if not keys or min(map(len, keys)) < MIN_SECRET_LENGTH:
            raise ValueError(
                f"NEXUS_SECRET_KEYS: give at least one key; each needs {MIN_SECRET_LENGTH} characters or more"
            )
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
        if split_address(self.smtp_url.get_secret_value()) is None or server.scheme not in MAIL_SCHEMES:
            raise ValueError("NEXUS_SMTP_URL: give an address like smtps://user:password@mail.example.com:465")
        if not self.smtp_from or not SENDER.fullmatch(self.smtp_from):
            raise ValueError("NEXUS_SMTP_FROM: say from whom mail comes: NexusAPI <nexus@example.com>")
        return self

    @model_validator(mode="after")
    def _web_can_be_linked_to(self) -> Self:
        web = urlsplit(self.web_url)
        if web.query or web.fragment:
            raise ValueError("NEXUS_WEB_URL: give an address like https://nexus.example.com")
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
    def _production_is_safe(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            wrong = [sentence for sentence in self._refused_in_production() if sentence]
            if wrong:
                raise ValueError("\n".join(wrong))
        return self

    def _refused_in_production(self) -> Iterator[str | None]:
        """What is only for development, or would do harm: a sentence each."""
        yield from self._refused_secrets()
        yield rules.public_https("NEXUS_GOOGLE_ISSUER", self.google_issuer)
        yield rules.public_https("NEXUS_STRIPE_API_BASE", self.stripe_api_base)
        if "web_url" in self.model_fields_set or self.smtp_url or self.stripe_api_key:
            yield rules.opened_by_people("NEXUS_WEB_URL", self.web_url)
        yield rules.safe_to_call("NEXUS_GEMINI_BASE_URL", self.gemini_base_url)
        yield rules.safe_to_call("NEXUS_OPENAI_BASE_URL", self.openai_base_url)
        yield rules.safe_to_call("NEXUS_SENTRY_DSN", self.sentry_dsn)
        yield rules.safe_to_call("NEXUS_OTLP_ENDPOINT", self.otlp_endpoint)
        yield rules.encrypted_database("NEXUS_DATABASE_URL", self.database_url)
        yield rules.encrypted_database("NEXUS_SYSTEM_DATABASE_URL", self.system_database_url)
        yield rules.encrypted_database("NEXUS_MIGRATION_DATABASE_URL", self.migration_database_url)
        yield rules.encrypted_redis("NEXUS_REDIS_URL", self.redis_url.get_secret_value())
        yield rules.proxies("NEXUS_TRUSTED_PROXIES", self.trusted_proxies)
        if self.webhook_allowed_hosts:
            yield "NEXUS_WEBHOOK_ALLOWED_HOSTS is for tests; production refuses to start with it"

    def _refused_secrets(self) -> Iterator[str | None]:
        if self.metrics_token is None:
            yield "NEXUS_METRICS_TOKEN: production wants one, so that no stranger reads the metrics"
        own = {
            "NEXUS_SECRET_KEYS": self.secret_keys,
            "NEXUS_WEB_CLIENT_SECRET": (self.web_client_secret,),
            "NEXUS_METRICS_TOKEN": (self.metrics_token,),
        }
        for name, secrets in own.items():
            yield from (rules.own_secret(name, secret) for secret in secrets)
        yield rules.different_secrets(
            {name: [one.get_secret_value() for one in secrets if one] for name, secrets in own.items()}
        )
        yield rules.no_placeholder("NEXUS_GOOGLE_CLIENT_ID", self.google_client_id)
        yield rules.issued_secret("NEXUS_GOOGLE_CLIENT_SECRET", self.google_client_secret)
        if self.gemini_base_url is None:  # a server of the operator's own may take any key
            yield rules.issued_secret("NEXUS_GEMINI_API_KEY", self.gemini_api_key)
        if self.openai_base_url is None:
            yield rules.issued_secret("NEXUS_OPENAI_API_KEY", self.openai_api_key)
        yield rules.sold_for_money("NEXUS_STRIPE_API_KEY", self.stripe_api_key)
        for secret in self.stripe_webhook_secret:
            yield rules.issued_secret("NEXUS_STRIPE_WEBHOOK_SECRET", secret)
        mail = urlsplit(self.smtp_url.get_secret_value()) if self.smtp_url else None
        yield rules.no_placeholder("NEXUS_SMTP_URL", unquote(mail.password or "") if mail else None)
