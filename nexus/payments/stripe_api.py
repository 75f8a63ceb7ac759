"""
Stripe's API, through its official library: the only module that imports it, and only when it is first asked.

Every question is bounded in time, and only a few may wait at once. Nobody holds a connection to PostgreSQL meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from pydantic import BaseModel, StrictBool

from nexus.payments.errors import LATER_SECONDS, StripeUnavailable
from nexus.payments.notices import Amount, Id, Word, read
from nexus.payments.packs import Order

if TYPE_CHECKING:
    from stripe import HTTPXClient, StripeClient, StripeError

log = structlog.get_logger()

TRY_SECONDS = 3.0
TRIES_MORE = 1
ALL_SECONDS = 7.5
MOST_AT_ONCE = 4
PAGE = 100
LIVE = "_live_"
BUSY_STATUSES = frozenset({None, 409, 429})
BROKEN = 500

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Ways:
    """Where Stripe sends a buyer afterwards. Coming back proves nothing: only an event does."""

    paid: str
    cancelled: str


class Opened(BaseModel):
    """A session that Stripe opened, as far as it matters: what it says of money must be what we offered."""

    id: Id
    url: str
    livemode: StrictBool | None = None
    amount_total: Amount | None = None
    currency: Word | None = None


class StripeAPI:
    """Asks Stripe. Raises StripeUnavailable when there is no answer that is of use."""

    def __init__(self, key: str, address: str | None) -> None:
        self._key = key
        self._address = address
        self._client: StripeClient | None = None
        self._http: HTTPXClient | None = None
        self._asking = asyncio.Semaphore(MOST_AT_ONCE)

    @property
    def livemode(self) -> bool:
        """Whether real money is paid with this key."""
        return LIVE in self._key[:16]

    async def open_session(self, order: Order, ways: Ways) -> Opened:
        """Open a Checkout session for an order; its id and address."""
        ours = {"checkout_id": str(order.checkout_id), "organisation_id": str(order.organisation_id)}
        asked: Any = {
            "mode": "payment",
            "currency": order.pack.currency,
            "adaptive_pricing": {"enabled": False},  # else Stripe offers, and tells of, the buyer's own currency
            "line_items": [{"price": order.pack.id, "quantity": 1}],
            "client_reference_id": str(order.checkout_id),
            "metadata": ours,
            "payment_intent_data": {"metadata": ours},
            "success_url": ways.paid,
            "cancel_url": ways.cancelled,
        }
        once: Any = {"idempotency_key": f"checkout-{order.checkout_id}"}
        told = await self._ask(lambda: self._known().v1.checkout.sessions.create_async(asked, once))
        return _checked(told, order)

    async def paid_sessions(self, since: int) -> AsyncIterator[Sequence[dict[str, Any]]]:
        """Every session that was opened since (a Unix time) and has been paid, a page at a time."""
        asked: Any = {"created": {"gte": since}, "status": "complete", "limit": PAGE}
        page = await self._ask(lambda: self._known().v1.checkout.sessions.list_async(asked))
        while True:
            told = [session.to_dict() for session in page.data]
            yield [session for session in told if session.get("payment_status") == "paid"]
            if not page.has_more:
                return
            page = await self._ask(page.next_page_async)

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]  # the library gives it no hints
            self._client = self._http = None

    def _known(self) -> "StripeClient":
        """The library's client, made when it is first wanted: an API that sells nothing never loads it."""
        if self._client is None:
            stripe = _library()
            stripe.enable_telemetry = False  # it would tell timings, and keep an id of this machine in a file
            self._http = stripe.HTTPXClient(timeout=TRY_SECONDS)
            self._client = stripe.StripeClient(
                self._key,
                base_addresses={"api": self._address} if self._address else None,
                max_network_retries=TRIES_MORE,
                http_client=self._http,
            )
        return self._client

    async def _ask(self, question: Callable[[], Awaitable[Answer]]) -> Answer:
        if self._asking.locked():
            raise StripeUnavailable
        async with self._asking:
            try:
                async with asyncio.timeout(ALL_SECONDS):
                    return await question()
            except TimeoutError:
                log.warning("stripe.slow", seconds=ALL_SECONDS)
                raise StripeUnavailable from None
            except _library().StripeError as error:
                raise _translated(error) from error


def _library() -> Any:
    """Stripe's library: eight megabytes, which an API that nobody buys at does without."""
    import stripe  # noqa: PLC0415 - loaded only where it is used

    return stripe


def _translated(error: "StripeError") -> StripeUnavailable:
    """Busy and broken pass; the rest, such as a wrong key or an unknown price, is for the operator to put right."""
    facts = {"error": type(error).__name__, "status": error.http_status, "code": error.code}
    if error.http_status in BUSY_STATUSES or (error.http_status or 0) >= BROKEN:
        log.warning("stripe.unavailable", **facts, stripe_request=error.request_id)
        return StripeUnavailable()
    log.error("stripe.refused", **facts, said=error.user_message, stripe_request=error.request_id)
    return StripeUnavailable(LATER_SECONDS)


def _checked(session: Any, order: Order) -> Opened:
    """The session, if it is what we offered: one with another price would be paid and never credited."""
    opened = read(Opened, session.to_dict() if hasattr(session, "to_dict") else session)
    if opened is None:
        log.error("stripe.session_unreadable", pack=order.pack.id)
        raise StripeUnavailable(LATER_SECONDS)
    ours = (order.livemode, order.pack.amount, order.pack.currency)
    told = (opened.livemode, opened.amount_total, opened.currency)
    if any(one is not None and one != other for one, other in zip(told, ours, strict=True)):
        log.error("stripe.session_differs", pack=order.pack.id, told=told, ours=ours)
        raise StripeUnavailable(LATER_SECONDS)
    return opened
