"""The shapes of billing, as the API gives and takes them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

STARTER: dict[str, Any] = {
    "id": "price_1SVq2aKx3mT7Yd",
    "name": "Starter",
    "credits": 1000,
    "amount": 900,
    "currency": "usd",
}


class PackShown(BaseModel):
    """A pack of credits. `amount` is its price in the currency's smallest unit: 900 are 9.00 US dollars."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [STARTER]})

    id: str
    name: str
    credits: int
    amount: int
    currency: str


class CheckoutAsked(BaseModel):
    """Which pack to buy. Everything else about it, the price above all, is known here."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"pack_id": STARTER["id"]}]})

    pack_id: Annotated[str, Field(min_length=1, max_length=255)]


class CheckoutOpened(BaseModel):
    """Send the buyer to `url`, a page of Stripe's. The credits are there once Stripe has told us of the payment."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://checkout.stripe.com/c/pay/cs_…"}]})

    url: str


class EventTaken(BaseModel):
    """The event was taken, whatever became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"received": True}]})

    received: bool
