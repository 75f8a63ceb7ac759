"""
The paths of sign-in: by an ID token, by browser, and the life of a session.

The browser flow (RFC 6749 section 4.1 with PKCE, RFC 7636) keeps its state, nonce and verifier in an encrypted cookie
for ten minutes; the callback takes them back, and the cookie is gone.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, TypedDict

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from fastapi import APIRouter, Cookie, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from nexus.accounts.desk import Desk
from nexus.accounts.errors import (
    ApprovalPending,
    ChangedMeanwhile,
    InvalidIdentity,
    InvitationForAnother,
    InvitationNeeded,
    InvitationOver,
    LastAdmin,
    MembershipRemoved,
)
from nexus.accounts.google import Google
from nexus.accounts.limits import count_stranger
from nexus.accounts.models import Client
from nexus.accounts.schemas import GoogleSignIn, RefreshRequest, TokenPair
from nexus.core.errors import NotFound, NotSignedIn, Unavailable, may_raise
from nexus.core.http import JudgedRoute
from nexus.core.parts import part

COOKIE = "nexus_sign_in"
COOKIE_PATHS = ("/v1/auth/google",)  # the only paths that read a cookie
FLOW_SECONDS = 600
BEGIN_AGAIN = "This sign-in was not begun in this browser, or too long ago. Begin again at /v1/auth/google."

NOT_LET_IN = (InvalidIdentity, MembershipRemoved, ApprovalPending, InvitationNeeded, Unavailable)
NOT_ACCEPTED = (NotFound, InvitationForAnother, InvitationOver, LastAdmin, ChangedMeanwhile)

v1 = APIRouter(prefix="/v1/auth", tags=["sign-in"], route_class=JudgedRoute, dependencies=[Depends(count_stranger)])

TheDesk = Annotated[Desk, Depends(part(Desk))]
TheGoogle = Annotated[Google, Depends(part(Google))]


class _Bounds(TypedDict):
    path: str
    secure: bool


class FlowCookies:
    """
    Seals what a browser carries between the two halves of a sign-in. `only_https`: a browser takes and sends it over
    TLS alone, whatever a proxy in front of us says of the way the request came, and no other host can have set it.
    """

    def __init__(self, keys: Sequence[str], *, only_https: bool) -> None:
        self._only_https = only_https
        self._name = f"__Host-{COOKIE}" if only_https else COOKIE
        derived = (hashlib.sha256(b"nexus sign-in cookie\0" + key.encode()).digest() for key in keys)
        self._box = MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])

    def give(self, request: Request, answer: Response, flow: dict[str, str]) -> None:
        """Encrypt it, and have the browser keep it."""
        sealed = self._box.encrypt(json.dumps(flow).encode()).decode()
        answer.set_cookie(self._name, sealed, max_age=FLOW_SECONDS, httponly=True, samesite="lax", **self._of(request))

    def take_away(self, request: Request, answer: Response) -> None:
        """Have the browser forget it."""
        answer.delete_cookie(self._name, httponly=True, samesite="lax", **self._of(request))

    def _of(self, request: Request) -> "_Bounds":
        if self._only_https:
            return {"path": "/", "secure": True}  # the prefix asks for this path
        return {"path": request.url_for("begin_browser_sign_in").path, "secure": request.url.scheme == "https"}

    def open(self, request: Request, state: str) -> dict[str, str]:
        """Decrypt it, if it is ours, young enough and of this state."""
        try:
            sealed = request.cookies.get(self._name, "").encode()
            flow: dict[str, str] = json.loads(self._box.decrypt(sealed, ttl=FLOW_SECONDS))
        except (InvalidToken, ValueError):
            raise InvalidIdentity(BEGIN_AGAIN) from None
        if not hmac.compare_digest(flow["state"].encode(), state.encode()):
            raise InvalidIdentity(BEGIN_AGAIN)
        return flow


TheCookies = Annotated[FlowCookies, Depends(part(FlowCookies))]


@v1.get("/google", status_code=307, response_class=RedirectResponse)
@may_raise(Unavailable)
async def begin_browser_sign_in(request: Request, google: TheGoogle, cookies: TheCookies) -> Response:
    """Send a browser to Google to sign in."""
    flow = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    challenge = urlsafe_b64encode(hashlib.sha256(flow["verifier"].encode()).digest()).decode().rstrip("=")
    redirect_uri = str(request.url_for("finish_browser_sign_in"))
    answer = RedirectResponse(await google.authorization_url(redirect_uri, flow["state"], flow["nonce"], challenge))
    cookies.give(request, answer, flow)
    return answer


@v1.get("/google/callback", include_in_schema=False)
@may_raise(*NOT_LET_IN)
async def finish_browser_sign_in(  # noqa: PLR0913 - what Google sends, and what answers it
    *,
    request: Request,
    response: Response,
    desk: TheDesk,
    google: TheGoogle,
    cookies: TheCookies,
    state: Annotated[str, Query(max_length=512)] = "",
    code: Annotated[str, Query(max_length=2048)] = "",
    _: Annotated[str, Cookie(alias=COOKIE)] = "",  # clients of v1 were promised this name in development
) -> TokenPair:
    """Finish a browser's sign-in, and answer with a token pair."""
    flow = cookies.open(request, state)
    if not code:
        raise InvalidIdentity("The sign-in was cancelled. Begin again at /v1/auth/google.")
    id_token = await google.redeem(code, str(request.url_for("finish_browser_sign_in")), flow["verifier"])
    person = await google.verify(id_token, flow["nonce"])
    cookies.take_away(request, response)
    return await desk.let_in(person, Client.API)


@v1.post("/google")
@may_raise(*NOT_LET_IN, *NOT_ACCEPTED)
async def sign_in(asked: GoogleSignIn, desk: TheDesk) -> TokenPair:
    """Sign in with an ID token of Google's that your own program got, and accept an invitation if you have one."""
    return await desk.sign_in(asked)


@v1.post("/refresh")
@may_raise(NotSignedIn, Unavailable)
async def refresh_session(asked: RefreshRequest, desk: TheDesk) -> TokenPair:
    """Renew a session: the refresh token is spent, and the answer holds its successor."""
    return await desk.refresh(asked.refresh_token)


@v1.post("/logout", status_code=204)
@may_raise(NotSignedIn, Unavailable)
async def sign_out(asked: RefreshRequest, desk: TheDesk) -> None:
    """Sign out: the session ends at once."""
    await desk.sign_out(asked.refresh_token)
