"""Whether this process lives, whether what it stands on answers, and its metrics."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from nexus.core import metrics
from nexus.core.db import Database
from nexus.core.errors import RETRY_SECONDS, NotSignedIn, Unavailable, may_raise
from nexus.core.fair_timeout import fair_timeout

DATABASE_SECONDS = 2.0
GAUGE_SECONDS = 5.0
REDIS_SECONDS = 0.2
METRICS = {"description": "Every metric.", "content": {"text/plain": {"schema": {"type": "string"}}}}

State = Literal["ok", "unavailable"]
Gauge = Callable[[], Awaitable[None]]


class Health(BaseModel):
    """Whether the platform can serve: without Redis it can, without PostgreSQL it cannot."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok", "database": "ok", "redis": "ok"}]})

    status: State
    database: State
    redis: State


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Vitals:
    """Asks PostgreSQL and Redis whether they are there, for no longer than a moment."""

    def __init__(self, db: Database, redis_url: str) -> None:
        self._db = db
        self._redis = Redis.from_url(redis_url, single_connection_client=False)

    async def read(self) -> Health:
        """Ask both at once."""
        database, redis = await asyncio.gather(self._database(), self._redis_answers())
        metrics.database_up.set(database == "ok")
        metrics.redis_up.set(redis == "ok")
        _show_connections(self._db)
        return Health(status=database, database=database, redis=redis)

    async def close(self) -> None:
        """Hang up."""
        await self._redis.aclose()

    async def _database(self) -> State:
        try:
            async with asyncio.timeout(DATABASE_SECONDS), self._db.system() as tx:
                await tx.scalar(select(1))
        except (Unavailable, TimeoutError):
            return "unavailable"
        return "ok"

    async def _redis_answers(self) -> State:
        try:
            async with fair_timeout(REDIS_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError):
            return "unavailable"
        return "ok"


def _show_connections(db: Database) -> None:
    for role, pool in db.pools.items():
        known: Any = pool
        metrics.database_connections.labels(role, "in_use").set(known.checkedout())
        metrics.database_connections.labels(role, "idle").set(known.checkedin())
        metrics.database_connections.labels(role, "most").set(known.size())


async def exposition(vitals: Vitals, gauges: Sequence[Gauge]) -> bytes:
    """Prometheus' text: what this process counted, and what PostgreSQL says now, if it says so soon."""
    await vitals.read()
    with suppress(TimeoutError):
        async with asyncio.timeout(GAUGE_SECONDS):
            await asyncio.gather(*(gauge() for gauge in gauges))
    return generate_latest()


def token_holds(given: bytes, token: str | None) -> bool:
    """Whether `Authorization` says the token, compared in the same time whatever was given. Without one all pass."""
    return token is None or hmac.compare_digest(given, f"Bearer {token}".encode())


def health_routes(vitals: Vitals, gauges: Sequence[Gauge], metrics_token: str | None) -> APIRouter:
    """The routes that say how this process is. `gauges` refresh what is read from PostgreSQL when somebody looks."""
    router = APIRouter(tags=["health"])

    @router.get("/health", responses={503: {"model": Health, "description": "PostgreSQL cannot be reached."}})
    async def read_health(response: Response) -> Health:
        """Say whether PostgreSQL and Redis answer. Redis away is 200: work goes on from PostgreSQL."""
        health = await vitals.read()
        if health.status != "ok":
            response.status_code = Unavailable.status
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return health

    @router.get("/health/live")
    async def read_liveness() -> Alive:
        """Say that this process lives."""
        return Alive()

    @router.get("/metrics", response_class=Response, responses={200: METRICS})
    @may_raise(NotSignedIn)
    async def read_metrics(authorization: Annotated[str, Header(include_in_schema=False)] = "") -> Response:
        """Prometheus' text format. Wants `Authorization: Bearer <NEXUS_METRICS_TOKEN>` where one is set."""
        if not token_holds(authorization.encode(), metrics_token):
            raise NotSignedIn("missing" if not authorization else "signature", "Send the metrics token.")
        return Response(await exposition(vitals, gauges), media_type=CONTENT_TYPE_LATEST)

    return router
