"""
Let the operator give an organisation a rate limit of its own.

The column has been there since the first revision; what was missing is the right to write it. Nothing but a grant
changes, so it runs while the old code serves.
"""

from alembic import op

from migrations.roles import SYSTEM
from migrations.tenancy import grant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the operator's role change the limit."""
    grant(SYSTEM, "UPDATE", "organisations", ("rate_limit",))


def downgrade() -> None:
    """Take it back."""
    op.execute(f"REVOKE UPDATE (rate_limit) ON organisations FROM {SYSTEM}")
