"""The worker's root: a shift that does the work, a heartbeat, the rounds, and an ear for the doorbell."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.worker import Worker as ArqWorker
from arq.worker import func
from pydantic import SecretStr
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from nexus import job_types
from nexus.accounts import retention as accounts
from nexus.ai.configured import GEMINI, OPENAI, Access, configured_panel
from nexus.ai.panel import Panel
from nexus.audit import retention as audit
from nexus.config import Settings
from nexus.core import preflight
from nexus.core.collector import set_apart_what_stays
from nexus.core.db import Database
from nexus.core.health import Vitals, exposition
from nexus.core.idempotency import forget_expired
from nexus.core.lag import watch_loop
from nexus.core.metrics_port import keep_open
from nexus.core.queue import DELIVERIES, JOBS, Doorbell, pack, stop, unpack
from nexus.core.redis import QuickRedis
from nexus.core.retention import Rule, forgetting
from nexus.core.sealing import Box
from nexus.core.watch import Watch, watched
from nexus.jobs.announcements import complete_body
from nexus.jobs.cache import Cache
from nexus.jobs.catalogue import Catalogue
from nexus.jobs.flights import Flights
from nexus.jobs.gauges import queue_figures
from nexus.jobs.heartbeat import Heartbeat
from nexus.jobs.retention import erase_inputs, erase_outputs
from nexus.jobs.rounds import keeping_up, make_rounds
from nexus.jobs.runner import Pace, Runner
from nexus.jobs.shift import Shift
from nexus.jobs.unpaid import UnpaidCalls
from nexus.payments import retention as payments
from nexus.webhooks import SECRETS
from nexus.webhooks import lookout as webhooks
from nexus.webhooks import sender as sending
from nexus.webhooks.egress import Egress
from nexus.webhooks.rounds import upkeep
from nexus.webhooks.sender import Sender

log = structlog.get_logger()

EAR_SECONDS = 0.02  # how often ARQ looks for a ring
REDIS_SECONDS = 1.0
NICE = 5
SWITCH_SECONDS = 0.001
DEAF_SECONDS = 1.0  # how long to wait before trying a Redis that went away


async def work(settings: Settings, catalogue: Catalogue | None = None, panel: Panel | None = None) -> None:
    """Run a worker until SIGTERM or SIGINT; then finish, or hand back what is in hand."""
    with watched(
        Watch(settings.environment, settings.sentry_dsn, settings.otlp_endpoint, settings.trace_share), "worker"
    ):
        await _work(settings, catalogue, panel)


async def _work(settings: Settings, catalogue: Catalogue | None, panel: Panel | None) -> None:
    catalogue = catalogue or Catalogue.of_package(job_types)
    stopping = _stop_on_signals()
    _step_back()
    redis_url = settings.redis_url.get_secret_value()
    bell = Doorbell(redis_url)
    here = Bells(bell)
    db = Database(settings.database_url, settings.system_database_url, ring=here.ring)
    panel = panel_of(settings) if panel is None else panel
    quick = QuickRedis(redis_url)
    egress = Egress(settings.webhook_allowed_hosts)
    cache = Cache(quick, panel.names, settings.cache_seconds, offline=panel.then_offline)
    flights = Flights(cache)
    try:
        await preflight.check(db)
        pace = Pace(settings.job_lease_seconds, settings.job_retry_seconds)
        runner = Runner(db, catalogue, panel, _name(), pace, flights, UnpaidCalls(quick))
        shift = Shift(db, runner, [kind.name for kind in catalogue])
        shift.heartbeat = _heartbeat(settings, shift)
        box = Box([key.get_secret_value() for key in settings.secret_keys], SECRETS)
        sender = Sender(db, egress, box, _pace_of_webhooks(settings), complete=complete_body)
        here.hear(DELIVERIES, sender.ring)
        set_apart_what_stays()
        log.info("worker.started", worker=_name(), models=panel.names, then_offline=panel.then_offline)
        others = (keeping_up(cache.forget), upkeep(box), forgetting(rules_of(settings)))
        rounds = make_rounds(db, settings.sweep_seconds, *others)
        ears = _listen(redis_url, {JOBS: shift.ring, DELIVERIES: sender.ring})
        names = panel.warn_of_unknown_models()
        shown = _metrics_port(settings, db, panel)
        await _until_stopped(shift, sender, stopping, (rounds, ears, watch_loop(), names, *shown))
        log.info("worker.stopped")
    finally:
        await panel.aclose()
        await egress.aclose()
        await quick.close()
        await bell.close()
        await db.close()


class Bells:
    """Rings who is in this very process directly, and everybody else by the doorbell."""

    def __init__(self, bell: Doorbell) -> None:
        self._bell = bell
        self._here: dict[str, Callable[[], None]] = {}

    def hear(self, bell: str, ring: Callable[[], None]) -> None:
        """Let this bell be heard here."""
        self._here[bell] = ring

    def ring(self, bells: Iterable[str]) -> None:
        """Ring them all."""
        bells = set(bells)
        for bell in bells & self._here.keys():
            self._here[bell]()
        elsewhere = bells - self._here.keys()
        if elsewhere:
            self._bell.ring(elsewhere)


async def _until_stopped(
    shift: Shift, sender: Sender, stopping: asyncio.Event, beside: Iterable[Coroutine[Any, Any, None]]
) -> None:
    """Work and send until told to stop, with the rounds and the ear for the doorbell beside."""
    heartbeat = shift.heartbeat
    if heartbeat is not None:
        heartbeat.start()
    tasks = [asyncio.create_task(one) for one in beside]
    try:
        await asyncio.gather(shift.run(stopping), sender.run(stopping))
    finally:
        for task in tasks:
            await stop(task)
        if heartbeat is not None:
            heartbeat.stop()


def _metrics_port(settings: Settings, db: Database, panel: Panel) -> list[Coroutine[Any, Any, None]]:
    """What answers Prometheus and a container's probe, where a port is named for it."""
    port = settings.worker_metrics_port
    if port is None:
        return []
    vitals = Vitals(db, settings.redis_url.get_secret_value())
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None

    async def answer() -> None:
        show = partial(exposition, vitals, [queue_figures(db), panel.show])
        try:
            await keep_open(settings.host, port, show, token)
        finally:
            await vitals.close()

    return [answer()]


def _pace_of_webhooks(settings: Settings) -> sending.Pace:
    return sending.Pace(settings.webhook_retry_seconds, settings.job_lease_seconds, settings.job_heartbeat_seconds)


def rules_of(settings: Settings) -> list[Rule]:
    """What is forgotten, and after how many days."""
    return [
        Rule("input", settings.keep_input_days, erase_inputs),
        Rule("output", settings.keep_output_days, erase_outputs),
        Rule("idempotency_key", settings.keep_idempotency_days, forget_expired),
        Rule("delivery", settings.keep_delivery_days, webhooks.forget_old),
        Rule("stripe_event", settings.keep_stripe_event_days, payments.forget_events),
        Rule("session", settings.keep_session_days, accounts.forget_sessions),
        Rule("audit_event", settings.keep_audit_days, audit.forget_events),
    ]


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


async def _listen(redis_url: str, rings: Mapping[str, Callable[[], None]]) -> None:
    """Hear ARQ's rings; when Redis goes away, ARQ ends, and is begun again once it is back."""
    while True:
        pool = ConnectionPool.from_url(redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
        redis = ArqRedis(pool, job_serializer=pack, job_deserializer=unpack)
        ears = ArqWorker(
            functions=[func(_heard(ring), name=bell, keep_result=0, max_tries=1) for bell, ring in rings.items()],
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


def _heard(ring: Callable[[], None]) -> Callable[..., Coroutine[Any, Any, None]]:
    """What ARQ runs when it hears a bell."""

    async def heard(ctx: dict[Any, Any], *_args: Any, **_kwargs: Any) -> None:
        del ctx
        ring()

    return heard


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
