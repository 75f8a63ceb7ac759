"""Around the door, only where traces are kept: one span for each request that is of the share."""

from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nexus.core import tracing
from nexus.core.models import new_id

FACTS = {"org_id": "nexus.organisation_id", "user_id": "nexus.user_id", "job_id": "nexus.job_id"}


class Traced:
    """ASGI middleware: a span with the route's template, the status and the ids, and nothing that a caller sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Trace this request, if it is of the share."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with tracing.request(new_id()) as span:
            if span is None:
                await self._app(scope, receive, send)
            else:
                await self._trace(span, scope, receive, send)

    async def _trace(self, span: Any, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
            await send(message)

        await self._app(scope, receive, noting)
        route = getattr(scope.get("route"), "path", "unmatched")
        span.update_name(f"{scope['method']} {route}")
        span.set_attribute("http.route", route)
        span.set_attribute("nexus.request_id", scope["request_id"])
        known = structlog.contextvars.get_contextvars()
        span.set_attributes({ours: known[name] for name, ours in FACTS.items() if known.get(name)})
