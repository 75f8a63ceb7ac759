"""
The foundation: organisations, their people, their credits, their jobs.

Makes eight tables, each locked to its organisation, and the two triggers that keep what must not change. Nothing
exists before it, so it waits for nobody.
"""

from alembic import op

from migrations.foundation import money_and_work, people
from migrations.roles import APP, SYSTEM
from migrations.tenancy import append_only, grant, lock_to_organisation

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "organisations",
    "users",
    "identities",
    "sessions",
    "org_credits",
    "jobs",
    "credit_transactions",
    "audit_events",
)

REFUSE_CHANGE = """
CREATE FUNCTION nexus_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: write a new row instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

REFUSE_REVIVAL = """
CREATE FUNCTION nexus_refuse_revival() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'job % is % and stays so', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
END $$
"""

TERMINAL_STAYS = """
CREATE TRIGGER jobs_terminal_stays BEFORE UPDATE OF status ON jobs FOR EACH ROW
WHEN (OLD.status IN ('completed', 'failed') AND NEW.status IS DISTINCT FROM OLD.status)
EXECUTE FUNCTION nexus_refuse_revival()
"""


def upgrade() -> None:
    """Make the tables, lock them, and grant each role what it needs and no more."""
    op.execute(REFUSE_CHANGE)
    op.execute(REFUSE_REVIVAL)
    people.make_organisations()
    people.make_users()
    people.make_identities()
    people.make_sessions()
    money_and_work.make_org_credits()
    money_and_work.make_jobs()
    money_and_work.make_credit_transactions()
    people.make_audit_events()
    op.execute(TERMINAL_STAYS)
    append_only("credit_transactions")
    append_only("audit_events")
    for table in TABLES:
        lock_to_organisation(table, "id" if table == "organisations" else "organisation_id")
    _grant_to_app()
    _grant_to_system()


def downgrade() -> None:
    """Take everything away, rows included."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION nexus_refuse_change")
    op.execute("DROP FUNCTION nexus_refuse_revival")


def _grant_to_app() -> None:
    """What requests and workers do in an organisation's name."""
    grant(APP, "SELECT", "alembic_version")
    for table in ("organisations", "users", "sessions", "org_credits", "jobs", "credit_transactions", "audit_events"):
        grant(APP, "SELECT", table)
    for table in ("jobs", "credit_transactions", "audit_events"):
        grant(APP, "INSERT", table)
    grant(APP, "UPDATE", "sessions", SESSION_TURNS)
    grant(APP, "UPDATE", "org_credits", BALANCE)
    grant(APP, "UPDATE", "jobs", JOB_MOVES)


def _grant_to_system() -> None:
    """What must look across organisations: sign-in, the sweep, the invariants, the operator. Never a job's texts."""
    grant(SYSTEM, "SELECT", "alembic_version")
    for table in ("organisations", "users", "identities", "org_credits", "credit_transactions"):
        grant(SYSTEM, "SELECT", table)
        grant(SYSTEM, "INSERT", table)
    grant(SYSTEM, "INSERT", "sessions")
    grant(SYSTEM, "INSERT", "audit_events")
    grant(SYSTEM, "UPDATE", "users", ("email", "name", "role"))
    grant(SYSTEM, "UPDATE", "org_credits", BALANCE)
    grant(SYSTEM, "SELECT", "jobs", JOB_FACTS)
    grant(SYSTEM, "UPDATE", "jobs", ("lease_expires_at",))


SESSION_TURNS = ("current_hash", "previous_hash", "rotated_at", "ended_at", "end_reason")
BALANCE = ("balance", "debt", "last_seq", "updated_at")
JOB_FACTS = (
    "organisation_id",
    "id",
    "user_id",
    "job_type",
    "status",
    "cost",
    "cached",
    "attempt_count",
    "max_attempts",
    "claim_number",
    "run_after",
    "deadline_at",
    "lease_expires_at",
    "created_at",
    "started_at",
    "completed_at",
    "failed_at",
)
JOB_MOVES = (
    "status",
    "output_data",
    "model",
    "error_code",
    "error_message",
    "attempt_count",
    "claim_number",
    "released_count",
    "worker",
    "run_after",
    "lease_expires_at",
    "started_at",
    "completed_at",
    "failed_at",
)
