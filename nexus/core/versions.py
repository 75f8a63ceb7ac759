"""
Announced ends. A path that will go says so on every answer, long before, by `Deprecation` (RFC 9745) and `Sunset`
(RFC 8594).

docs/api-versioning.md is the policy. A line is added to ENDS on the day of the announcement.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST_NOTICE = timedelta(days=365)


@dataclass(frozen=True)
class End:
    """Since when a path is not for new callers any more, when it goes, and what stands in its place."""

    announced: datetime
    sunset: datetime
    successor: str

    def __post_init__(self) -> None:
        """Refuse an end that comes too soon."""
        if self.sunset - self.announced < SHORTEST_NOTICE:
            raise ValueError(f"an end is announced at least {SHORTEST_NOTICE.days} days ahead")

    @property
    def headers(self) -> dict[str, str]:
        """What every answer says of it."""
        return {
            "Deprecation": f"@{int(self.announced.timestamp())}",
            "Sunset": format_datetime(self.sunset.astimezone(UTC), usegmt=True),
            "Link": f'<{self.successor}>; rel="successor-version"',
        }


@dataclass(frozen=True)
class Ends:
    """Announced ends, by path: a whole version (`/v1`) or one path of it, with all that lies below."""

    by_path: dict[str, End] = field(default_factory=dict)

    def of(self, path: str) -> End | None:
        """The end of this path, the nearest announcement first."""
        while path:
            if path in self.by_path:
                return self.by_path[path]
            path = path.rpartition("/")[0]
        return None


ENDS = Ends()


class Endings:
    """ASGI middleware that says it. It stands in nobody's way while nothing is announced: then it is not there."""

    def __init__(self, app: ASGIApp, ends: Ends) -> None:
        self._app = app
        self._ends = ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, and put the announcement on its answer."""
        end = self._ends.of(scope["path"]) if scope["type"] == "http" else None

        async def announce(message: Message) -> None:
            if message["type"] == "http.response.start" and end is not None:
                MutableHeaders(scope=message).update(end.headers)
            await send(message)

        await self._app(scope, receive, announce)
