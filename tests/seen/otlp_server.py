"""A collector's stand-in on a free loopback port: takes OTLP over HTTP (protobuf), and keeps every span and byte."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.requests import Request
from starlette.responses import Response

from tests.ai.http_server import serving
from tests.house import wait_for
from tests.seen.sentry_server import unpacked


@dataclass(frozen=True)
class SeenSpan:
    """A span as it came in, ids in hexadecimal."""

    process: str
    name: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    facts: dict[str, str | int]
    failed: str


@dataclass
class Collector:
    """What came in."""

    url: str
    raw: list[bytes] = field(default_factory=list)
    spans: list[SeenSpan] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def of(self, trace: str) -> list[SeenSpan]:
        """The spans of a trace."""
        with self.lock:
            return [span for span in self.spans if span.trace == trace]

    async def when(self, trace: str, *names: str, seconds: float = 20) -> dict[str, SeenSpan]:
        """The spans of these names in a trace, once all of them came."""

        async def all_there() -> dict[str, SeenSpan] | None:
            found = {span.name: span for span in self.of(trace)}
            return found if set(names) <= set(found) else None

        answer: dict[str, SeenSpan] = await wait_for(all_there, seconds)
        return answer

    async def answer(self, request: Request) -> Response:
        """Take what a process sends."""
        body = unpacked(await request.body(), request.headers.get("content-encoding", ""))
        sent = ExportTraceServiceRequest.FromString(body)
        with self.lock:
            self.raw.append(body)
            for resource in sent.resource_spans:
                about = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self.spans += [_read(span, about["service.name"]) for span in scope.spans]
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type="application/x-protobuf")


def _read(span: Span, process: str) -> SeenSpan:
    return SeenSpan(
        process,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        tuple(link.trace_id.hex() for link in span.links),
        {one.key: one.value.string_value or one.value.int_value for one in span.attributes},
        span.status.message,
    )


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """Listen until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        server = Collector(f"http://127.0.0.1:{listening.getsockname()[1]}")
        async with serving(listening, server.answer):
            yield server
