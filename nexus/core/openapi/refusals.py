"""
What an operation may be refused with, found in its route, and how that is described.

A dependency or a route names its own errors with `may_raise`; what every route of its kind may answer is known here.
Each error is a shape of its own, told from the others of its status by `code`.
"""

from collections.abc import Iterable, Iterator
from inspect import cleandoc
from itertools import groupby
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from nexus.core.errors import BodyTooLarge, InvalidRequest, NexusError, NotFound, UnsupportedMediaType
from nexus.core.http import MEDIA_TYPE, document_of
from nexus.core.idempotency import InProgress, KeyReused
from nexus.core.openapi.samples import A_REQUEST_ID
from nexus.core.ratelimit import RateLimited

Schema = dict[str, Any]
Kinds = set[type[NexusError]]

OF_A_KEY: Kinds = {InProgress, KeyReused}
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
REQUEST_ID_HEADER = "X-Request-ID"
HEADERS: dict[str, Schema] = {
    REQUEST_ID_HEADER: {
        "description": "The request's id, in our log too. Your own is kept if it is 8 to 128 of `A-Z a-z 0-9 _ . -`.",
        "required": True,
        "schema": {"type": "string", "examples": [A_REQUEST_ID]},
    },
    "Retry-After": {
        "description": "In how many seconds to send the request again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "examples": [2]},
    },
    "RateLimit": {
        "description": "By policy, `r`: how many more requests there may be, and `t`: in how many seconds one more.",
        "required": True,
        "schema": {"type": "string", "examples": ['"organisation";r=57;t=412']},
    },
    "RateLimit-Policy": {
        "description": "By policy, `q`: how many requests there may be in a window, and `w`: its seconds. It slides. "
        "(draft-ietf-httpapi-ratelimit-headers-11)",
        "required": True,
        "schema": {"type": "string", "examples": ['"organisation";q=100;w=900']},
    },
    "WWW-Authenticate": {
        "description": "How to say who is calling.",
        "required": True,
        "schema": {"type": "string", "examples": ["Bearer"]},
    },
}
RATE_HEADERS = ("RateLimit", "RateLimit-Policy")
BEFORE_COUNTING = frozenset({401, 413, 415})  # statuses of requests that were not counted
PROBLEM: Schema = {
    "type": "object",
    "description": "Whatever goes wrong, in one shape (RFC 9457). Programs rely on `code`, people read `detail`.",
    "properties": {
        "type": {"type": "string", "description": "The code, as a URI."},
        "title": {"type": "string", "description": "The kind of error, in a few words."},
        "status": {"type": "integer", "description": "The HTTP status, again."},
        "detail": {
            "type": "string",
            "description": "What is wrong and what to do. May be worded differently tomorrow.",
        },
        "code": {"type": "string", "description": "What programs tell errors by. Does not change."},
        "request_id": {"type": "string", "description": "Name it when you report something."},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}


def refusals_of(route: APIRoute, method: str) -> list[type[NexusError]]:
    """Every error that this operation may answer with, by status and code."""
    kinds: Kinds = {NexusError, *_declared(route.dependant), *getattr(route.endpoint, "may_raise", ())}
    if method != "POST":
        kinds -= OF_A_KEY
    if method in WITH_BODY:
        kinds |= {BodyTooLarge, UnsupportedMediaType}
    if route.dependant.path_params:
        kinds.add(NotFound)
    if route.body_field or _asks(route.dependant) or OF_A_KEY & kinds:
        kinds.add(InvalidRequest)
    return sorted(kinds, key=lambda kind: (kind.status, kind.code))


def answers_of(kinds: Iterable[type[NexusError]]) -> dict[str, tuple[str, Schema]]:
    """The answers of these errors, by status: a name, since many operations share one, and what it is."""
    by_status = {str(status): list(same) for status, same in groupby(kinds, key=lambda kind: kind.status)}
    return {status: ("Or".join(map(shape_name, same)), _answer(same)) for status, same in by_status.items()}


def shape_name(kind: type[NexusError]) -> str:
    """`InsufficientCredits`, from the code: it is the code that does not change."""
    return "".join(word.capitalize() for word in kind.code.split("_"))


def shape_of(kind: type[NexusError]) -> Schema:
    """
    The shape of an error: that of all, with its own code and facts.

    It is flat. Common generators of clients cannot merge a constant with the type that it has in `Problem`, and drop
    the whole error.
    """
    of_all: dict[str, Schema] = PROBLEM["properties"]
    own = {"status": of_all["status"] | {"const": kind.status}, "code": of_all["code"] | {"const": kind.code}}
    facts = {name: _shape_of_fact(value) for name, value in kind(*kind.example).facts.items()}
    return {
        "type": "object",
        "description": cleandoc(kind.__doc__ or kind.title),
        "properties": of_all | own | facts,
        "required": [*of_all, *facts],
        "examples": [_example(kind)],
    }


def _declared(dependant: Dependant) -> Iterator[type[NexusError]]:
    yield from getattr(dependant.call, "may_raise", ())
    for inner in dependant.dependencies:
        yield from _declared(inner)


def _asks(dependant: Dependant) -> bool:
    """Whether there is anything in the query that can be wrong."""
    return bool(dependant.query_params) or any(map(_asks, dependant.dependencies))


def _answer(kinds: list[type[NexusError]]) -> Schema:
    refs = {kind.code: f"#/components/schemas/{shape_name(kind)}" for kind in kinds}
    shapes = [{"$ref": ref} for ref in refs.values()]
    told_apart = {"oneOf": shapes, "discriminator": {"propertyName": "code", "mapping": refs}}
    content: Schema = {
        "schema": shapes[0] if len(shapes) == 1 else told_apart,
        "examples": {kind.code: {"summary": kind.title, "value": _example(kind)} for kind in kinds},
    }
    own = [{REQUEST_ID_HEADER: "", **kind(*kind.example).headers} for kind in kinds]
    named = list(dict.fromkeys(name for headers in own for name in headers))
    of_all = set.intersection(*map(set, own))
    if kinds[0].status not in BEFORE_COUNTING:
        named += RATE_HEADERS
        of_all |= set(RATE_HEADERS) if RateLimited in kinds else set()
    return {
        "description": "\n".join(f"- `{kind.code}`: {_sentence(kind)}" for kind in kinds),
        "headers": {name: header(name, required=name in of_all) for name in named},
        "content": {MEDIA_TYPE: content},
    }


def header(name: str, *, required: bool) -> Schema:
    """A header of an answer: one for all that have it always, or its own for one that may be without it."""
    return {"$ref": f"#/components/headers/{name}"} if required else HEADERS[name] | {"required": False}


def _sentence(kind: type[NexusError]) -> str:
    return (kind.__doc__ or kind.title).strip().splitlines()[0]


def _example(kind: type[NexusError]) -> Schema:
    return document_of(A_REQUEST_ID, kind(*kind.example))


def _shape_of_fact(value: object) -> Schema:
    if isinstance(value, list):
        return {"type": "array", "items": _shape_of_fact(value[0])}
    if isinstance(value, dict):
        inner = {name: _shape_of_fact(one) for name, one in value.items()}
        return {"type": "object", "properties": inner, "required": list(inner)}
    return {"type": "integer" if isinstance(value, int) else "string"}
