"""The shapes of billing, as the API gives and takes them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from nexus.core.paging import Page

STARTER: dict[str, Any] = {
    "id": "price_1SVq2aKx3mT7Yd",
    "name": "Starter",
    "credits": 1000,
    "amount": 900,
    "currency": "usd",
    "amount_decimal": "9.00",
    "amount_exponent": 2,
}


class PackShown(BaseModel):
    """
    A pack of credits. `amount` is its price in the smallest unit in which Stripe counts the currency.

    `amount_decimal` is the same price in the currency's main unit, as exact decimal text: 900 are 9.00 US dollars.
    `amount_exponent` is the number of its decimals. Other tables of currencies differ: at Stripe, forint have two.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [STARTER]})

    id: str
    name: str
    credits: int
    amount: int
    currency: str
    amount_decimal: str
    amount_exponent: int


class PackList(Page[PackShown]):
    """The packs of credits that are sold, whether any are, and whom to ask for credits."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": "The packs of credits that are sold, always a single page. `configured` is false where the "
            "operator sells none; a checkout answers 503 `billing_not_configured` then. `support_contact` is whom to "
            "ask for credits: a mail address, the address of a page, or null.",
        }
    )

    configured: bool = Field(examples=[True])
    support_contact: str | None = Field(examples=["support@example.com"])


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
