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

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"balance": 90, "debt": 0, "as_of": "2026-11-20T09:12:27.212938Z"}]}
    )

    balance: int
    debt: int
    as_of: datetime


class Transaction(Shown):
    """An entry of the ledger. `amount` is signed; `balance_after` is the balance that it left."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019f9b1c-7b10-7f00-9a3e-5d7c9b1f3e5a",
                    "seq": 2,
                    "type": "deduction",
                    "amount": -10,
                    "balance_after": 90,
                    "job_id": "019f9b1c-7b0e-7a11-8c4d-6e8f0a2b4c6d",
                    "description": "Job: summarize",
                    "created_at": "2026-11-20T09:12:27.212938Z",
                }
            ]
        }
    )

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

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"date": "2026-11-20", "spent": 20, "refunded": 10, "jobs": 2}]}
    )

    date: date
    spent: int = Field(ge=0)
    refunded: int = Field(ge=0)
    jobs: int = Field(ge=0)
