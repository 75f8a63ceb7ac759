"""
Remember when each person last signed in.

Adds one column that may be empty to `users`. PostgreSQL only notes it in its catalogue, so existing rows stay as they
are, the lock is held for a moment, and the old code, which does not name the column, goes on beside it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.roles import SYSTEM
from migrations.tenancy import grant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; sign-in may write it."""
    op.add_column("users", sa.Column("last_signed_in_at", sa.DateTime(timezone=True)))
    grant(SYSTEM, "UPDATE", "users", ("last_signed_in_at",))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("users", "last_signed_in_at")
