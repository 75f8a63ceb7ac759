"""
Who is calling. A route names its caller in its signature; one without a caller gets no transaction.

The token says who; the first statement of the request's transaction says what they may do now, so that removal and
demotion act on the next request. The transaction commits before the answer leaves: `scope="function"`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends, Request
from fastapi.security.http import HTTPBearer

from nexus.accounts import services
from nexus.accounts.limits import count_call
from nexus.accounts.models import Role
from nexus.accounts.tokens import AccessTokens, Claims
from nexus.core.db import Database, Tx
from nexus.core.errors import NotAllowed, NotSignedIn, Unavailable, may_raise
from nexus.core.idempotency import InProgress, KeyReused, Memory
from nexus.core.parts import part_of
from nexus.core.ratelimit import RateLimited

HOW_TO_SIGN = "Send `Authorization: Bearer <access token>`."
HOW_TO_GET_ONE = (
    "The `access_token` of a token pair, which a sign-in answers with. `expires_in` says for how long it holds."
)


@dataclass(frozen=True)
class Caller:
    """Somebody who is signed in, what they may do, and whether their organisation has answers kept, as of now."""

    organisation_id: UUID
    user_id: UUID
    role: Role
    client: str
    caching: bool


class SignedIn(HTTPBearer):
    """Reads the access token of a request. Raises NotSignedIn with the reason why there is none that holds."""

    async def __call__(self, request: Request) -> Claims:  # type: ignore[override]  # gives more than the bare header
        """Who the token says is calling."""
        header = request.headers.get("authorization")
        if header is None:
            raise NotSignedIn("missing", f"This needs a signed-in caller. {HOW_TO_SIGN}")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token or not token.isascii():
            raise NotSignedIn("malformed", f"The Authorization header cannot be read. {HOW_TO_SIGN}")
        if token.startswith("nxr_"):
            raise NotSignedIn("type", f"This is a refresh token; it only renews a session. {HOW_TO_SIGN}")
        return part_of(request, AccessTokens).read(token.strip())


@dataclass(frozen=True)
class _Opened:
    tx: Tx
    caller: Caller


signed_in = SignedIn(scheme_name="access_token", bearerFormat="JWT", description=HOW_TO_GET_ONE, auto_error=False)


@may_raise(NotSignedIn, RateLimited, Unavailable)
async def open_request(request: Request, claims: Annotated[Claims, Depends(signed_in)]) -> AsyncIterator[_Opened]:
    """Open the request's transaction in the caller's organisation's name, read what they may do in it, and count it."""
    structlog.contextvars.bind_contextvars(org_id=str(claims.organisation_id), user_id=str(claims.user_id))
    async with part_of(request, Database).transaction(claims.organisation_id) as tx:
        member = await services.read_membership(tx, claims.organisation_id, claims.user_id)
        if member is None:
            raise NotSignedIn("removed", "You are no longer a member of this organisation.")
        await count_call(request, claims, member.rate_limit)
        caller = Caller(claims.organisation_id, claims.user_id, member.role, claims.client, member.caching)
        yield _Opened(tx, caller)


Opened = Annotated[_Opened, Depends(open_request, scope="function")]


@may_raise(InProgress, KeyReused)
async def open_transaction(request: Request, opened: Opened) -> Tx:
    """
    The transaction of this request, in the caller's organisation's name.

    It stands behind the caller in every signature: whoever may not do something may not have it replayed either.
    """
    await part_of(request, Memory).begin(opened.tx, opened.caller.organisation_id, request)
    return opened.tx


async def require_auth(opened: Opened) -> Caller:
    """Let anybody pass who is signed in and a member."""
    return opened.caller


@may_raise(NotAllowed)
async def require_admin(opened: Opened) -> Caller:
    """Let only admins pass; the role is the one that this request's transaction read."""
    if opened.caller.role is not Role.ADMIN:
        raise NotAllowed("Only an admin of your organisation may do this. Ask one of them.")
    return opened.caller


AnyCaller = Annotated[Caller, Depends(require_auth)]
AdminCaller = Annotated[Caller, Depends(require_admin)]
CallerTx = Annotated[Tx, Depends(open_transaction)]
