"""
Who is calling. A route names its caller in its signature; one without a caller gets no transaction.

The token or the API key says who; the first statement of the request's transaction says what they may do now, so that
removal, demotion, sign-out and revocation act on the next request. The transaction commits before the answer leaves:
`scope="function"`.

The caller's kind is the one place where a route says which scope an API key needs for it:

    AnyCaller     any member            a key with `read`
    JobsCaller    any member            a key with `jobs`
    AdminCaller   an admin              a key with `admin`, whose person is an admin
    PersonCaller  any member            no key
    AdminPersonCaller  an admin         no key

What lasts longer than the key that asks for it is for an admin in person: who is in the organisation and in which role,
how people come in, and where events are sent. A leaked key could otherwise leave somebody behind who survives its end.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import UUID

import structlog
from fastapi import Depends, Request

from nexus.accounts import standing
from nexus.accounts.key_book import KeyBook
from nexus.accounts.key_values import PREFIX
from nexus.accounts.limits import Counted, count_call, count_stranger
from nexus.accounts.models import Role, Scope
from nexus.accounts.standing import KeyInUse, PresentedKey, Reader
from nexus.accounts.tokens import AccessTokens, Claims
from nexus.core.db import Database, Tx
from nexus.core.errors import NotAllowed, NotSignedIn, Unavailable, may_raise
from nexus.core.idempotency import InProgress, KeyReused, Memory
from nexus.core.openapi.alternatives import opened_by, signed_by
from nexus.core.parts import part_of
from nexus.core.ratelimit import RateLimited

HOW_TO_SIGN = (
    "Send `Authorization: Bearer <access token>`."  # an API key does too; clients of v1 are promised these bytes
)
HOW_TO_GET_ONE = (
    "The `access_token` of a token pair, which a sign-in answers with. `expires_in` says for how long it holds."
)
HOW_TO_GET_A_KEY = (
    "An API key, which an admin makes at `POST /v1/api-keys`. Each operation names the scope that the key needs, "
    "`read`, `jobs` or `admin`. It never does more than the person who answers for it may."
)
ADMINS_ONLY = "Only an admin of your organisation may do this. Ask one of them."
KEY_SCHEME = "api_key"
SCHEMES = {
    "access_token": {"type": "http", "description": HOW_TO_GET_ONE, "scheme": "bearer", "bearerFormat": "JWT"},
    KEY_SCHEME: {"type": "http", "description": HOW_TO_GET_A_KEY, "scheme": "bearer", "bearerFormat": f"{PREFIX}…"},
}

Check = TypeVar("Check", bound=Callable[..., Any])


@dataclass(frozen=True)
class Caller:
    """
    Somebody who is signed in, what they may do, and whether their organisation has answers kept, as of now.

    They came either with the token of a session or with an API key.
    """

    organisation_id: UUID
    user_id: UUID
    role: Role
    client: str
    caching: bool
    session_id: UUID | None = None
    key: KeyInUse | None = None

    @property
    def reader(self) -> Reader:
        """The same, for what is read on after this request's transaction."""
        key_id = None if self.key is None else self.key.id
        return Reader(self.organisation_id, self.user_id, self.session_id, key_id)

    @property
    def is_admin(self) -> bool:
        """Whether an admin's path lets them pass: an admin, and no key or one with that scope."""
        return self.role is Role.ADMIN and (self.key is None or Scope.ADMIN in self.key.scopes)


@dataclass(frozen=True)
class _Opened:
    tx: Tx
    caller: Caller


@signed_by(SCHEMES)
@may_raise(NotSignedIn, RateLimited, Unavailable)
async def open_request(request: Request) -> AsyncIterator[_Opened]:
    """Open the request's transaction in the caller's organisation's name, read what they may do in it, and count it."""
    bearer = await _read_bearer(request)
    structlog.contextvars.bind_contextvars(org_id=str(bearer.organisation_id))
    async with part_of(request, Database).transaction(bearer.organisation_id) as tx:
        caller, own_limit = await _read_caller(request, tx, bearer)
        await count_call(request, Counted(caller.organisation_id, caller.user_id, caller.client, own_limit))
        yield _Opened(tx, caller)


Opened = Annotated[_Opened, Depends(open_request, scope="function")]


@may_raise(InProgress, KeyReused)
async def open_transaction(request: Request, opened: Opened) -> Tx:
    """
    The transaction of this request, in the caller's organisation's name.

    It stands behind the caller in every signature: whoever may not do something may not have it replayed either. An
    answer to an API key is replayed to that key alone: it may hold the value of a key that may do more than another.
    """
    caller = opened.caller
    only_for = caller.key.id.bytes if caller.key else b""
    await part_of(request, Memory).begin(opened.tx, caller.organisation_id, request, only_for)
    return opened.tx


async def _read_bearer(request: Request) -> Claims | PresentedKey:
    """Who the token says is calling, or whose the API key is. Raises NotSignedIn with the reason why none holds."""
    header = request.headers.get("authorization")
    if header is None:
        raise NotSignedIn("missing", f"This needs a signed-in caller. {HOW_TO_SIGN}")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise NotSignedIn("malformed", f"The Authorization header cannot be read. {HOW_TO_SIGN}")
    if token.startswith("nxr_"):
        raise NotSignedIn("type", f"This is a refresh token; it only renews a session. {HOW_TO_SIGN}")
    if token.startswith(PREFIX):
        return await part_of(request, KeyBook).find(token.strip(), partial(count_stranger, request))
    return part_of(request, AccessTokens).read(token.strip())


async def _read_caller(request: Request, tx: Tx, bearer: Claims | PresentedKey) -> tuple[Caller, int | None]:
    """Who is calling, and their organisation's own limit. The log knows of them from here on."""
    if isinstance(bearer, Claims):
        structlog.contextvars.bind_contextvars(user_id=str(bearer.user_id))
        found, session_id = await standing.of_session(tx, bearer), bearer.session_id
    else:
        structlog.contextvars.bind_contextvars(api_key_id=str(bearer.id))
        found, session_id = await standing.of_key(tx, bearer), None
        structlog.contextvars.bind_contextvars(user_id=str(found.user_id))
        if found.key is not None and found.key.use_unwritten:
            part_of(request, KeyBook).note_use(bearer)
    whose = (bearer.organisation_id, found.user_id, found.role, found.client, found.caching)
    return Caller(*whose, session_id, found.key), found.rate_limit


def _with_scope(scope: Scope) -> Callable[[Check], Check]:
    """Say that an API key passes here if it has this scope."""
    return opened_by(KEY_SCHEME, scope)


def _hold_to(scope: Scope, caller: Caller) -> Caller:
    if caller.key is not None and scope not in caller.key.scopes:
        raise NotAllowed(f"This API key does not have the scope `{scope}`. Make one that has.")
    return caller


@may_raise(NotAllowed)
@_with_scope(Scope.READ)
async def require_auth(opened: Opened) -> Caller:
    """Let anybody pass who is signed in and a member."""
    return _hold_to(Scope.READ, opened.caller)


@may_raise(NotAllowed)
@_with_scope(Scope.JOBS)
async def require_jobs(opened: Opened) -> Caller:
    """Let anybody pass who is signed in and a member, and whose key may ask for work."""
    return _hold_to(Scope.JOBS, opened.caller)


@may_raise(NotAllowed)
@_with_scope(Scope.ADMIN)
async def require_admin(opened: Opened) -> Caller:
    """Let only admins pass; the role is the one that this request's transaction read."""
    caller = _hold_to(Scope.ADMIN, opened.caller)
    if caller.role is not Role.ADMIN:
        raise NotAllowed(ADMINS_ONLY)
    return caller


@may_raise(NotAllowed)
@opened_by(KEY_SCHEME, None)
async def require_person(opened: Opened) -> Caller:
    """Let anybody pass who signed in themselves: what belongs to a person's sessions is closed to keys."""
    if opened.caller.key is not None:
        raise NotAllowed("An API key cannot do this. Sign in, and send the access token.")
    return opened.caller


@may_raise(NotAllowed)
@opened_by(KEY_SCHEME, None)
async def require_admin_person(opened: Opened) -> Caller:
    """Let only admins pass who signed in themselves: what outlives a key is closed to keys."""
    caller = await require_person(opened)
    if caller.role is not Role.ADMIN:
        raise NotAllowed(ADMINS_ONLY)
    return caller


AnyCaller = Annotated[Caller, Depends(require_auth)]
JobsCaller = Annotated[Caller, Depends(require_jobs)]
AdminCaller = Annotated[Caller, Depends(require_admin)]
PersonCaller = Annotated[Caller, Depends(require_person)]
AdminPersonCaller = Annotated[Caller, Depends(require_admin_person)]
CallerTx = Annotated[Tx, Depends(open_transaction)]
