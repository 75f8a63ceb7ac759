"""
Let workers forget what the operator does not want kept.

Expand. Adds two columns that may be empty to `jobs`, in one statement: PostgreSQL notes them in its catalogue and
rewrites no row, and the lock is held for a moment. The rest are grants, and the body of the audit's guard, which take
no lock on a table that is in use. The old code names none of it and goes on beside it.

The audit stays append-only, but for two things: an address goes once its organisation was erased, and workers delete
entries that are older than a month. How much older is the operator's setting; a month is this guard's.
"""

from alembic import op

from migrations.roles import SYSTEM
from migrations.tenancy import grant, revoke

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ERASED = ("input_erased_at", "output_erased_at")
# Passing over rows that somebody holds means locking the others, and that needs the right to update some column.
LOCKABLE = {"idempotency_keys": ("expires_at",), "webhook_events": ("created_at",)}

GUARD_OF_AUDIT = """
CREATE OR REPLACE FUNCTION nexus_refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.address IS NULL AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address'
       AND EXISTS (SELECT FROM public.organisations WHERE id = OLD.organisation_id AND erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;{deletion}
    RAISE EXCEPTION '% is append-only: write a new row instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
OLD_ONES_GO = f"""
    IF TG_OP = 'DELETE' AND current_user = '{SYSTEM}' AND OLD.created_at < now() - interval '30 days' THEN
        RETURN OLD;
    END IF;"""


def upgrade() -> None:
    """Add the columns, and let the workers' role forget."""
    op.execute("ALTER TABLE jobs " + ", ".join(f"ADD COLUMN {name} timestamptz" for name in ERASED))
    grant(SYSTEM, "SELECT", "jobs", ERASED)
    grant(SYSTEM, "UPDATE", "jobs", ERASED)
    grant(SYSTEM, "SELECT", "sessions", ("expires_at",))
    grant(SYSTEM, "SELECT", "audit_events", ("created_at",))
    for table in ("sessions", "audit_events", "stripe_events"):
        grant(SYSTEM, "DELETE", table)
    for table, columns in LOCKABLE.items():
        grant(SYSTEM, "UPDATE", table, columns)
    op.execute(GUARD_OF_AUDIT.format(deletion=OLD_ONES_GO))


def downgrade() -> None:
    """Take it back. What was forgotten stays so."""
    op.execute(GUARD_OF_AUDIT.format(deletion=""))
    for table, columns in LOCKABLE.items():
        revoke(SYSTEM, "UPDATE", table, columns)
    for table in ("sessions", "audit_events", "stripe_events"):
        op.execute(f"REVOKE DELETE ON {table} FROM {SYSTEM}")
    revoke(SYSTEM, "SELECT", "audit_events", ("created_at",))
    revoke(SYSTEM, "SELECT", "sessions", ("expires_at",))
    op.execute("ALTER TABLE jobs " + ", ".join(f"DROP COLUMN {name}" for name in reversed(ERASED)))
