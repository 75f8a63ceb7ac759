"""
Let an erasure take the words out of the audit, the ledger and the API keys, and say why a letter did not leave.

Expand. Adds one column that may be empty to `invitations`, which PostgreSQL only notes in its catalogue. The rest are
grants, the bodies of two guards, and the ledger's trigger, which is exchanged under a lock of a moment. The old code
names none of it and goes on beside it.

Audit and ledger stay append-only, but for what names people once their organisation was erased: the audit gives up
addresses, request ids and facts, the ledger what the operator wrote about a grant.
"""

import sqlalchemy as sa
from alembic import op

from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, revoke

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AUDIT_WORDS = ("facts", "request_id")
KEY_WORDS = ("name", "prefix")

GUARD_OF_AUDIT = """
CREATE OR REPLACE FUNCTION nexus_refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND {emptied}
       AND EXISTS (SELECT FROM public.organisations WHERE id = OLD.organisation_id AND erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_user = 'nexus_system' AND OLD.created_at < now() - interval '30 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: write a new row instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
ADDRESS_ALONE = "NEW.address IS NULL AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address'"
WHAT_NAMES_SOMEBODY = """(NEW.address IS NULL OR NEW.address = OLD.address)
       AND (NEW.request_id IS NULL OR NEW.request_id = OLD.request_id)
       AND (NEW.facts = '{}' OR NEW.facts = OLD.facts)
       AND to_jsonb(NEW) - ARRAY['address', 'request_id', 'facts']
         = to_jsonb(OLD) - ARRAY['address', 'request_id', 'facts']"""

GUARD_OF_LEDGER = """
CREATE FUNCTION nexus_refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.description = OLD.type
       AND to_jsonb(NEW) - 'description' = to_jsonb(OLD) - 'description'
       AND EXISTS (SELECT FROM public.organisations WHERE id = OLD.organisation_id AND erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: write a new row instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    """Add the column, open the guards for erasures, and let the workers' role erase."""
    op.add_column("invitations", sa.Column("mail_error", sa.String))
    grant(APP, "UPDATE", "invitations", ("mail_error",))
    op.execute(GUARD_OF_AUDIT.format(emptied=WHAT_NAMES_SOMEBODY))
    op.execute(GUARD_OF_LEDGER)
    _guard_ledger("nexus_refuse_change_of_ledger")
    grant(SYSTEM, "SELECT", "audit_events", AUDIT_WORDS)
    grant(SYSTEM, "UPDATE", "audit_events", AUDIT_WORDS)
    grant(SYSTEM, "UPDATE", "credit_transactions", ("description",))
    grant(SYSTEM, "SELECT", "api_keys", KEY_WORDS)
    grant(SYSTEM, "UPDATE", "api_keys", KEY_WORDS)


def downgrade() -> None:
    """Take it back. What was erased stays so."""
    revoke(SYSTEM, "UPDATE", "api_keys", KEY_WORDS)
    revoke(SYSTEM, "SELECT", "api_keys", KEY_WORDS)
    revoke(SYSTEM, "UPDATE", "credit_transactions", ("description",))
    revoke(SYSTEM, "UPDATE", "audit_events", AUDIT_WORDS)
    revoke(SYSTEM, "SELECT", "audit_events", AUDIT_WORDS)
    _guard_ledger("nexus_refuse_change")
    op.execute("DROP FUNCTION nexus_refuse_change_of_ledger")
    op.execute(GUARD_OF_AUDIT.format(emptied=ADDRESS_ALONE))
    op.drop_column("invitations", "mail_error")


def _guard_ledger(function: str) -> None:
    op.execute("DROP TRIGGER credit_transactions_append_only ON credit_transactions")
    op.execute(
        "CREATE TRIGGER credit_transactions_append_only BEFORE UPDATE OR DELETE ON credit_transactions "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
