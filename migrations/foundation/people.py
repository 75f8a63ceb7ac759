"""Organisations and their people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.foundation.columns import TIME, key, made_at


def make_organisations() -> None:
    """The customers."""
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid, nullable=False),
        made_at(),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("domain", sa.String, nullable=True),
        sa.Column("join_policy", sa.String, server_default="automatic", nullable=False),
        sa.Column("rate_limit", sa.Integer, nullable=True),
        sa.CheckConstraint("join_policy IN ('automatic', 'approval', 'off')", name="join_policy_known"),
        sa.CheckConstraint("domain = lower(domain)", name="domain_lower_case"),
        sa.CheckConstraint("rate_limit > 0", name="rate_limit_positive"),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
        sa.UniqueConstraint("domain", name="uq_organisations_domain"),
    )


def make_users() -> None:
    """Their people."""
    op.create_table(
        "users",
        *key(),
        made_at(),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("status", sa.String, server_default="active", nullable=False),
        sa.CheckConstraint("role IN ('admin', 'member')", name="role_known"),
        sa.CheckConstraint("status IN ('awaiting_approval', 'active', 'removed')", name="status_known"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_users_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_users"),
    )
    op.create_index("ix_users_organisation_id_email", "users", ["organisation_id", "email"])


def make_identities() -> None:
    """How people prove who they are."""
    op.create_table(
        "identities",
        *key(),
        made_at(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("issuer", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["users.organisation_id", "users.id"],
            name="fk_identities_organisation_id_user_id",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_identities"),
        sa.UniqueConstraint("issuer", "subject", name="uq_identities_issuer_subject"),
    )
    op.create_index("ix_identities_organisation_id_user_id", "identities", ["organisation_id", "user_id"])


def make_sessions() -> None:
    """Sign-ins that can be renewed."""
    op.create_table(
        "sessions",
        *key(),
        made_at(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("client", sa.String, nullable=False),
        sa.Column("current_hash", sa.LargeBinary, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary, nullable=True),
        sa.Column("rotated_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("end_reason", sa.String, nullable=True),
        sa.CheckConstraint("client IN ('web', 'api')", name="client_known"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["users.organisation_id", "users.id"],
            name="fk_sessions_organisation_id_user_id",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_sessions"),
    )
    op.create_index(
        "ix_sessions_organisation_id_user_id",
        "sessions",
        ["organisation_id", "user_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def make_audit_events() -> None:
    """Who did what."""
    op.create_table(
        "audit_events",
        *key(),
        made_at(),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=True),
        sa.Column("target", sa.String, nullable=True),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("request_id", sa.String, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_audit_events_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_audit_events"),
    )
