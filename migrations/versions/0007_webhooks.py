"""
Tell organisations' own servers what happened.

Adds four tables. Nothing that exists is touched, so it runs while the old code serves.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.foundation.columns import TIME, key, made_at
from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, lock_to_organisation

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("webhook_endpoints", "webhook_events", "webhook_dispatches", "webhook_deliveries")


def upgrade() -> None:
    """Make the tables, lock them, and grant each role what it needs."""
    _make_endpoints()
    _make_events()
    _make_dispatches()
    _make_deliveries()
    for table in TABLES:
        lock_to_organisation(table)
        grant(APP, "SELECT", table)
        grant(APP, "INSERT", table)
    grant(APP, "UPDATE", "webhook_endpoints", ENDPOINT_TURNS)
    grant(APP, "DELETE", "webhook_endpoints")
    grant(APP, "UPDATE", "webhook_dispatches", DISPATCH_MOVES)
    grant(
        SYSTEM, "SELECT", "webhook_endpoints", ("organisation_id", "id", "sealed_with", "disabled_at", "failing_since")
    )
    grant(SYSTEM, "SELECT", "webhook_events", ("organisation_id", "id", "created_at"))
    grant(SYSTEM, "DELETE", "webhook_events")
    grant(SYSTEM, "SELECT", "webhook_dispatches", DISPATCH_FACTS)
    grant(SYSTEM, "UPDATE", "webhook_dispatches", ("lease_expires_at",))


def downgrade() -> None:
    """Take them away, rows included."""
    for table in reversed(TABLES):
        op.drop_table(table)


ENDPOINT_TURNS = (
    "url",
    "description",
    "events",
    "secret",
    "previous_secret",
    "previous_until",
    "sealed_with",
    "disabled_at",
    "disabled_reason",
    "failing_since",
    "failed_events",
)
DISPATCH_MOVES = ("status", "attempt_count", "round_count", "next_attempt_at", "claim_number", "lease_expires_at")
DISPATCH_FACTS = (
    "organisation_id",
    "id",
    "endpoint_id",
    "event_id",
    "status",
    "next_attempt_at",
    "claim_number",
    "lease_expires_at",
)


def _make_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        *key(),
        made_at(),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("description", sa.String, server_default="", nullable=False),
        sa.Column("events", ARRAY(sa.String), nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("previous_secret", sa.LargeBinary),
        sa.Column("previous_until", TIME),
        sa.Column("sealed_with", sa.String, nullable=False),
        sa.Column("disabled_at", TIME),
        sa.Column("disabled_reason", sa.String),
        sa.Column("failing_since", TIME),
        sa.Column("failed_events", sa.Integer, server_default="0", nullable=False),
        sa.CheckConstraint("cardinality(events) > 0", name="listens_for_something"),
        sa.CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled_for_a_reason"),
        sa.CheckConstraint("disabled_reason IN ('switched_off', 'gone', 'failing')", name="disabled_reason_known"),
        sa.CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", name="previous_secret_ends"),
        sa.CheckConstraint("failed_events >= 0", name="failed_events_count_up"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_webhook_endpoints_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_webhook_endpoints"),
    )


def _make_events() -> None:
    op.create_table(
        "webhook_events",
        *key(),
        made_at(),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_webhook_events_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_webhook_events"),
    )
    op.create_index("ix_webhook_events_created_at", "webhook_events", ["created_at"])


def _make_dispatches() -> None:
    op.create_table(
        "webhook_dispatches",
        *key(),
        made_at(),
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.String, server_default="pending", nullable=False),
        sa.Column("attempt_count", sa.Integer, server_default="0", nullable=False),
        sa.Column("round_count", sa.Integer, server_default="0", nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("claim_number", sa.Integer, server_default="0", nullable=False),
        sa.Column("lease_expires_at", TIME),
        sa.CheckConstraint("status IN ('pending', 'delivered', 'dead')", name="status_known"),
        sa.CheckConstraint("status = 'pending' OR lease_expires_at IS NULL", name="leased_while_pending"),
        sa.CheckConstraint("round_count BETWEEN 0 AND attempt_count", name="counts_agree"),
        _belongs_to("webhook_dispatches", "endpoint_id", "webhook_endpoints"),
        _belongs_to("webhook_dispatches", "event_id", "webhook_events"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_webhook_dispatches"),
    )
    columns: dict[str, tuple[list[str], Any]] = {
        "ix_webhook_dispatches_organisation_id_endpoint_id_id": (["organisation_id", "endpoint_id", "id"], None),
        "ix_webhook_dispatches_organisation_id_event_id": (["organisation_id", "event_id"], None),
        "ix_webhook_dispatches_open": (
            ["organisation_id", "endpoint_id", "next_attempt_at"],
            sa.text("status = 'pending'"),
        ),
        "ix_webhook_dispatches_leased": (
            ["organisation_id", "endpoint_id", "lease_expires_at"],
            sa.text("lease_expires_at IS NOT NULL"),
        ),
    }
    for name, (indexed, where) in columns.items():
        op.create_index(name, "webhook_dispatches", indexed, postgresql_where=where)


def _make_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        *key(),
        made_at(),
        sa.Column("dispatch_id", sa.Uuid, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("status_code", sa.Integer),
        sa.Column("error", sa.String),
        sa.Column("latency_ms", sa.Integer, nullable=False),
        _belongs_to("webhook_deliveries", "dispatch_id", "webhook_dispatches"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint(
            "organisation_id",
            "dispatch_id",
            "attempt",
            name="uq_webhook_deliveries_organisation_id_dispatch_id_attempt",
        ),
    )


def _belongs_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """What goes with the row that it belongs to."""
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{target}.organisation_id", f"{target}.id"],
        name=f"fk_{table}_organisation_id_{column}",
        ondelete="CASCADE",
    )
