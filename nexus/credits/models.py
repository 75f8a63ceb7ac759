"""The balance and the ledger. The ledger is the truth; the balance is what it adds up to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.models import OrganisationRecord


class TransactionType(StrEnum):
    """Why credits came or went. Grants, purchases and refunds add; deductions and clawbacks take."""

    GRANT = "grant"
    PURCHASE = "purchase"
    DEDUCTION = "deduction"
    REFUND = "refund"
    CLAWBACK = "clawback"
    ADJUSTMENT = "adjustment"


TYPES = ", ".join(f"'{kind}'" for kind in TransactionType)
ADDS = "'grant', 'purchase', 'refund'"
TAKES = "'deduction', 'clawback'"


class OrgCredits(OrganisationRecord):
    """An organisation's balance in whole credits, and the number of its last ledger entry."""

    __tablename__ = "org_credits"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="never_negative"),
        CheckConstraint("debt >= 0", name="debt_never_negative"),
        CheckConstraint("last_seq >= 0", name="last_seq_counts_up"),
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        UniqueConstraint("organisation_id"),
    )

    balance: Mapped[int] = mapped_column(BigInteger)
    debt: Mapped[int] = mapped_column(BigInteger, server_default="0")
    last_seq: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    spending_stopped_at: Mapped[datetime | None]


class CreditTransaction(OrganisationRecord):
    """An entry of the ledger. `amount` is signed; `seq` counts an organisation's entries without a gap."""

    __tablename__ = "credit_transactions"
    __table_args__ = (
        CheckConstraint(f"type IN ({TYPES})", name="type_known"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint(
            f"(type IN ({ADDS}) AND amount > 0) OR (type IN ({TAKES}) AND amount < 0) OR type = 'adjustment'",
            name="amount_has_the_sign_of_its_type",
        ),
        CheckConstraint("balance_after >= 0", name="balance_after_never_negative"),
        CheckConstraint(
            "(type IN ('deduction', 'refund')) = (job_id IS NOT NULL)", name="job_named_where_there_is_one"
        ),
        CheckConstraint("type <> 'purchase' OR checkout_id IS NOT NULL", name="purchase_names_its_checkout"),
        ForeignKeyConstraint(["organisation_id"], ["organisations.id"]),
        ForeignKeyConstraint(["organisation_id", "job_id"], ["jobs.organisation_id", "jobs.id"]),
        ForeignKeyConstraint(["organisation_id", "checkout_id"], ["checkouts.organisation_id", "checkouts.id"]),
        UniqueConstraint("organisation_id", "seq"),
        Index(
            "uq_credit_transactions_one_deduction",
            "organisation_id",
            "job_id",
            unique=True,
            postgresql_where=text("type = 'deduction'"),
        ),
        Index(
            "uq_credit_transactions_one_refund",
            "organisation_id",
            "job_id",
            unique=True,
            postgresql_where=text("type = 'refund'"),
        ),
        Index(
            "uq_credit_transactions_one_purchase",
            "organisation_id",
            "checkout_id",
            unique=True,
            postgresql_where=text("type = 'purchase'"),
        ),
        Index(None, "organisation_id", "created_at"),
    )

    seq: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    balance_after: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    description: Mapped[str]
    checkout_id: Mapped[UUID | None]
