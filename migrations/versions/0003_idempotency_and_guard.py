"""
Remember answers by their key, and stop the spending of books that do not agree.

Adds two tables and one column that may be empty. Nothing that exists is rewritten, and the old code, which names none
of them, goes on beside it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.foundation.columns import TIME, key, made_at
from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, lock_to_organisation

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables and add the column."""
    op.create_table(
        "idempotency_keys",
        *key(),
        made_at(),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("sealed_body", sa.LargeBinary),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_idempotency_keys_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_idempotency_keys"),
        sa.UniqueConstraint("organisation_id", "key", name="uq_idempotency_keys_organisation_id_key"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])
    lock_to_organisation("idempotency_keys")
    for privilege in ("SELECT", "INSERT"):
        grant(APP, privilege, "idempotency_keys")
    grant(APP, "UPDATE", "idempotency_keys", ("fingerprint", "status", "sealed_body", "expires_at"))
    grant(SYSTEM, "SELECT", "idempotency_keys", ("organisation_id", "id", "expires_at"))
    grant(SYSTEM, "DELETE", "idempotency_keys")
    op.create_table(
        "invariant_findings",
        sa.Column("id", sa.Uuid, nullable=False),
        made_at(),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.Column("violations", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invariant_findings"),
    )
    for privilege in ("SELECT", "INSERT", "DELETE"):
        grant(SYSTEM, privilege, "invariant_findings")
    op.add_column("org_credits", sa.Column("spending_stopped_at", TIME))
    grant(SYSTEM, "UPDATE", "org_credits", ("spending_stopped_at",))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("org_credits", "spending_stopped_at")
    op.drop_table("invariant_findings")
    op.drop_table("idempotency_keys")
