"""
What Stripe tells us, read: an event, and the three kinds of objects that matter here.

Only what is used is read, and no text gets in that PostgreSQL would not take. An object that cannot be read is not
guessed at.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, StrictBool, StrictInt, StringConstraints, ValidationError
from pydantic_core import from_json

Id = Annotated[str, StringConstraints(strict=True, pattern=r"^[\x21-\x7e]{1,255}$")]
Word = Annotated[str, StringConstraints(strict=True, pattern=r"^[\x21-\x7e]{1,100}$")]
Amount = Annotated[StrictInt, Field(ge=0, le=2**53)]


def _plain_id(value: object) -> object:
    """An id, where the object itself may stand in its place."""
    return value.get("id") if isinstance(value, Mapping) else value


ReferredTo = Annotated[Id | None, BeforeValidator(_plain_id)]


class About(BaseModel):
    """The object that an event is about."""

    object: dict[str, Any]


class Event(BaseModel):
    """An event: what happened, to what."""

    id: Id
    type: Word
    livemode: StrictBool | None = None
    data: About

    @property
    def about(self) -> str | None:
        """The id of the object, if it has one that can be kept."""
        found = read(Referred, self.data.object)
        return found.id if found else None


class Referred(BaseModel):
    """Anything with an id."""

    id: Id


class CurrencyConversion(BaseModel):
    """What a session was opened for, where the buyer paid in a local currency: API versions before 2025-03-31."""

    amount_total: Amount
    source_currency: Word


class Session(BaseModel):
    """A Checkout session, as Stripe tells it."""

    id: Id
    livemode: StrictBool
    payment_status: Word
    mode: Word = "payment"
    amount_total: Amount | None = None
    currency: Word | None = None
    currency_conversion: CurrencyConversion | None = None
    payment_intent: ReferredTo = None
    client_reference_id: str | None = None
    metadata: dict[str, str] | None = None

    @property
    def price(self) -> tuple[int | None, str | None]:
        """Amount and currency of what was sold, whatever currency it was paid in."""
        if self.currency_conversion is not None:
            return self.currency_conversion.amount_total, self.currency_conversion.source_currency
        return self.amount_total, self.currency


class Charge(BaseModel):
    """A payment of which something was refunded: `amount_refunded` is all of it so far."""

    id: Id
    livemode: StrictBool
    payment_intent: Annotated[Id, BeforeValidator(_plain_id)]
    amount_refunded: Amount
    currency: Word


class Refund(BaseModel):
    """One refund of a payment. It says nothing of its mode; the event does."""

    id: Id
    livemode: StrictBool
    payment_intent: Annotated[Id, BeforeValidator(_plain_id)]
    amount: Amount
    currency: Word
    status: Word

    @property
    def came_to_nothing(self) -> bool:
        """Whether Stripe has the money again."""
        return self.status in {"failed", "canceled"}


class Dispute(BaseModel):
    """A buyer's bank wants the money back, or only asks (`warning_…`)."""

    id: Id
    livemode: StrictBool
    payment_intent: Annotated[Id, BeforeValidator(_plain_id)]
    amount: Amount
    currency: Word
    status: Word


OPEN_STATUSES = frozenset({"needs_response", "under_review"})
CLOSED_STATUSES = frozenset({"won", "lost", "warning_closed", "prevented"})
TAKEN_STATUSES = OPEN_STATUSES | {"lost"}

Shape = TypeVar("Shape", bound=BaseModel)


def stage_of(dispute: Dispute) -> int:
    """How far this dispute has gone, as a number that counts up."""
    return 2 if dispute.status in CLOSED_STATUSES else 1 if dispute.status in OPEN_STATUSES else 0


def read_event(raw: bytes) -> Event | None:
    """The event in these bytes, or None when they are not one."""
    try:
        return Event.model_validate(from_json(raw, allow_inf_nan=False))
    except ValueError:  # pydantic's own error is one, too
        return None


def read(shape: type[Shape], told: Mapping[str, Any]) -> Shape | None:
    """What is told, in this shape, or None when it is not in it."""
    try:
        return shape.model_validate(told)
    except ValidationError:
        return None
