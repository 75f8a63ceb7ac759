"""
What a document cannot say of a request that is right, said to Schemathesis.

A cursor is one that the list itself gave, a key is new for a new request, a pack is one that is sold, a webhook goes
where it may, whoever is invited has an address, a time to come is one, names and texts can be seen, and what is to be
extracted is said in JSON Schema. Requests that are meant to be wrong are left as they are. Signing out everywhere is
tried by somebody else, who does nothing besides: it ends the token that it is sent with.
"""

import os
from base64 import urlsafe_b64encode
from itertools import count, cycle
from typing import Any

import schemathesis

from nexus.core.text import has_visible, is_valid_name

KEY, CURSOR = "Idempotency-Key", "cursor"
LONGEST_KEY = 255
AN_ID = "019f9b1c-7a5e-7c0e-8d2f-4b6a8c0e1d3f"
RECEIVER = "127.0.0.1:9"  # test_every_answer.py allows it; nobody is there
NUMBERS = count(1)
SCHEMAS = cycle(
    (
        {},
        {"type": "object", "properties": {"customer": {"type": "string"}}, "required": ["customer"]},
        {"type": "array", "items": {"$ref": "#/$defs/date"}, "$defs": {"date": {"pattern": "^[0-9-]+$"}}},
        {"anyOf": [{"enum": ["yes", "no"]}, {"type": "number", "minimum": 0}]},
    )
)
SIGN_OUT_EVERYWHERE = ("DELETE", "/v1/sessions")
TO_COME = "2099-01-01T00:00:00Z"
NAMES = ("name", "description")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - the form of this hook
    """Put what holds here into a request that is meant to be right."""
    if (case.method.upper(), case.path) == SIGN_OUT_EVERYWHERE and "Authorization" in kwargs.get("headers", {}):
        kwargs["headers"]["Authorization"] = f"Bearer {os.environ['TOKEN_TO_END']}"
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if KEY in (case.headers or {}):
        case.headers[KEY] = f"{next(NUMBERS)} {case.headers[KEY]}"[:LONGEST_KEY]
    if isinstance(case.body, dict) and "url" in case.body:
        case.body["url"] = f"http://{RECEIVER}/"
    if CURSOR in (case.query or {}):
        last = "4711" if case.path.endswith("/transactions") else AN_ID
        case.query[CURSOR] = urlsafe_b64encode(last.encode()).decode().rstrip("=")
    if case.path.endswith("/invitations") and case.method == "POST":
        case.body["email"] = f"guest-{next(NUMBERS)}@elsewhere.test"
    if case.path.endswith("/checkout"):
        case.body["pack_id"] = "price_starter"
    if case.path.endswith("/extract"):
        case.body["schema"] = next(SCHEMAS)
    if isinstance(case.body, dict):
        _correct(case.body)


def _correct(body: dict[str, Any]) -> None:
    """Which times lie ahead and which characters can be seen is beyond what a schema says."""
    if body.get("expires_at") is not None:
        body["expires_at"] = TO_COME
    for field in NAMES:
        if body.get(field) and not is_valid_name(body[field].strip()):
            body[field] = f"Name {next(NUMBERS)}"
    if isinstance(body.get("text"), str) and not has_visible(body["text"]):
        body["text"] += "."
