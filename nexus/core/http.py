"""
Errors as problem documents (RFC 9457), and a route that judges in the right order.

One handler answers every error of the tree in core/errors.py; nobody builds an error answer by hand.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic_core import from_json, to_json
from starlette.exceptions import HTTPException

from nexus.core.errors import InvalidRequest, MethodNotAllowed, NexusError, NotFound
from nexus.core.idempotency import Memory, Replay
from nexus.core.parts import part_of

MEDIA_TYPE = "application/problem+json"
UNREADABLE = "unreadable_body"
MOST_ERRORS = 20
FIRST_REFUSAL = 300

NOTHING_HERE = "No such path. The paths are listed in the API's OpenAPI document."

PLAIN = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is unknown here. Remove it.",
    "string_type": "This must be text.",
    "string_unicode": "This must be valid Unicode text, without lone surrogates.",
    "json_invalid": "The body is not valid JSON.",
    "model_attributes_type": "This must be a JSON object.",
    "dict_type": "This must be a JSON object.",
}


class _JudgedRequest(Request):
    """A request whose unreadable JSON is found after the caller: 401 comes before 422."""

    async def json(self) -> Any:
        """The parsed body, or a value that no body model takes."""
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError:
            self.state.unreadable = True
            return UNREADABLE


class JudgedRoute(APIRoute):
    """A route that looks at who is calling before it looks at what they sent, and keeps its answer for a key."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # narrower on purpose
        """Hand the request on as one whose body may be unreadable for now."""
        handle = super().get_route_handler()

        async def judge(request: Request) -> Response:
            judged = _JudgedRequest(request.scope, request.receive)
            try:
                response = await handle(judged)
            except Replay as replay:
                return replay.response
            except Exception:
                once = getattr(judged.state, "once", None)
                if once is not None:
                    await once.give_up()
                raise
            once = getattr(judged.state, "once", None)
            if once is not None and response.status_code < FIRST_REFUSAL:
                await part_of(request, Memory).keep(once, response)
            return response

        return judge


def document_of(request_id: str, error: NexusError) -> dict[str, Any]:
    """An error as a problem document: what is wrong, what to do, and the facts."""
    return {
        "type": f"urn:nexus:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
        **error.facts,
    }


def problem(request_id: str, error: NexusError) -> Response:
    """The answer for an error."""
    return Response(to_json(document_of(request_id, error)), error.status, error.headers, MEDIA_TYPE)


def answer_errors(app: FastAPI) -> None:
    """Answer every error of the tree, and the framework's own, as problem documents."""

    async def answer(request: Request, error: Exception) -> Response:
        return problem(request.scope["request_id"], _translated(request, error))

    for kind in (NexusError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def _translated(request: Request, error: Exception) -> NexusError:
    if isinstance(error, NexusError):
        return error
    if isinstance(error, RequestValidationError):
        return InvalidRequest(_plain(request, error.errors()))
    if isinstance(error.__cause__, NexusError):
        return error.__cause__  # FastAPI wraps whatever happens while it reads a body
    status = getattr(error, "status_code", 500)
    if status == MethodNotAllowed.status:
        return MethodNotAllowed(_methods_of(request))
    if status == NotFound.status:
        return NotFound(NOTHING_HERE)
    return InvalidRequest.of("body", "The request could not be read.")


def _methods_of(request: Request) -> str:
    """Every method of the path: Starlette itself names only those of the first route that it finds there."""
    path = getattr(request.scope.get("route"), "path", "")
    routes = (route for route in iter_route_contexts(request.app.routes) if str(route.path) == path)
    methods = {method for route in routes for method in route.methods or ()}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _plain(request: Request, errors: Sequence[Any]) -> list[dict[str, str]]:
    if getattr(request.state, "unreadable", False):
        return [{"field": "body", "message": PLAIN["json_invalid"]}]
    return [{"field": _field(error["loc"]), "message": _message(error)} for error in errors[:MOST_ERRORS]]


def _field(location: Sequence[object]) -> str:
    """`text`, not `body.text`: the caller's own name for it."""
    place, *inner = location
    return ".".join(map(str, inner)) if inner else str(place)


def _message(error: Any) -> str:
    message: str = PLAIN.get(error["type"], error["msg"])
    return message.removeprefix("Value error, ")
