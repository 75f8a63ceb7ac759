"""Credits and jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.foundation.columns import TIME, key, made_at


def make_org_credits() -> None:
    """The balances."""
    op.create_table(
        "org_credits",
        *key(),
        made_at(),
        sa.Column("balance", sa.BigInteger, nullable=False),
        sa.Column("debt", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("updated_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("balance >= 0", name="never_negative"),
        sa.CheckConstraint("debt >= 0", name="debt_never_negative"),
        sa.CheckConstraint("last_seq >= 0", name="last_seq_counts_up"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_org_credits_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_org_credits"),
        sa.UniqueConstraint("organisation_id", name="uq_org_credits_organisation_id"),
    )


def make_jobs() -> None:
    """The work."""
    op.create_table(
        "jobs",
        *key(),
        made_at(),
        *_columns_of_jobs(),
        *_laws_of_jobs(),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["users.organisation_id", "users.id"],
            name="fk_jobs_organisation_id_user_id",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_jobs"),
    )
    op.create_index(
        "ix_jobs_due", "jobs", ["organisation_id", "run_after"], postgresql_where=sa.text("status = 'pending'")
    )
    op.create_index("ix_jobs_leases", "jobs", ["lease_expires_at"], postgresql_where=sa.text("status = 'running'"))
    op.create_index("ix_jobs_organisation_id_status_id", "jobs", ["organisation_id", "status", "id"])


def _columns_of_jobs() -> list[sa.Column[Any]]:
    return [
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("job_type", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("cost", sa.Integer, nullable=False),
        sa.Column("cached", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("input_data", JSONB, nullable=False),
        sa.Column("output_data", JSONB, nullable=True),
        sa.Column("model", sa.String, nullable=True),
        sa.Column("error_code", sa.String, nullable=True),
        sa.Column("error_message", sa.String, nullable=True),
        sa.Column("attempt_count", sa.Integer, server_default="0", nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("claim_number", sa.Integer, server_default="0", nullable=False),
        sa.Column("released_count", sa.Integer, server_default="0", nullable=False),
        sa.Column("worker", sa.String, nullable=True),
        sa.Column("run_after", TIME, nullable=False),
        sa.Column("deadline_at", TIME, nullable=False),
        sa.Column("lease_expires_at", TIME, nullable=True),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("completed_at", TIME, nullable=True),
        sa.Column("failed_at", TIME, nullable=True),
    ]


def _laws_of_jobs() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_has_its_time"),
        sa.CheckConstraint("(status = 'completed') = (output_data IS NOT NULL)", name="completed_has_its_output"),
        sa.CheckConstraint("(status = 'failed') = (failed_at IS NOT NULL)", name="failed_has_its_time"),
        sa.CheckConstraint("(status = 'running') = (lease_expires_at IS NOT NULL)", name="leased_while_running"),
        sa.CheckConstraint("status IN ('pending', 'running', 'completed', 'failed')", name="status_known"),
        sa.CheckConstraint("attempt_count BETWEEN 0 AND max_attempts", name="attempts_within_the_cap"),
        sa.CheckConstraint("cost >= 0", name="cost_never_negative"),
    ]


def make_credit_transactions() -> None:
    """The ledger."""
    op.create_table(
        "credit_transactions",
        *key(),
        made_at(),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("balance_after", sa.BigInteger, nullable=False),
        sa.Column("job_id", sa.Uuid, nullable=True),
        sa.Column("user_id", sa.Uuid, nullable=True),
        sa.Column("description", sa.String, nullable=False),
        *_laws_of_the_ledger(),
        sa.ForeignKeyConstraint(
            ["organisation_id", "job_id"],
            ["jobs.organisation_id", "jobs.id"],
            name="fk_credit_transactions_organisation_id_job_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_credit_transactions_organisation_id"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_credit_transactions"),
        sa.UniqueConstraint("organisation_id", "seq", name="uq_credit_transactions_organisation_id_seq"),
    )
    op.create_index(
        "ix_credit_transactions_organisation_id_created_at", "credit_transactions", ["organisation_id", "created_at"]
    )
    for kind in ("deduction", "refund"):
        op.create_index(
            f"uq_credit_transactions_one_{kind}",
            "credit_transactions",
            ["organisation_id", "job_id"],
            unique=True,
            postgresql_where=sa.text(f"type = '{kind}'"),
        )


def _laws_of_the_ledger() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            "(type IN ('deduction', 'refund')) = (job_id IS NOT NULL)",
            name="job_named_where_there_is_one",
        ),
        sa.CheckConstraint(
            "(type IN ('grant', 'purchase', 'refund') AND amount > 0)"
            " OR (type IN ('deduction', 'clawback') AND amount < 0) OR type = 'adjustment'",
            name="amount_has_the_sign_of_its_type",
        ),
        sa.CheckConstraint(
            "type IN ('grant', 'purchase', 'deduction', 'refund', 'clawback', 'adjustment')",
            name="type_known",
        ),
        sa.CheckConstraint("amount <> 0", name="amount_not_zero"),
        sa.CheckConstraint("balance_after >= 0", name="balance_after_never_negative"),
    ]
