"""
Keep how many tokens each job took.

Adds two columns that may be empty to `jobs`. PostgreSQL only notes them in its catalogue, so existing rows stay as they
are, the lock is held for a moment, and the old code, which does not name them, goes on beside it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.roles import APP
from migrations.tenancy import grant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a worker may write them."""
    for name in ("input_tokens", "output_tokens"):
        op.add_column("jobs", sa.Column(name, sa.BigInteger))
    grant(APP, "UPDATE", "jobs", ("input_tokens", "output_tokens"))


def downgrade() -> None:
    """Drop them."""
    for name in ("output_tokens", "input_tokens"):
        op.drop_column("jobs", name)
