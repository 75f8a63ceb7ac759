"""
The errors of the house, and what each means to a caller.

    NexusError                          answered as application/problem+json (RFC 9457) by core/http.py
    ├── NotHTTP              400        (core/listener.py)
    ├── NotSignedIn          401        who is calling is not known; `reason` says why
    ├── InvalidIdentity      401        the identity provider's word does not hold
    ├── NotAllowed           403        known, but the role does not allow it
    ├── NotFound             404        nothing there, or another organisation's: the same answer
    ├── Conflict             409        the state of things does not allow it now
    │   └── InsufficientCredits  402    (credits)
    ├── BodyTooLarge         413
    ├── UnsupportedMediaType 415
    ├── HeadTooLarge         431        (core/listener.py)
    ├── InvalidHost          400        (core/request_head.py)
    ├── TargetTooLong        414        (core/request_head.py)
    ├── TooManyHeaders       431        (core/request_head.py)
    ├── InvalidRequest       422        `errors` names each field
    ├── RateLimited          429        (core/ratelimit.py) `retry_after` says when there is room again
    └── Unavailable          503        something we need is away; `retry_after` says when to come back

    WorkFailed                          a job's attempt failed; jobs/runner.py books the next or gives up
    ├── TryAgain                        the same work may succeed later
    └── GiveUp                          it never will: failed at once, and refunded

Each leaf stands beside the service that raises it, unless several domains raise it; `docs/errors.md` lists
every code. A sentence says what is wrong and what to do, and holds nothing of the inside. `example` is what the
API's description shows of an error: what it is made from in a case that may well happen.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

RETRY_SECONDS = 2
UNAUTHENTICATED = 401

UNFORESEEN = "Something went wrong on our side. Send the request again; if it stays, report its request_id."

Function = TypeVar("Function", bound=Callable[..., Any])


class NexusError(Exception):
    """
    Something failed on our side that nobody foresaw.

    Whatever else a caller is told of is a kind of this: a sentence, a code, a status, the facts.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    example: ClassVar[tuple[Any, ...]] = (UNFORESEEN,)

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to this answer; RFC 9110 section 11.6.1 asks for the challenge of a 401."""
        retry_after = self.facts.get("retry_after")
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return headers | ({"WWW-Authenticate": "Bearer"} if self.status == UNAUTHENTICATED else {})


def may_raise(*kinds: type[NexusError]) -> Callable[[Function], Function]:
    """Say what a route or a dependency may be refused with: the API's description names it wherever it is used."""

    def say(function: Function) -> Function:
        vars(function)["may_raise"] = kinds
        return function

    return say


class NotSignedIn(NexusError):
    """The request does not say, in a way that holds, who is calling."""

    status = 401
    code = "not_signed_in"
    title = "Not signed in"
    example = ("expired", "The access token has expired. Renew the session.")

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, reason=reason)


class NotAllowed(NexusError):
    """The caller is known and may not do this."""

    status = 403
    code = "not_allowed"
    title = "Not allowed"
    example: ClassVar[tuple[Any, ...]] = ("Only an admin of your organisation may do this. Ask one of them.",)


class NotFound(NexusError):
    """Nothing here by that name, as far as the caller may know."""

    status = 404
    code = "not_found"
    title = "Not found"
    example = ()

    def __init__(self, detail: str = "There is nothing here by that id. Check it, and whose it is.") -> None:
        super().__init__(detail)


class MethodNotAllowed(NexusError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"
    example = ("GET",)

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This path exists, but not with this method. It takes {allowed}.")
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 section 15.5.6 asks for the methods that there are."""
        return super().headers | {"Allow": self.allowed}


class Conflict(NexusError):
    """The state of things does not allow this now."""

    status = 409
    code = "conflict"
    title = "Conflict"
    example: ClassVar[tuple[Any, ...]] = ("It was changed meanwhile. Read it again.",)


class BodyTooLarge(NexusError):
    """The body is larger than this path takes."""

    status = 413
    code = "body_too_large"
    title = "Body too large"
    example = (1_000_000,)

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"Send a body of at most {limit_bytes} bytes.", limit_bytes=limit_bytes)


class UnsupportedMediaType(NexusError):
    """The body is not JSON."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"
    example = ()

    def __init__(self) -> None:
        super().__init__("Send JSON, with the header `Content-Type: application/json`.")


class InvalidRequest(NexusError):
    """Something in the request is not as it must be; `errors` names each field."""

    status = 422
    code = "invalid_request"
    title = "Invalid request"
    example = ([{"field": "text", "message": "This field is required."}],)

    def __init__(self, errors: list[dict[str, str]]) -> None:
        named = "; ".join(f"{error['field']}: {error['message']}" for error in errors[:3])
        super().__init__(f"Correct the request and send it again. {named}", errors=errors)

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidRequest":
        """Say it of one field."""
        return cls([{"field": field, "message": message}])


class Unavailable(NexusError):
    """Something that this answer needs is away for the moment."""

    status = 503
    code = "unavailable"
    title = "Unavailable for the moment"
    example: ClassVar[tuple[Any, ...]] = ("The database cannot be reached for the moment. Send the request again.",)

    def __init__(self, detail: str, retry_after: int = RETRY_SECONDS) -> None:
        super().__init__(detail, retry_after=retry_after)


class WorkFailed(Exception):
    """An attempt at a job failed. The sentence is for the caller; the cause is for the log."""

    code: ClassVar[str] = "work_failed"
    final: ClassVar[bool] = False

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class TryAgain(WorkFailed):
    """The same work may succeed later. `retry_after` seconds, where the other side asked for them."""

    code = "temporarily_failed"


class GiveUp(WorkFailed):
    """The same work will fail again: the job fails at once."""

    code = "cannot_be_done"
    final = True
