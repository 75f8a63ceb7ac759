"""
Invitations, members that admins change, the address in the audit, and the end of an organisation.

Adds one table, and columns that may be empty to `audit_events` and `organisations`. PostgreSQL only notes those in its
catalogue, so nothing is rewritten, each lock is held for a moment, and the old code, which names none of it, goes on
beside it. The index on `organisations` holds no row yet.

The audit stays append-only, but for one thing: the address of an entry is taken out once its organisation was erased.
"""

import sqlalchemy as sa
from alembic import op

from migrations.foundation.columns import TIME, key, made_at
from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, lock_to_organisation, revoke

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TURNS = ("token_hash", "expires_at", "revoked_at", "mail_asked_at", "mailed_at")
ENDS = ("ended_at", "end_reason")
WHOSE = ("organisation_id", "id", "user_id", "ended_at")
PLACE = ("organisation_id", "user_id")
TEXTS = ("input_data", "output_data", "error_message")
ENDINGS = ("deletion_requested_at", "erased_at", "erasure_done_at")

REFUSE_CHANGE_OF_AUDIT = """
CREATE FUNCTION nexus_refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.address IS NULL AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address'
       AND EXISTS (SELECT FROM public.organisations WHERE id = OLD.organisation_id AND erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: write a new row instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    """Make the table, add the columns, and let admins change members, sign-in move people, and workers erase."""
    _make_invitations()
    lock_to_organisation("invitations")
    op.add_column("audit_events", sa.Column("address", sa.String))
    for name in ENDINGS:
        op.add_column("organisations", sa.Column(name, TIME))
    op.create_index(
        "ix_organisations_deletion_requested_at",
        "organisations",
        ["deletion_requested_at"],
        postgresql_where=sa.text("deletion_requested_at IS NOT NULL AND erasure_done_at IS NULL"),
    )
    op.execute(REFUSE_CHANGE_OF_AUDIT)
    _guard_audit("nexus_refuse_change_of_audit")
    _grant_to_app()
    _grant_to_system()


def downgrade() -> None:
    """Take them away again."""
    _guard_audit("nexus_refuse_change")
    op.execute("DROP FUNCTION nexus_refuse_change_of_audit")
    revoke(SYSTEM, "UPDATE", "organisations", ("name", "domain"))
    revoke(SYSTEM, "UPDATE", "jobs", TEXTS)
    revoke(SYSTEM, "SELECT", "audit_events", ("organisation_id", "id"))
    revoke(SYSTEM, "UPDATE", "sessions", ENDS)
    revoke(SYSTEM, "SELECT", "sessions", WHOSE)
    revoke(SYSTEM, "UPDATE", "identities", PLACE)
    for table in ("identities", "webhook_endpoints"):
        op.execute(f"REVOKE DELETE ON {table} FROM {SYSTEM}")
    revoke(SYSTEM, "UPDATE", "users", ("status",))
    revoke(APP, "UPDATE", "users", ("role", "status"))
    op.drop_column("audit_events", "address")
    op.drop_index("ix_organisations_deletion_requested_at", "organisations")
    for name in reversed(ENDINGS):
        op.drop_column("organisations", name)
    op.drop_table("invitations")


def _guard_audit(function: str) -> None:
    op.execute("DROP TRIGGER audit_events_append_only ON audit_events")
    op.execute(
        "CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def _grant_to_app() -> None:
    for privilege in ("SELECT", "INSERT"):
        grant(APP, privilege, "invitations")
    grant(APP, "UPDATE", "invitations", TURNS)
    grant(APP, "UPDATE", "users", ("role", "status"))
    grant(APP, "UPDATE", "organisations", ("deletion_requested_at",))


def _grant_to_system() -> None:
    grant(SYSTEM, "SELECT", "invitations")
    grant(SYSTEM, "UPDATE", "invitations", ("accepted_at", "accepted_by", "revoked_at"))
    grant(SYSTEM, "UPDATE", "users", ("status",))
    grant(SYSTEM, "UPDATE", "identities", PLACE)
    grant(SYSTEM, "SELECT", "sessions", WHOSE)
    grant(SYSTEM, "UPDATE", "sessions", ENDS)
    grant(SYSTEM, "UPDATE", "organisations", ("name", "domain", "erased_at", "erasure_done_at"))
    grant(SYSTEM, "UPDATE", "jobs", TEXTS)
    grant(SYSTEM, "DELETE", "identities")
    grant(SYSTEM, "DELETE", "invitations")
    grant(SYSTEM, "DELETE", "webhook_endpoints")
    grant(SYSTEM, "SELECT", "audit_events", ("organisation_id", "id", "address"))
    grant(SYSTEM, "UPDATE", "audit_events", ("address",))


def _make_invitations() -> None:
    op.create_table(
        "invitations",
        *key(),
        made_at(),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("invited_by", sa.Uuid, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("accepted_at", TIME),
        sa.Column("accepted_by", sa.Uuid),
        sa.Column("revoked_at", TIME),
        sa.Column("mail_asked_at", TIME),
        sa.Column("mailed_at", TIME),
        sa.CheckConstraint("role IN ('admin', 'member')", name="role_known"),
        sa.CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="accepted_or_revoked"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_invitations_organisation_id"),
        *(
            sa.ForeignKeyConstraint(
                ["organisation_id", person],
                ["users.organisation_id", "users.id"],
                name=f"fk_invitations_organisation_id_{person}",
            )
            for person in ("invited_by", "accepted_by")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_index(
        "uq_invitations_one_open",
        "invitations",
        ["organisation_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
