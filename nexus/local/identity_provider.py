"""
The development identity provider: stands in for Google on loopback, so that a fresh machine can sign in.

It mirrors what Google says of a person and how (OpenID Connect, code flow with PKCE), keeps no passwords and
trusts everybody. So it listens on loopback only and refuses to be built in production.
"""

import argparse
import hmac
import logging
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from nexus.local.identity_provider_claims import PERSONAS, Person, person_of
from nexus.local.identity_provider_grants import TOKEN_SECONDS, Asked, Grants, OAuthError, read_request, where_to
from nexus.local.identity_provider_pages import error_page, login_page
from nexus.local.identity_provider_requests import basic_credentials, object_in, read_form, read_object
from nexus.local.identity_provider_tokens import Claims, SigningKey, changed_claims, half_hash
from nexus.local.output import json_line
from nexus.local.ports import LOOPBACK

KEY_FILE = "identity-provider.pem"
NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
DEV_FIELDS = frozenset({"email", "name", "claims", "header"})


@dataclass(frozen=True)
class Provider:
    """What the provider is called, which one client it knows, and where its key is kept."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    data_dir: Path


class IdentityProvider:
    """The endpoints, and what they share."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._key = SigningKey.kept_in(provider.data_dir / KEY_FILE)
        self._grants = Grants()

    async def discovery(self, _: Request) -> Response:
        """Where everything is."""
        issuer = self._provider.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
            },
            headers={"Cache-Control": "public, max-age=3600"},
        )

    async def keys(self, _: Request) -> Response:
        """The public key set."""
        return JSONResponse(self._key.key_set(), headers={"Cache-Control": "public, max-age=3600"})

    async def authorize(self, request: Request) -> Response:
        """Show the login page, or take its answer back to the client."""
        query = dict(request.query_params)
        try:
            uri = where_to(query, self._provider.client_id)
        except OAuthError as error:
            return error_page(error.description)
        try:
            asked = read_request(query, self._provider.client_id)
        except OAuthError as error:
            return _back_to(uri, {"error": error.error, "error_description": error.description}, query.get("state"))
        action = f"/authorize?{request.url.query}"
        if request.method == "GET":
            return login_page(PERSONAS, action, hint=query.get("login_hint", ""))
        return await self._signed_in(request, asked, action)

    async def _signed_in(self, request: Request, asked: Asked, action: str) -> Response:
        form = await read_form(request)
        if "cancel" in form:
            refusal = {"error": "access_denied", "error_description": "The person cancelled."}
            return _back_to(asked.redirect_uri, refusal, asked.state)
        person = person_of(form.get("email", ""), form.get("name", ""), verified="unverified" not in form)
        if person is None:
            return login_page(PERSONAS, action, form.get("email", ""), "Give an e-mail address, such as ann@acme.test.")
        _log("idp.signed_in", sub=person.subject)
        return _back_to(asked.redirect_uri, {"code": self._grants.new_code(person, asked)}, asked.state)

    async def token(self, request: Request) -> Response:
        """Give the tokens for a code."""
        form = await read_form(request)
        self._check_client(request, form)
        if form.get("grant_type") != "authorization_code":
            raise OAuthError("unsupported_grant_type", "Only grant_type=authorization_code is offered.")
        granted = self._grants.redeem(form, self._provider.client_id)
        access_token = self._grants.new_token(granted)
        claims = self._claims(granted.person) | {"at_hash": half_hash(access_token)}
        if granted.asked.nonce is not None:
            claims["nonce"] = granted.asked.nonce
        answer = {
            "access_token": access_token,
            "expires_in": TOKEN_SECONDS - 1,
            "scope": granted.asked.scope,
            "token_type": "Bearer",
            "id_token": self._key.make_token(claims),
        }
        return JSONResponse(answer, headers=NEVER_KEPT)

    async def userinfo(self, request: Request) -> Response:
        """The profile of an access token's person."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        person = self._grants.person_of(token) if scheme.lower() == "bearer" else None
        if person is None:
            raise OAuthError("invalid_token", "Send a valid access token as a Bearer token.", status=401)
        return JSONResponse(person.profile(), headers=NEVER_KEPT)

    async def development_token(self, request: Request) -> Response:
        """Make an ID token for a script: `{"email", "name"?, "claims"?, "header"?}` → `{"id_token"}`."""
        asked = await read_object(request)
        if unknown := asked.keys() - DEV_FIELDS:
            raise OAuthError("invalid_request", f"Unknown fields: {', '.join(sorted(unknown))}.")
        person = person_of(str(asked.get("email", "")), str(asked.get("name") or ""))
        if person is None:
            raise OAuthError("invalid_request", "email must be an e-mail address, such as ann@acme.test.")
        claims = changed_claims(self._claims(person), object_in(asked, "claims"))
        token = self._key.make_token(claims, object_in(asked, "header"))
        return JSONResponse({"id_token": token}, headers=NEVER_KEPT)

    def _claims(self, person: Person) -> Claims:
        """An ID token's claims, as Google writes them."""
        now, client = int(time.time()), self._provider.client_id
        token = {"iss": self._provider.issuer, "aud": client, "azp": client, "iat": now, "exp": now + TOKEN_SECONDS}
        return {**token, **person.profile()}

    def _check_client(self, request: Request, form: Mapping[str, str]) -> None:
        """Let only our client redeem: its secret by Basic or in the form, not both. Raise OAuthError."""
        basic = basic_credentials(request.headers.get("Authorization"))
        if basic and "client_secret" in form:
            raise OAuthError("invalid_request", "Send the client's secret once: in the header or in the form.")
        client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
        known = hmac.compare_digest(secret.encode(), self._provider.client_secret.encode())
        if client_id != self._provider.client_id or not known:
            raise OAuthError("invalid_client", "The client or its secret is not known.", status=401)


def create_app(provider: Provider) -> Starlette:
    """Build the provider's application. Raise RuntimeError in production."""
    if os.environ.get("NEXUS_ENVIRONMENT") == "production":
        raise RuntimeError("The development identity provider trusts everybody and does not run in production.")
    endpoints = IdentityProvider(provider)
    routes = [
        Route("/.well-known/openid-configuration", endpoints.discovery),
        Route("/jwks", endpoints.keys),
        Route("/authorize", endpoints.authorize, methods=["GET", "POST"]),
        Route("/token", endpoints.token, methods=["POST"]),
        Route("/userinfo", endpoints.userinfo, methods=["GET", "POST"]),
        Route("/dev/id-token", endpoints.development_token, methods=["POST"]),
    ]
    # A page of another site that points its own name at this machine gets no answer.
    only_loopback = Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])
    return Starlette(routes=routes, middleware=[only_loopback], exception_handlers={OAuthError: _answer_error})


async def _answer_error(_: Request, error: Exception) -> Response:
    """Answer in OAuth's words (RFC 6749 section 5.2)."""
    if not isinstance(error, OAuthError):
        raise error
    challenge = {"invalid_client": "Basic", "invalid_token": 'Bearer error="invalid_token"'}.get(error.error)
    headers = NEVER_KEPT | ({"WWW-Authenticate": challenge} if challenge else {})
    body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, error.status, headers=headers)


def _back_to(uri: str, answer: Mapping[str, str], state: str | None) -> Response:
    """Send the browser back to the client, with its own state."""
    query = urlencode({**answer, "state": state} if state else answer)
    return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{query}", status_code=303, headers=NEVER_KEPT)


class _JsonLines(logging.Handler):
    """Writes what libraries say as JSON lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, with its traceback."""
        formatted = logging.Formatter("%(message)s").format(record)
        _log("library.said", level=record.levelname.lower(), logger=record.name, message=formatted)


def _log(event: str, level: str = "info", **facts: object) -> None:
    sys.stdout.buffer.write(json_line(level, event, process="idp", **facts))
    sys.stdout.buffer.flush()


def serve(provider: Provider, port: int) -> None:
    """Listen on loopback until SIGTERM. Raise RuntimeError in production."""
    app = create_app(provider)
    logging.basicConfig(handlers=[_JsonLines()], level=logging.WARNING)
    _log("idp.started", issuer=provider.issuer)
    config = uvicorn.Config(
        app,
        host=LOOPBACK,
        port=port,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run()


def main() -> None:
    """Run as a child of the stack: the port and the folder from the arguments, the client from the environment."""
    arguments = argparse.ArgumentParser(prog="nexus.local.identity_provider", description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--data-dir", type=Path, required=True)
    chosen = arguments.parse_args()
    provider = Provider(
        issuer=f"http://{LOOPBACK}:{chosen.port}",
        client_id=os.environ["NEXUS_GOOGLE_CLIENT_ID"],
        client_secret=os.environ["NEXUS_GOOGLE_CLIENT_SECRET"],
        data_dir=chosen.data_dir,
    )
    serve(provider, chosen.port)


if __name__ == "__main__":
    main()
