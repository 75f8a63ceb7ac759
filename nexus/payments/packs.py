"""What is sold: packs of credits, each by a price of Stripe's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from nexus.core.errors import NotFound
from nexus.currencies import decimal_amount, exponent_of


@dataclass(frozen=True)
class Pack:
    """So many credits for `amount`, in Stripe's smallest unit of the currency. Its id is that of Stripe's price."""

    id: str
    name: str
    credits: int
    amount: int
    currency: str

    @property
    def amount_decimal(self) -> str:
        """The amount in the currency's main unit."""
        return decimal_amount(self.amount, self.currency)

    @property
    def amount_exponent(self) -> int:
        """How many decimal places the amount has."""
        return exponent_of(self.currency)


@dataclass(frozen=True)
class Order:
    """A pack that somebody wants to buy for their organisation, and the checkout that it becomes."""

    organisation_id: UUID
    user_id: UUID
    checkout_id: UUID
    pack: Pack
    livemode: bool


class Packs:
    """Every pack, in the order of the settings."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._packs = {pack.id: pack for pack in packs}

    def __iter__(self) -> Iterator[Pack]:
        """All of them."""
        return iter(self._packs.values())

    def find(self, pack_id: str) -> Pack:
        """The pack with this id. Raises NotFound."""
        if pack_id not in self._packs:
            raise NotFound("There is no pack by that id. `GET /v1/billing/packs` lists those that there are.")
        return self._packs[pack_id]
