"""
Bound what the webhooks of organisations may send to servers that are not theirs.

Expand. Adds four columns to `webhook_endpoints`. PostgreSQL computes `host` from the URL, so it writes the table anew
under its lock: an organisation has ten rows at most, and no organisation waits for longer than a second. Endpoints that
exist count as confirmed. The old code names none of the columns and goes on beside it.
"""

from alembic import op

from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

HOST = "regexp_replace(lower(substring(url, '://([^/?#]+)')), '[:]443$', '')"
COLUMNS = {
    "confirmed_at": "timestamptz DEFAULT now()",
    "replay_count": "integer NOT NULL DEFAULT 0",
    "replays_counted_since": "timestamptz",
    "host": f"varchar GENERATED ALWAYS AS ({HOST}) STORED",
}


def upgrade() -> None:
    """Add the columns, and the right to read and write them."""
    op.execute("ALTER TABLE webhook_endpoints " + ", ".join(f"ADD COLUMN {name} {of}" for name, of in COLUMNS.items()))
    op.execute("ALTER TABLE webhook_endpoints ALTER COLUMN confirmed_at DROP DEFAULT")
    grant(APP, "UPDATE", "webhook_endpoints", ("confirmed_at", "replay_count", "replays_counted_since"))
    grant(SYSTEM, "SELECT", "webhook_endpoints", ("confirmed_at", "host"))


def downgrade() -> None:
    """Drop the columns."""
    op.execute("ALTER TABLE webhook_endpoints " + ", ".join(f"DROP COLUMN {name}" for name in COLUMNS))
