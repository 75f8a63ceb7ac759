"""
The door: every request comes in and goes out here.

It gives the request its id, refuses heads that are not as they have to be (400, 414, 431) and bodies that are too large
(413) or not JSON (415) before anything else is looked at, answers HEAD as GET without a body, answers an error that
nobody foresaw with 500 and nothing of the inside, and writes one log line and two metrics.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from time import perf_counter

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nexus.core import address, metrics
from nexus.core.errors import UNFORESEEN, BodyTooLarge, NexusError, UnsupportedMediaType
from nexus.core.http import problem
from nexus.core.logging import ANSWERED, request_scope
from nexus.core.models import new_id
from nexus.core.request_head import JSON_TYPE, refusal_of, without_hazards

log = structlog.get_logger()

BODY_BYTES = 1_000_000
REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{8,128}")
LENGTH = re.compile(rb"[0-9]{1,18}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_SERIES = 4096  # routes, methods and statuses that there can be; nobody outside can make more
RawHeaders = tuple[tuple[bytes, bytes], ...]
QUIET = frozenset({"/health", "/health/live", "/metrics"})
ON_ANSWER = "nexus.on_answer"
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
ONLY_HTTPS = ((b"strict-transport-security", b"max-age=63072000; includeSubDomains"),)  # two years


def put_on_answer(scope: Scope, headers: Mapping[str, str]) -> None:
    """Put headers on the answer to this request, whatever that will be."""
    scope.setdefault(ON_ANSWER, {}).update(headers)


class _Visit:
    """One request on its way: what is known of it so far."""

    def __init__(self, scope: Scope, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        self.id = given.decode() if REQUEST_ID.fullmatch(given) else new_id().hex
        self.method = _method(scope)
        self.is_json = JSON_TYPE.fullmatch(headers.get(b"content-type", b"")) is not None
        self.length = headers.get(b"content-length", b"").lstrip(b"0")
        self.chunked = b"transfer-encoding" in headers
        self.status = 500
        self.started = perf_counter()

    def refusal(self) -> NexusError | None:
        """What the headers alone already say against this request."""
        if self.length and (not LENGTH.fullmatch(self.length) or int(self.length) > self.most_bytes):
            return BodyTooLarge(self.most_bytes)
        return UnsupportedMediaType() if self.length and not self.is_json else None


class Door:
    """
    ASGI middleware around the whole application. `smaller` says which paths take less than the others, in bytes;
    `cookie_paths` are the beginnings of paths that read cookies: elsewhere there are none; `only_https` tells browsers
    never to come without.
    """

    def __init__(
        self,
        app: ASGIApp,
        smaller: Mapping[str, int] | None = None,
        cookie_paths: tuple[str, ...] = (),
        *,
        only_https: bool = False,
    ) -> None:
        self._app = app
        self._smaller = smaller or {}
        self._cookie_paths = cookie_paths
        self._headers = SECURITY_HEADERS + (ONLY_HTTPS if only_https else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, and its answer out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, self._smaller.get(scope["path"], BODY_BYTES))
        refused = refusal_of(scope) or visit.refusal()
        scope["request_id"] = visit.id
        scope["headers"] = without_hazards(scope["headers"], with_cookies=scope["path"].startswith(self._cookie_paths))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=visit.id)
        request_scope.set(scope)
        address.note((scope.get("client") or (None,))[0])
        out = _Outgoing(visit, scope, send, self._headers)
        try:
            if refused:
                await out.instead(refused)
            else:
                await self._judge(visit, scope, receive, out)
        finally:
            _record(visit, scope)

    async def _judge(self, visit: _Visit, scope: Scope, receive: Receive, out: "_Outgoing") -> None:
        try:
            incoming = _Incoming(receive, visit.most_bytes)
            if visit.chunked and not visit.is_json and await incoming.has_content():
                await out.instead(UnsupportedMediaType())
            else:
                await self._answer(scope, incoming, out)
        except NexusError as error:
            await out.instead(error)
        except Exception:
            log.exception("request.failed", route=_route(scope), method=visit.method)
            metrics.unhandled_errors.labels(_route(scope)).inc()
            await out.instead(NexusError(UNFORESEEN))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the application answer; it takes HEAD for GET (RFC 9110 section 9.3.2)."""
        if scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        scope.setdefault(ON_ANSWER, {})  # shared with the copy
        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive, send)
        finally:
            scope.update({name: as_get[name] for name in ("route", "endpoint") if name in as_get})


class _Incoming:
    """Counts a body as it arrives: one without a length is measured too."""

    def __init__(self, receive: Receive, most_bytes: int) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._bytes = 0
        self._first: Message | None = None

    async def has_content(self) -> bool:
        """Whether a body comes. One in chunks may turn out to be empty, and then has no media type to refuse."""
        while self._first is None or (not self._first.get("body") and self._first.get("more_body")):
            self._first = await self._receive()
        return bool(self._first.get("body"))

    async def __call__(self) -> Message:
        message, self._first = self._first or await self._receive(), None
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most_bytes:
            raise BodyTooLarge(self._most_bytes)
        return message


class _Outgoing:
    """Notes the status, and puts our headers on the answer."""

    def __init__(self, visit: _Visit, scope: Scope, send: Send, ours: RawHeaders) -> None:
        self._visit = visit
        self._ours = ours
        self._scope = scope
        self._send = send
        self._started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            self._visit.status = message["status"]
            there = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(one for one in self._ours if one[0] not in there)]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._visit.id
            for name, value in self._scope.get(ON_ANSWER, {}).items():
                headers[name] = value
        elif self._visit.method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    async def instead(self, error: NexusError) -> None:
        """Answer with an error, unless the answer is already under way."""
        if not self._started:
            await problem(self._visit.id, error)(self._scope, _nothing_more, self)


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}


def _record(visit: _Visit, scope: Scope) -> None:
    route, method = _route(scope), visit.method
    seconds = perf_counter() - visit.started
    answered, lasted = _series(method, route, visit.status)
    answered.inc()
    lasted.observe(seconds)
    write = log.debug if route in QUIET else log.info
    write(ANSWERED, method=method, route=route, status=visit.status, duration_ms=round(seconds * 1000, 2))


@lru_cache(MOST_SERIES)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Where such an answer is counted: looking a series up by its labels costs more than counting."""
    return metrics.requests.labels(method, route, status), metrics.request_seconds.labels(method, route)


def _method(scope: Scope) -> str:
    """The method, where it is one: a caller may make up any word, and no series is made for each."""
    return scope["method"] if scope["method"] in METHODS else "other"


def _route(scope: Scope) -> str:
    """The route's template, never the path: a path may hold an id, and ids do not belong in metrics."""
    return getattr(scope.get("route"), "path", "unmatched")
