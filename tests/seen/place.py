"""API and worker as processes, watched in every way that there is, and all that they told anybody."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from nexus.local.ports import free_port
from tests.ai.openai_server import OpenAIServer, openai_server
from tests.house import CLIENT_SECRET, SECRET_KEY, WEB_CLIENT_SECRET, Person, Servers, sign_in, some_domain
from tests.jobs.floor import HASTE, Floor, Process
from tests.migrations.scratch import Scratch, scratch_database
from tests.payments.stripe_server import StripeServer, stripe_server
from tests.seen.otlp_server import Collector, collector
from tests.seen.sentry_server import SentryServer, sentry_server
from tests.webhooks.receiver import Receiver, a_receiver

MODEL = "a-model"
METRICS_TOKEN = "a metrics token that only the tests know"


@dataclass
class Place:
    """Everything that runs, and everybody who is told."""

    scratch: Scratch
    floor: Floor
    api: Process
    worker: Process
    worker_port: int
    sentry: SentryServer
    collector: Collector
    model: OpenAIServer
    receiver: Receiver
    stripe: StripeServer
    idp: str

    @asynccontextmanager
    async def somebody(self, name: str = "ann") -> AsyncIterator[Person]:
        """The admin of a new organisation."""
        async with httpx.AsyncClient(base_url=f"{self.api.url}/v1", trust_env=False, timeout=30) as client:
            yield await sign_in(client, self.idp, f"{name}@{some_domain()}")

    def lines(self) -> list[dict[str, Any]]:
        """Every line of both logs. Each must be a JSON object."""
        logs = (self.api.log, self.worker.log)
        return [json.loads(line) for log in logs for line in log.read_text().splitlines()]

    async def told(self) -> dict[str, bytes]:
        """All that left the processes to whoever watches them, by where it is read."""
        token = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        async with httpx.AsyncClient(trust_env=False) as client:
            shown = [await client.get(f"{url}/metrics", headers=token) for url in (self.api.url, self.worker_url)]
        return {
            "the log of the API": self.api.log.read_bytes(),
            "the log of the worker": self.worker.log.read_bytes(),
            "Sentry": b"\n".join(self.sentry.raw),
            "the traces": b"\n".join(self.collector.raw),
            "the metrics": b"\n".join(answer.raise_for_status().content for answer in shown),
        }

    @property
    def worker_url(self) -> str:
        """Where the worker shows its metrics."""
        return f"http://127.0.0.1:{self.worker_port}"

    @property
    def secrets(self) -> set[str]:
        """What stands in the settings and nowhere else."""
        passwords = {self.scratch.environment["NEXUS_DATABASE_URL"].partition("://")[2].partition("@")[0]}
        known = {SECRET_KEY, WEB_CLIENT_SECRET, CLIENT_SECRET, METRICS_TOKEN, self.sentry.dsn}
        return known | passwords | {self.stripe.settings["NEXUS_STRIPE_API_KEY"]}


@asynccontextmanager
async def a_place(servers: Servers, folder: Path, **settings: str) -> AsyncIterator[Place]:
    """Run it all until the block ends."""
    async with AsyncExitStack() as running:
        scratch = await running.enter_async_context(scratch_database(servers))
        sentry = await running.enter_async_context(sentry_server())
        seen = await running.enter_async_context(collector())
        model = await running.enter_async_context(openai_server())
        receiver = await running.enter_async_context(a_receiver())
        stripe = running.enter_context(stripe_server())
        port = free_port()
        watched = {
            "NEXUS_SENTRY_DSN": sentry.dsn,
            "NEXUS_OTLP_ENDPOINT": seen.url,
            "NEXUS_TRACE_SHARE": "1",
            "NEXUS_METRICS_TOKEN": METRICS_TOKEN,
            "NEXUS_PROVIDERS": "openai,offline",
            "NEXUS_OPENAI_BASE_URL": model.url,
            "NEXUS_OPENAI_MODEL": MODEL,
            "NEXUS_WEBHOOK_ALLOWED_HOSTS": receiver.host,
            "NEXUS_WEBHOOK_RETRY_SECONDS": "0.2,0.2,0.2",
        }
        floor = Floor(scratch.environment | HASTE | stripe.settings | watched | settings, folder)
        running.push_async_callback(asyncio.to_thread, floor.processes.close)
        api, worker = await floor.api(), await floor.worker(NEXUS_WORKER_METRICS_PORT=str(port))
        where = (scratch, floor, api, worker, port, sentry, seen, model, receiver, stripe, servers.idp)
        yield Place(*where)
