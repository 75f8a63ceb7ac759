"""Spans by OpenTelemetry, sent by OTLP over HTTP in a thread. Only who traces loads this (core/tracing.py)."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span, SpanKind, StatusCode, TraceFlags

from nexus.core.telling import describe

HALF = (1 << 64) - 1
# The last bits of a UUIDv7 are random; those before them may count within a millisecond: RFC 9562 section 6.2.
RANDOM_BITS = (1 << 32) - 1
CLOSE_SECONDS = 1.0
EXPORT_SECONDS = 5.0
MOST_WAITING = 2048
MOST_AT_ONCE = 256
EVERY_MILLISECONDS = 1000

Facts = Mapping[str, str | int]

_wanted: ContextVar[UUID | None] = ContextVar("wanted_root", default=None)


class _Ids(RandomIdGenerator):
    """Random ids, but for the root of a job's trace: it can be found from the job's id alone."""

    def generate_trace_id(self) -> int:
        wanted = _wanted.get()
        return super().generate_trace_id() if wanted is None else wanted.int

    def generate_span_id(self) -> int:
        wanted = _wanted.get()
        return super().generate_span_id() if wanted is None else wanted.int & HALF


class Spans:
    """What a process that traces makes its spans with."""

    def __init__(self, endpoint: str, share: float, environment: str, process: str) -> None:
        self._bound = share * (RANDOM_BITS + 1)
        about = {"service.name": f"nexus-{process}", "deployment.environment.name": environment}
        self._provider = TracerProvider(ALWAYS_ON, Resource.create(about), shutdown_on_exit=False, id_generator=_Ids())
        self._provider.add_span_processor(
            BatchSpanProcessor(
                OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS),
                max_queue_size=MOST_WAITING,
                max_export_batch_size=MOST_AT_ONCE,
                schedule_delay_millis=EVERY_MILLISECONDS,
            )
        )
        self._tracer = self._provider.get_tracer("nexus")

    def takes(self, one: UUID) -> bool:
        """Whether the trace of this id is of the share that is kept; every process answers the same."""
        return one.int & RANDOM_BITS < self._bound

    def under_way(self) -> bool:
        """Whether what is being done here is traced."""
        return trace.get_current_span().get_span_context().is_valid

    @contextmanager
    def span(self, name: str, facts: Facts, *, kind: str, job_id: UUID | None = None) -> Iterator[Span]:
        """A span that tells an error by its type: OpenTelemetry's own way would send its words."""
        parent = None if job_id is None else _root_of(job_id)
        with self._tracer.start_as_current_span(
            name, parent, SpanKind[kind], facts, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(StatusCode.ERROR, describe(error))
                raise

    def root(self, name: str, job_id: UUID, facts: Facts) -> None:
        """Make the root of a job's trace, with a link to what asked for it."""
        asking = trace.get_current_span().get_span_context()
        links = [trace.Link(asking)] if asking.is_valid else []
        wanted = _wanted.set(job_id)
        try:
            self._tracer.start_span(name, Context(), SpanKind.PRODUCER, facts, links).end()
        finally:
            _wanted.reset(wanted)

    def close(self) -> None:
        """Send what waits, for a second at the most."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(CLOSE_SECONDS)


def _root_of(job_id: UUID) -> Context:
    """Where the spans of a job hang: the moment in which it was asked for, in whichever process that was."""
    flags = TraceFlags(TraceFlags.SAMPLED)
    root = trace.SpanContext(job_id.int, job_id.int & HALF, is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(trace.NonRecordingSpan(root), Context())
