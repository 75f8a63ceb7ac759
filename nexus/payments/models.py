"""The tables of payments: our own record of each checkout, Stripe's events, and what was paid back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.models import OrganisationRecord, Record


class CheckoutStatus(StrEnum):
    """Where a checkout stands: open -> paid, or open -> expired | failed. Paid is the end, whatever comes later."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


class ReversalKind(StrEnum):
    """How money goes back to a buyer."""

    REFUND = "refund"
    DISPUTE = "dispute"


STATUSES = ", ".join(f"'{status}'" for status in CheckoutStatus)
KINDS = ", ".join(f"'{kind}'" for kind in ReversalKind)


class Checkout(OrganisationRecord):
    """
    What was offered to whom, and for how much: the word that counts when Stripe says that somebody paid.

    `amount` is in the currency's smallest unit. `taken_back` is how many of the credits refunds and disputes took.
    """

    __tablename__ = "checkouts"
    __table_args__ = (
        CheckConstraint(f"status IN ({STATUSES})", name="status_known"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_time"),
        CheckConstraint("credits > 0", name="credits_positive"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("taken_back BETWEEN 0 AND credits", name="no_more_taken_back_than_bought"),
        CheckConstraint("taken_back = 0 OR status = 'paid'", name="taken_back_of_what_was_paid"),
        ForeignKeyConstraint(["organisation_id", "user_id"], ["users.organisation_id", "users.id"]),
        UniqueConstraint("session_id"),
        UniqueConstraint("payment_intent"),
    )

    user_id: Mapped[UUID]
    pack_id: Mapped[str]
    pack_name: Mapped[str]
    credits: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    livemode: Mapped[bool]
    session_id: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=CheckoutStatus.OPEN)
    payment_intent: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    taken_back: Mapped[int] = mapped_column(BigInteger, server_default="0")


class StripeEvent(Record):
    """An event of Stripe's, by its id: what became of it, and how often it came. `created_at` is when it first did."""

    __tablename__ = "stripe_events"
    __table_args__ = (UniqueConstraint("event_id"), Index(None, "created_at"))

    event_id: Mapped[str]
    type: Mapped[str]
    about: Mapped[str | None]
    outcome: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    deliveries: Mapped[int] = mapped_column(server_default="1")


class PaymentReversal(Record):
    """
    Money that went back for a payment, by the charge that was refunded or the dispute that took it.

    It belongs to no organisation, since it may be told of before the purchase. `amount` is all of it so far, in the
    currency's smallest unit; `stage` counts up as a dispute goes on, and `taken` says whether the money is gone now.
    """

    __tablename__ = "payment_reversals"
    __table_args__ = (
        CheckConstraint(f"kind IN ({KINDS})", name="kind_known"),
        CheckConstraint("amount >= 0", name="amount_never_negative"),
        UniqueConstraint("kind", "reference"),
        Index(None, "payment_intent"),
    )

    kind: Mapped[str]
    reference: Mapped[str]
    payment_intent: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    stage: Mapped[int]
    taken: Mapped[bool]
