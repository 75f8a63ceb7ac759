"""
What a stack is made of: its options, the programs it runs, and the settings that those are given.

What the caller has set, in the environment or in `.env`, wins over everything that is made here.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from nexus.local.errors import LocalError
from nexus.local.passwords import Passwords
from nexus.local.ports import LOOPBACK, Wanted
from nexus.local.postgres import EmbeddedPostgres
from nexus.local.redis import EmbeddedRedis

PREFIX = "NEXUS_"
CLIENT_ID = "nexus-development"
MIGRATION_URL = "NEXUS_MIGRATION_DATABASE_URL"
DATABASE_URLS = ("NEXUS_DATABASE_URL", "NEXUS_SYSTEM_DATABASE_URL", MIGRATION_URL)
REDIS_URL = "NEXUS_REDIS_URL"
ISSUER = "NEXUS_GOOGLE_ISSUER"
WORKER_METRICS_PORT = "NEXUS_WORKER_METRICS_PORT"

WEB = Path(__file__).parent.parent.parent / "web"

Settings = dict[str, str]


@dataclass(frozen=True)
class Options:
    """What `nexus up` was asked for."""

    data_dir: Path
    api_port: int = 8000
    web_port: int = 3000
    idp_port: int = 9400
    api_replicas: int = 1
    workers: int = 1
    web: bool = True

    @property
    def log_dir(self) -> Path:
        """Where every process of the stack logs."""
        return self.data_dir / "logs"

    @property
    def api_ports(self) -> list[int]:
        """Replica n listens on `api_port + n`."""
        return [self.api_port + number for number in range(self.api_replicas)]


@dataclass(frozen=True)
class Programs:
    """The commands that are run as children; ports and folders are added to them. Tests give tiny ones."""

    migrate: tuple[str, ...] = (sys.executable, "-m", "nexus.cli", "migrate")
    api: tuple[str, ...] = (sys.executable, "-m", "nexus.cli", "api")
    worker: tuple[str, ...] = (sys.executable, "-m", "nexus.cli", "worker")
    identity_provider: tuple[str, ...] = (sys.executable, "-m", "nexus.local.identity_provider")
    web: tuple[str, ...] = ()  # nothing: the production build


def settings_of_caller(outer: Mapping[str, str], env_file: Path) -> Settings:
    """The NEXUS_* settings that the caller gave; the environment wins over the file, and empty means not given."""
    from_file = {name: value for name, value in dotenv_values(env_file).items() if value}
    given = from_file | {name: value for name, value in outer.items() if value}
    return {name: value for name, value in given.items() if name.startswith(PREFIX)}


def needs_postgres(given: Settings) -> bool:
    """Whether the embedded PostgreSQL is wanted. Raise LocalError if the caller names a part of another one."""
    missing = [name for name in DATABASE_URLS if name not in given]
    if missing and len(missing) < len(DATABASE_URLS):
        raise LocalError(
            f"A database of yours is named, but {' and '.join(missing)} is not set.",
            f"Set all of {', '.join(DATABASE_URLS)}, or none for the embedded server.",
        )
    return bool(missing)


def wanted_ports(options: Options, given: Settings) -> list[Wanted]:
    """The ports that must be free before anything starts."""
    ports = [
        Wanted(port, f"API {number}" if number else "API", "--api-port")
        for number, port in enumerate(options.api_ports)
    ]
    if ISSUER not in given:
        ports.append(Wanted(options.idp_port, "identity provider", "--idp-port"))
    if options.web:
        ports.append(Wanted(options.web_port, "web", "--web-port"))
    return ports


def settings_of_stack(
    options: Options, given: Settings, postgres: EmbeddedPostgres | None, redis: EmbeddedRedis | None
) -> Settings:
    """Every NEXUS_* setting of the children, the migration's own door included."""
    passwords = Passwords.of(options.data_dir)
    made = {
        "NEXUS_ENVIRONMENT": "development",
        "NEXUS_API_REPLICAS": str(options.api_replicas),
        "NEXUS_SECRET_KEYS": passwords.secret_key,
        "NEXUS_WEB_CLIENT_SECRET": passwords.web_client_secret,
        "NEXUS_WEB_URL": f"http://{LOOPBACK}:{options.web_port}",
    }
    if options.web:
        made["NEXUS_TRUSTED_PROXIES"] = LOOPBACK  # the web application says for whom it asks
    if ISSUER not in given:
        made[ISSUER] = f"http://{LOOPBACK}:{options.idp_port}"
        made["NEXUS_GOOGLE_CLIENT_ID"] = CLIENT_ID
        made["NEXUS_GOOGLE_CLIENT_SECRET"] = passwords.google_client_secret
    if postgres is not None:
        made["NEXUS_DATABASE_URL"] = postgres.url("nexus_app", passwords.nexus_app)
        made["NEXUS_SYSTEM_DATABASE_URL"] = postgres.url("nexus_system", passwords.nexus_system)
        made[MIGRATION_URL] = postgres.superuser_url
    if redis is not None:
        made[REDIS_URL] = redis.url
    return made | given | {"NEXUS_DATA_DIR": str(options.data_dir)}


def environment_of(settings: Settings) -> dict[str, str]:
    """A child's whole environment: the caller's, with these settings and no other NEXUS_* ones."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | settings


def without_migration(settings: Settings) -> Settings:
    """What all but the migration get: its role may do anything, and they need not."""
    return {name: value for name, value in settings.items() if name != MIGRATION_URL}


def of_worker(number: int, settings: Settings) -> Settings:
    """What worker n gets: it shows its metrics at the named port + n, as API replicas listen at theirs."""
    port = settings.get(WORKER_METRICS_PORT, "")
    return settings | {WORKER_METRICS_PORT: str(int(port) + number)} if port.isdecimal() else settings
