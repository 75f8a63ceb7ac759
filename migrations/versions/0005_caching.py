"""
Let organisations switch the cache off, and callers ask for work to be done anew.

Adds one column with a constant default to `organisations` and one to `jobs`. PostgreSQL notes the default in its
catalogue and rewrites no row; each lock is held for a moment. The old code, which names neither, goes on beside it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.roles import APP
from migrations.tenancy import grant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; admins may change what is theirs of their organisation."""
    op.add_column("organisations", sa.Column("caching", sa.Boolean, server_default=sa.text("true"), nullable=False))
    op.add_column("jobs", sa.Column("fresh", sa.Boolean, server_default=sa.text("false"), nullable=False))
    grant(APP, "UPDATE", "organisations", ("name", "join_policy", "caching"))


def downgrade() -> None:
    """Drop the columns, and what was granted."""
    op.execute(f"REVOKE UPDATE (name, join_policy) ON organisations FROM {APP}")
    op.drop_column("jobs", "fresh")
    op.drop_column("organisations", "caching")
