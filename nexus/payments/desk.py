"""The till: opens checkouts, and takes Stripe's events, as far as billing is configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

import structlog

from nexus.core import metrics
from nexus.core.clock import now
from nexus.core.db import Database, Tx
from nexus.core.models import new_id
from nexus.payments import intake, notices, services
from nexus.payments.errors import BillingNotConfigured, EventRefused
from nexus.payments.packs import Order, Packs
from nexus.payments.signing import is_signed
from nexus.payments.stripe_api import StripeAPI, Ways

log = structlog.get_logger()

EVENT_BYTES = 512_000
REFUSED, UNREADABLE = "refused", "unreadable_event"


@dataclass(frozen=True)
class Terms:
    """The packs, Stripe's signing secrets (newest first), where buyers come back to, and whom to ask for credits."""

    packs: Packs
    secrets: Sequence[str]
    ways: Ways
    support_contact: str | None = None


class Till:
    """Where credits are bought. Without a key, or without a secret to hear of payments by, it is closed."""

    def __init__(self, db: Database, stripe: StripeAPI | None, terms: Terms) -> None:
        self._db = db
        self._stripe = stripe if terms.secrets else None
        self._terms = terms
        self._secrets = [secret.encode() for secret in terms.secrets]

    @property
    def configured(self) -> bool:
        """Whether credits are sold here."""
        return self._stripe is not None

    @property
    def packs(self) -> Packs:
        """What is sold: no pack where billing is not configured."""
        return self._terms.packs if self.configured else Packs([])

    @property
    def support_contact(self) -> str | None:
        """Whom people ask for credits: a mail address, or the address of a page."""
        return self._terms.support_contact

    async def open_checkout(self, tx: Tx, organisation_id: UUID, user_id: UUID, pack_id: str) -> str:
        """
        The address of Stripe's page where this pack is paid. Raises BillingNotConfigured, NotFound, StripeUnavailable.

        Our record is committed before the address leaves the house: nobody can pay what we know nothing of.
        """
        stripe = self._open()
        pack = self._terms.packs.find(pack_id)
        order = Order(organisation_id, user_id, new_id(), pack, stripe.livemode)
        async with tx.apart():
            opened = await stripe.open_session(order, self._terms.ways)
        await services.keep_checkout(tx, order, opened.id)
        return opened.url

    async def take_event(self, raw: bytes, signature: str | None) -> None:
        """Act on an event. Raises EventRefused for what Stripe did not sign for us just now, BillingNotConfigured."""
        stripe = self._open()
        if not is_signed(raw, signature, self._secrets, now().timestamp()):
            self._refuse(REFUSED)
        event = notices.read_event(raw)
        if event is None:
            self._refuse(UNREADABLE)
        async with self._db.system() as tx:
            outcome = await intake.take(tx, event, livemode=stripe.livemode)
        metrics.stripe_events.labels(outcome).inc()

    async def close(self) -> None:
        """Hang up."""
        if self._stripe is not None:
            await self._stripe.close()

    def _open(self) -> StripeAPI:
        if self._stripe is None:
            raise BillingNotConfigured
        return self._stripe

    @staticmethod
    def _refuse(why: str) -> NoReturn:
        log.warning("stripe_event.refused", why=why)
        metrics.stripe_events.labels(why).inc()
        raise EventRefused
