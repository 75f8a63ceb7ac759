"""
Let an API key that was made by another one end with it.

Expand. Adds one column that may be empty to `api_keys`, which PostgreSQL only notes in its catalogue, and a trigger
that revokes what a revoked key has made, whichever statement revokes it. Keys that exist were made by people as far as
the table knows. The old code leaves the column empty and goes on beside it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

REVOKE_WHAT_IT_MADE = """
CREATE FUNCTION nexus_revoke_what_a_key_made() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    UPDATE public.api_keys SET revoked_at = now()
    WHERE organisation_id = NEW.organisation_id AND made_by_key_id = NEW.id AND revoked_at IS NULL;
    RETURN NULL;
END $$
"""
WHEN_IT_IS_REVOKED = """
CREATE TRIGGER api_keys_end_with_their_maker AFTER UPDATE OF revoked_at ON api_keys FOR EACH ROW
WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION nexus_revoke_what_a_key_made()
"""


def upgrade() -> None:
    """Add the column and the trigger."""
    op.add_column("api_keys", sa.Column("made_by_key_id", sa.Uuid))
    grant(APP, "UPDATE", "api_keys", ("made_by_key_id",))
    grant(SYSTEM, "SELECT", "api_keys", ("made_by_key_id",))
    op.execute(REVOKE_WHAT_IT_MADE)
    op.execute(WHEN_IT_IS_REVOKED)


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP TRIGGER api_keys_end_with_their_maker ON api_keys")
    op.execute("DROP FUNCTION nexus_revoke_what_a_key_made")
    op.drop_column("api_keys", "made_by_key_id")
