"""The worker's root: a shift that does the work, a heartbeat, the rounds, and an ear for the doorbell."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.worker import Worker as ArqWorker
from arq.worker import func
from pydantic import SecretStr
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from nexus import job_types
from nexus.ai.configured import GEMINI, OPENAI, Access, configured_panel
from nexus.ai.panel import Panel
from nexus.config import Settings
from nexus.core import preflight
from nexus.core.db import Database
from nexus.core.queue import JOBS, Doorbell, pack, stop, unpack
from nexus.core.redis import QuickRedis
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.flights import Flights
from nexus.jobs.heartbeat import Heartbeat
from nexus.jobs.rounds import make_rounds
from nexus.jobs.runner import Pace, Runner
from nexus.jobs.shift import Shift

log = structlog.get_logger()

EAR_SECONDS = 0.02  # how often ARQ looks for a ring
REDIS_SECONDS = 1.0
NICE = 5
SWITCH_SECONDS = 0.001
DEAF_SECONDS = 1.0  # how long to wait before trying a Redis that went away


async def work(settings: Settings, catalogue: Catalogue | None = None, panel: Panel | None = None) -> None:
    """Run a worker until SIGTERM or SIGINT; then finish, or hand back what is in hand."""
    catalogue = catalogue or Catalogue.of_package(job_types)
    stopping = _stop_on_signals()
    _step_back()
    redis_url = settings.redis_url.get_secret_value()
    bell = Doorbell(redis_url)
    db = Database(settings.database_url, settings.system_database_url, ring=bell.ring)
    panel = panel_of(settings) if panel is None else panel
    quick = QuickRedis(redis_url)
    flights = Flights(Cache(quick, panel.names, settings.cache_seconds, offline=panel.then_offline))
    try:
        await preflight.check(db)
        pace = Pace(settings.job_lease_seconds, settings.job_retry_seconds)
        runner = Runner(db, catalogue, panel, _name(), pace, flights)
        shift = Shift(db, runner, [kind.name for kind in catalogue])
        shift.heartbeat = _heartbeat(settings, shift)
        log.info("worker.started", worker=_name(), models=panel.names, then_offline=panel.then_offline)
        await _until_stopped(shift, stopping, redis_url, make_rounds(db, settings.sweep_seconds))
        log.info("worker.stopped")
    finally:
        await panel.aclose()
        await quick.close()
        await bell.close()
        await db.close()


async def _until_stopped(
    shift: Shift, stopping: asyncio.Event, redis_url: str, making_rounds: Coroutine[Any, Any, None]
) -> None:
    heartbeat = shift.heartbeat
    if heartbeat is not None:
        heartbeat.start()
    ear = asyncio.create_task(_listen(redis_url, shift))
    rounds = asyncio.create_task(making_rounds)
    try:
        await shift.run(stopping)
    finally:
        await stop(ear)
        await stop(rounds)
        if heartbeat is not None:
            heartbeat.stop()


def panel_of(settings: Settings) -> Panel:
    """The providers that these settings name."""

    def plain(secret: SecretStr | None) -> str | None:
        return secret.get_secret_value() if secret else None

    access = {
        GEMINI: Access(settings.gemini_model, plain(settings.gemini_api_key), settings.gemini_base_url),
        OPENAI: Access(settings.openai_model or "", plain(settings.openai_api_key), settings.openai_base_url),
    }
    return configured_panel(settings.models_configured, access, then_offline=settings.offline_allowed)


def _heartbeat(settings: Settings, shift: Shift) -> Heartbeat:
    def connect() -> Database:
        return Database(settings.database_url, settings.system_database_url, pool_size=1)

    return Heartbeat(connect, settings.job_heartbeat_seconds, settings.job_lease_seconds, shift.lost)


async def _listen(redis_url: str, shift: Shift) -> None:
    """Hear ARQ's rings; when Redis goes away, ARQ ends, and is begun again once it is back."""

    async def look_for_jobs(ctx: dict[Any, Any], *_args: Any, **_kwargs: Any) -> None:
        del ctx
        shift.ring()

    while True:
        pool = ConnectionPool.from_url(redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
        redis = ArqRedis(pool, job_serializer=pack, job_deserializer=unpack)
        ears = ArqWorker(
            functions=[func(look_for_jobs, name=JOBS, keep_result=0, max_tries=1)],
            redis_pool=redis,
            handle_signals=False,
            poll_delay=EAR_SECONDS,
            keep_result=0,
            log_results=False,
            job_serializer=pack,
            job_deserializer=unpack,
        )
        try:
            await ears.async_run()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("doorbell.deaf", error=type(error).__name__)
        except Exception:
            log.exception("doorbell.broke")
        finally:
            await _drop(ears.tasks.values())
            with suppress(RedisError, OSError, TimeoutError):
                await redis.aclose(close_connection_pool=True)
        await asyncio.sleep(DEAF_SECONDS)


async def _drop(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """End what ARQ left under way: it must not go on with connections that are being closed."""
    left = list(tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _stop_on_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


def _step_back() -> None:
    """Let who waits for an answer go first: the API before this process, and this loop before what computes in it."""
    os.nice(NICE)
    sys.setswitchinterval(SWITCH_SECONDS)


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
