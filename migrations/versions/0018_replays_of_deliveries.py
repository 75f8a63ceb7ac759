"""
Count how often a delivery of a webhook was replayed.

Expand. Adds a column with a constant default to `webhook_dispatches`: PostgreSQL notes it in its catalogue and rewrites
no row. The old code does not name it and goes on beside it.
"""

from alembic import op

from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, revoke

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and the right to write it; and let the system see which deliveries have begun."""
    op.execute("ALTER TABLE webhook_dispatches ADD COLUMN replay_count integer NOT NULL DEFAULT 0")
    grant(APP, "UPDATE", "webhook_dispatches", ("replay_count",))
    grant(SYSTEM, "SELECT", "webhook_dispatches", ("round_count",))


def downgrade() -> None:
    """Drop the column."""
    revoke(SYSTEM, "SELECT", "webhook_dispatches", ("round_count",))
    op.execute("ALTER TABLE webhook_dispatches DROP COLUMN replay_count")
