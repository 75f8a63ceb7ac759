"""
The head of a request: what is refused in it, and what of it the application never sees.

Parsers of the standard library have had holes on some patch level of every supported Python. Whatever they could take
too long over is bounded or taken out here, before routing, so that it does not depend on the interpreter.
docs/security-checklist.md lists them.
"""

import re
from collections.abc import Iterable

from starlette.types import Scope

from nexus.core.errors import NexusError

RawHeaders = list[tuple[bytes, bytes]]

MAX_TARGET_BYTES = 8192  # path and query; RFC 9110 section 4.1 asks for 8000 at least
MAX_COOKIE_BYTES = 8192
MAX_HEADERS = 200
HIGHEST_PORT = 65_535
HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{0,5}))?")
# RFC 6265 section 4.1.1, which knows no backslash: unescaping many took `http.cookies` quadratic time.
COOKIE_PAIR = re.compile(rb'[A-Za-z0-9_.-]{1,64}=("?)[!#-+\--:<-\[\]-~]*\1')
JSON_TYPE = re.compile(rb"application/([a-z0-9.-]{1,100}\+)?json\s*(;.*)?", re.IGNORECASE)
JSON = b"application/json"


class InvalidHost(NexusError):
    """The request does not name one valid host."""

    status = 400
    code = "invalid_host"
    title = "Invalid host"
    example = ()

    def __init__(self) -> None:
        super().__init__("Send exactly one valid Host header: a name or an address, and a port if there is one.")


class TargetTooLong(NexusError):
    """The request's path and query are longer than we take."""

    status = 414
    code = "target_too_long"
    title = "Path and query too long"
    example = (MAX_TARGET_BYTES,)

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"Path and query may have {limit_bytes} bytes together.", limit_bytes=limit_bytes)


class TooManyHeaders(NexusError):
    """The request has more headers than we take."""

    status = 431
    code = "too_many_headers"
    title = "Too many headers"
    example = (MAX_HEADERS,)

    def __init__(self, limit: int) -> None:
        super().__init__(f"Send at most {limit} headers.", limit=limit)


def refusal_of(scope: Scope) -> NexusError | None:
    """Return what the head alone says against this request."""
    if len(scope["headers"]) > MAX_HEADERS:
        return TooManyHeaders(MAX_HEADERS)
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return TargetTooLong(MAX_TARGET_BYTES)
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    may_be_missing = scope.get("http_version") == "1.0"
    if len(hosts) > 1 or not (hosts or may_be_missing) or not all(map(is_host, hosts)):
        return InvalidHost()
    return None


def is_host(value: bytes) -> bool:
    """Whether this is a host and perhaps a port, as RFC 9110 section 7.2 has it, without characters that none has."""
    found = HOST.fullmatch(value)
    return found is not None and int(found[1] or 0) <= HIGHEST_PORT


def without_hazards(headers: Iterable[tuple[bytes, bytes]], *, with_cookies: bool) -> RawHeaders:
    """
    Return the headers without what only a parser of the standard library would read.

    Cookies go, but for plain ones where a path reads them. A media type that is JSON loses its parameters.
    """
    kept = []
    for name, value in headers:
        if name == b"cookie":
            plain = _plain_cookies(value) if with_cookies else b""
            kept += [(name, plain)] if plain else []
        elif name == b"content-type" and JSON_TYPE.fullmatch(value):
            kept.append((name, JSON))
        else:
            kept.append((name, value))
    return kept


def _plain_cookies(value: bytes) -> bytes:
    if len(value) > MAX_COOKIE_BYTES:
        return b""
    pairs = (pair.strip() for pair in value.split(b";"))
    return b"; ".join(pair for pair in pairs if COOKIE_PAIR.fullmatch(pair))
