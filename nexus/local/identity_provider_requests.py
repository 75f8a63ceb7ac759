"""Reading what is sent to the development identity provider. What cannot be read is an OAuthError."""

import base64
import binascii
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request

from nexus.local.identity_provider_grants import OAuthError
from nexus.local.identity_provider_tokens import Claims

LARGEST_BODY_BYTES = 64 * 1024


async def _body(request: Request) -> str:
    """The body as text. Raise OAuthError if it is too large or not UTF-8."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            raise OAuthError("invalid_request", f"Send at most {LARGEST_BODY_BYTES} bytes.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise OAuthError("invalid_request", "Send text in UTF-8.") from error


async def read_form(request: Request) -> dict[str, str]:
    """A form's fields. Raise OAuthError if one is repeated (RFC 6749 section 3.2)."""
    fields = parse_qsl(await _body(request), keep_blank_values=True)
    form = dict(fields)
    if len(form) != len(fields):
        raise OAuthError("invalid_request", "Send each field once.")
    return form


async def read_object(request: Request) -> dict[str, object]:
    """The body as a JSON object. Raise OAuthError if it is none."""
    try:
        body = json.loads(await _body(request))
    except (ValueError, RecursionError) as error:
        raise OAuthError("invalid_request", "Send a JSON object.") from error
    if not isinstance(body, dict):
        raise OAuthError("invalid_request", "Send a JSON object.")
    return body


def object_in(body: Mapping[str, object], name: str) -> Claims:
    """A field that is a JSON object or absent. Raise OAuthError for anything else."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise OAuthError("invalid_request", f"{name} must be a JSON object.")
    return value


def basic_credentials(header: str | None) -> tuple[str, str] | None:
    """The client and its secret of a Basic header, unescaped (RFC 6749 section 2.3.1); None without one."""
    scheme, _, value = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)
