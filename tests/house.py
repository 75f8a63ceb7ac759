"""What the tests stand on: a real PostgreSQL and Redis, the development identity provider, and doors to the API."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from fastapi import FastAPI

from nexus.app import create_app
from nexus.config import Settings
from nexus.jobs.catalogue import Catalogue
from nexus.local.identity_provider import Provider
from nexus.local.identity_provider import create_app as create_identity_provider
from nexus.local.ports import free_port
from nexus.local.postgres import EmbeddedPostgres
from nexus.local.redis import EmbeddedRedis
from tests.pooled.pooler import THROUGH, pooled

ROOT = Path(__file__).parent.parent
CLIENT_ID, CLIENT_SECRET = "nexus-tests", "a client secret that only the tests know"
SECRET_KEY = "a signing key that only the tests know and nobody else"
NOBODY_THERE = "127.0.0.1:9"  # a receiver that is allowed, and that nobody is
OUT_OF_REACH = 1_000_000  # calls in a window: the limit has tests of its own
WEB_CLIENT_SECRET = "a web client secret that only the tests know"


@dataclass(frozen=True)
class Servers:
    """The servers of a test run, and the settings that lead to them."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    idp: str
    settings: Settings
    environment: dict[str, str]

    @property
    def superuser_url(self) -> str:
        """For looking at what really stands in the tables, past every policy."""
        return self.postgres.superuser_url


@dataclass
class Person:
    """Somebody who is signed in, with a door of their own."""

    email: str
    api: httpx.AsyncClient
    pair: dict[str, Any] = field(repr=False)

    @property
    def organisation_id(self) -> UUID:
        """Whose they are."""
        return UUID(self.pair["organisation"]["id"])

    @property
    def user_id(self) -> UUID:
        """Who they are."""
        return UUID(self.pair["user"]["id"])

    @property
    def domain(self) -> str:
        """Their organisation's domain."""
        return self.email.partition("@")[2]


@contextmanager
def run_servers(folder: Path) -> Iterator[Servers]:
    """Start what the tests stand on, with a migrated schema."""
    postgres, redis = EmbeddedPostgres(folder, folder / "logs"), EmbeddedRedis(folder, folder / "logs")
    postgres.start()
    redis.start()
    try:
        with identity_provider(folder) as idp:
            environment = environment_of(postgres, redis, idp)
            migrate(environment)
            with pooled(environment) if THROUGH in os.environ else nullcontext(environment) as environment:
                yield Servers(postgres, redis, idp, settings_of(environment), environment)
    finally:
        redis.stop()
        postgres.stop()


def environment_of(postgres: EmbeddedPostgres, redis: EmbeddedRedis, idp: str) -> dict[str, str]:
    """The settings of a process that is to work with these servers."""
    address = postgres.superuser_url.partition("@")[2]
    return {
        "NEXUS_ENVIRONMENT": "development",
        "NEXUS_MIGRATION_DATABASE_URL": postgres.superuser_url,
        "NEXUS_DATABASE_URL": f"postgresql://nexus_app:app@{address}",
        "NEXUS_SYSTEM_DATABASE_URL": f"postgresql://nexus_system:system@{address}",
        "NEXUS_REDIS_URL": redis.url,
        "NEXUS_SECRET_KEYS": SECRET_KEY,
        "NEXUS_RATE_LIMIT": str(OUT_OF_REACH),
        "NEXUS_WEB_CLIENT_SECRET": WEB_CLIENT_SECRET,
        "NEXUS_GOOGLE_ISSUER": idp,
        "NEXUS_GOOGLE_CLIENT_ID": CLIENT_ID,
        "NEXUS_GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        "NEXUS_WEBHOOK_ALLOWED_HOSTS": NOBODY_THERE,
    }


def settings_of(environment: dict[str, str], **changed: Any) -> Settings:
    """Settings as a process with this environment reads them."""
    given = {name.removeprefix("NEXUS_").lower(): value for name, value in environment.items()}
    return Settings(**{"environment": "development", **given, **changed})


def migrate(environment: dict[str, str]) -> None:
    """Run `nexus migrate`, as an operator would."""
    nexus("migrate", environment=environment)


def nexus(
    *arguments: str, environment: dict[str, str], status: int = 0, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command of the console script in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", *arguments],
        env=clean_environment() | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def clean_environment() -> dict[str, str]:
    """This process's environment without any setting of the product; a child imports this checkout wherever it runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without cached bytecode a child compiles for seconds
    return environment | {"PYTHONPATH": str(ROOT)}


@contextmanager
def identity_provider(folder: Path) -> Iterator[str]:
    """Run the development identity provider in a thread."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_identity_provider(Provider(url, CLIENT_ID, CLIENT_SECRET, folder))
    with serve_in_thread(uvicorn.Config(app, port=port, log_config=None, lifespan="off")):
        yield url


@contextmanager
def serve_in_thread(config: uvicorn.Config) -> Iterator[None]:
    """Run a server on loopback in a thread, from when it answers."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        await_server(f"http://127.0.0.1:{config.port}")
        yield
    finally:
        server.should_exit = True
        thread.join()


def await_server(url: str, seconds: float = 20) -> None:
    """Wait until something answers there. Raises httpx.TransportError when nothing has by then."""
    last = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > last:
                raise
        else:
            return
        time.sleep(0.05)


@asynccontextmanager
async def run_app(settings: Settings, catalogue: Catalogue | None = None, pool_size: int = 8) -> AsyncIterator[FastAPI]:
    """The API in this process, its lifespan included."""
    app = create_app(settings, catalogue=catalogue, pool_size=pool_size)
    async with app.router.lifespan_context(app):
        yield app


def door(app: FastAPI) -> httpx.AsyncClient:
    """A client of this app."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test/v1")


async def id_token(idp: str, email: str, **said: Any) -> str:
    """An ID token of the development identity provider."""
    async with httpx.AsyncClient(trust_env=False) as client:
        asked = json.dumps({"email": email, **said})  # httpx itself refuses what hostile tokens hold
        answer = await client.post(f"{idp}/dev/id-token", content=asked)
        token: str = answer.raise_for_status().json()["id_token"]
        return token


async def sign_in(api: httpx.AsyncClient, idp: str, email: str, **said: Any) -> Person:
    """Sign somebody in through the real route, and give them the door with their token on it."""
    answer = await api.post("/auth/google", json={"id_token": await id_token(idp, email, **said)})
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    own = httpx.AsyncClient(
        transport=api._transport,  # noqa: SLF001 - the same app, with another header
        base_url=api.base_url,
        headers={"Authorization": f"Bearer {pair['access_token']}"},
    )
    return Person(email, own, pair)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """How a problem document refuses: its status and code."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def some_domain() -> str:
    """A domain that nobody has used yet."""
    return f"{uuid4().hex[:12]}.test"


async def wait_for(found: Any, seconds: float = 20) -> Any:
    """Ask again until the answer is true; it."""
    async with asyncio.timeout(seconds):
        while not (answer := await found()):
            await asyncio.sleep(0.02)
        return answer
