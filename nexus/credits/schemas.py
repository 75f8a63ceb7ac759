"""The shapes of credits, as the API gives them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nexus.credits.models import TransactionType


class Shown(BaseModel):
    """What we answer: read from a row."""

    model_config = ConfigDict(from_attributes=True)


class Balance(Shown):
    """What your organisation can spend, in whole credits. While there is debt, new jobs are refused."""

    balance: int
    debt: int
    as_of: datetime


class Transaction(Shown):
    """An entry of the ledger. `amount` is signed; `balance_after` is the balance that it left."""

    id: UUID
    seq: int
    type: TransactionType
    amount: int
    balance_after: int
    job_id: UUID | None
    description: str
    created_at: datetime


class UsageDay(Shown):
    """What a day (UTC) cost: credits spent, credits given back, and how many jobs were paid for."""

    date: date
    spent: int = Field(ge=0)
    refunded: int = Field(ge=0)
    jobs: int = Field(ge=0)
