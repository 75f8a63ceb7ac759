"""
A server on loopback that speaks the part of Stripe's API that we use, and signs events as Stripe does.

The official library talks to it over HTTP. It keeps sessions, takes an idempotency key for what it is, knows its own
prices, and may be told to fail.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from nexus.local.ports import free_port
from tests.house import serve_in_thread

KEY, SECRET, OLD_SECRET = "sk_test_of_the_tests", "whsec_of_the_tests", "whsec_of_the_tests_before"
STARTER, TEAM, DEAR = "price_starter", "price_team", "price_dear"
PRICES = {STARTER: (900, "usd"), TEAM: (3900, "eur"), DEAR: (99, "usd")}  # we sell the last one for more
PACKS = f"{STARTER}:1000:900:usd:Starter,{TEAM}:5000:3900:eur:Team,{DEAR}:10:100:usd:Dear,price_gone:1:100:usd:Gone"

Thing = dict[str, Any]


@dataclass(frozen=True)
class Failing:
    """
    What the server does instead of answering: a status and a body, or nothing for so many seconds.

    One that drips sends a byte a second, so that no single wait is long.
    """

    status: int = 500
    body: Any = None
    after_seconds: float = 0
    drips: bool = False


@dataclass
class StripeServer:
    """What it keeps, what it was asked, and how it is to fail next."""

    url: str
    sessions: dict[str, Thing] = field(default_factory=dict)
    asked: list[tuple[str, Thing, dict[str, str]]] = field(default_factory=list)
    failing: deque[Failing] = field(default_factory=deque)
    changes: Thing = field(default_factory=dict)
    answered: dict[str, tuple[str, Thing]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def settings(self) -> dict[str, str]:
        """The settings of an API that sells with it."""
        return {
            "NEXUS_STRIPE_API_KEY": KEY,
            "NEXUS_STRIPE_WEBHOOK_SECRET": f"{SECRET},{OLD_SECRET}",
            "NEXUS_STRIPE_API_BASE": self.url,
            "NEXUS_STRIPE_PACKS": PACKS,
            "NEXUS_WEB_URL": "http://127.0.0.1:3000",
        }

    def session_of(self, url: str) -> Thing:
        """The session whose page this is."""
        return self.sessions[url.rpartition("/")[2]]

    def pay(self, session: Thing) -> Thing:
        """Somebody pays."""
        session.update(payment_status="paid", status="complete", payment_intent=f"pi_{uuid4().hex}")
        return session

    async def create(self, request: Request) -> Response:
        """POST /v1/checkout/sessions."""
        body, key = await request.body(), request.headers.get("idempotency-key", "")
        form = dict(parse_qsl(body.decode()))
        self.asked.append((key, form, dict(request.headers)))
        if self.failing:
            return await self._fail(self.failing.popleft())
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(401, "authentication_error", "Invalid API Key provided")
        if key in self.answered:
            text, first = self.answered[key]
            return (
                JSONResponse(first) if text == body.decode() else _error(400, "idempotency_error", "Other parameters")
            )
        if form.get("line_items[0][price]") not in PRICES:
            return _error(400, "invalid_request_error", "No such price")
        session = self._made(form) | self.changes
        self.sessions[session["id"]] = session
        self.answered[key] = (body.decode(), session)
        return JSONResponse(session)

    async def list(self, request: Request) -> Response:
        """GET /v1/checkout/sessions, the newest first."""
        if self.failing:
            return await self._fail(self.failing.popleft())
        asked = request.query_params
        kept = [one for one in self.sessions.values() if one["created"] >= int(asked.get("created[gte]", "0"))]
        kept = [one for one in reversed(kept) if asked.get("status") in (None, one["status"])]
        after = asked.get("starting_after")
        begin = [one["id"] for one in kept].index(after) + 1 if after else 0
        page = kept[begin : begin + min(int(asked.get("limit", "10")), 3)]  # so that there are pages
        more = bool(page) and page[-1] is not kept[-1]
        return JSONResponse({"object": "list", "url": "/v1/checkout/sessions", "data": page, "has_more": more})

    async def _fail(self, how: Failing) -> Response:
        await asyncio.sleep(how.after_seconds)
        body = how.body if isinstance(how.body, str) else json.dumps(how.body)
        if how.drips:
            return StreamingResponse(_drip(body), how.status, media_type="application/json")
        return Response(body, how.status, media_type="application/json")

    def _made(self, form: dict[str, str]) -> Thing:
        price, currency = PRICES[form["line_items[0][price]"]]
        session_id = f"cs_test_{next(self.numbers)}_{uuid4().hex}"
        names = ("checkout_id", "organisation_id")
        return {
            "id": session_id,
            "object": "checkout.session",
            "livemode": False,
            "created": int(time.time()),
            "mode": form["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": price * int(form["line_items[0][quantity]"]),
            "currency": currency,
            "payment_intent": None,
            "client_reference_id": form.get("client_reference_id"),
            "metadata": {name: form[f"metadata[{name}]"] for name in names if f"metadata[{name}]" in form},
            "success_url": form["success_url"],
            "cancel_url": form["cancel_url"],
            "url": f"{self.url}/pay/{session_id}",
        }


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    """Run it in a thread."""
    server = StripeServer(f"http://127.0.0.1:{free_port()}")
    path = "/v1/checkout/sessions"
    routes = [Route(path, server.create, methods=["POST"]), Route(path, server.list, methods=["GET"])]
    port = int(server.url.rpartition(":")[2])
    config = uvicorn.Config(Starlette(routes=routes), port=port, log_config=None, lifespan="off")
    config.timeout_graceful_shutdown = 1
    with serve_in_thread(config):
        yield server


async def _drip(body: str) -> AsyncIterator[bytes]:
    for byte in body.encode():
        yield bytes([byte])
        await asyncio.sleep(1)


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"error": {"type": kind, "message": message}}, status)


def event(kind: str, about: Thing, **changed: Any) -> Thing:
    """An event as Stripe tells it."""
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "api_version": "2026-06-30",
        "created": int(time.time()),
        "livemode": about.get("livemode", False),
        "type": kind,
        "data": {"object": about},
    } | changed


def signature(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """The header that Stripe sends with these bytes."""
    moment = int(time.time() if at is None else at)
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def refund(session: Thing, amount: int, charge: str | None = None) -> Thing:
    """`charge.refunded`, with all that was refunded so far."""
    about = {
        "id": charge or f"ch_{session['payment_intent']}",
        "object": "charge",
        "livemode": session["livemode"],
        "amount": session["amount_total"],
        "amount_refunded": amount,
        "currency": session["currency"],
        "payment_intent": session["payment_intent"],
        "refunded": amount == session["amount_total"],
    }
    return event("charge.refunded", about)


def refund_status(session: Thing, status: str, amount: int, kind: str, number: int = 1) -> Thing:
    """One refund, as it stands."""
    about = {
        "id": f"re_{number}_{session['payment_intent']}",
        "object": "refund",
        "amount": amount,
        "charge": f"ch_{session['payment_intent']}",
        "currency": session["currency"],
        "payment_intent": session["payment_intent"],
        "status": status,
    }
    return event(kind, about)


def dispute(session: Thing, status: str, kind: str = "created", amount: int | None = None) -> Thing:
    """`charge.dispute.…`, as the dispute stands."""
    about = {
        "id": f"dp_{session['payment_intent']}",
        "object": "dispute",
        "livemode": session["livemode"],
        "amount": session["amount_total"] if amount is None else amount,
        "charge": f"ch_{session['payment_intent']}",
        "currency": session["currency"],
        "payment_intent": session["payment_intent"],
        "status": status,
    }
    return event(f"charge.dispute.{kind}", about)
