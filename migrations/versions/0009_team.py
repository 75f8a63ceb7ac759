"""
Invitations, members that admins change, and the address in the audit.

Adds one table, and one column that may be empty to `audit_events`. PostgreSQL only notes the column in its catalogue,
so nothing is rewritten, each lock is held for a moment, and the old code, which names neither, goes on beside it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.foundation.columns import TIME, key, made_at
from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, lock_to_organisation, revoke

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None

TURNS = ("token_hash", "expires_at", "revoked_at", "mail_asked_at", "mailed_at")
ENDS = ("ended_at", "end_reason")
WHOSE = ("organisation_id", "id", "user_id", "ended_at")
PLACE = ("organisation_id", "user_id")


def upgrade() -> None:
    """Make the table, add the column, and let admins change members, and sign-in move people."""
    _make_invitations()
    lock_to_organisation("invitations")
    op.add_column("audit_events", sa.Column("address", sa.String))
    for privilege in ("SELECT", "INSERT"):
        grant(APP, privilege, "invitations")
    grant(APP, "UPDATE", "invitations", TURNS)
    grant(APP, "UPDATE", "users", ("role", "status"))
    grant(SYSTEM, "SELECT", "invitations")
    grant(SYSTEM, "UPDATE", "invitations", ("accepted_at", "accepted_by", "revoked_at"))
    grant(SYSTEM, "UPDATE", "users", ("status",))
    grant(SYSTEM, "UPDATE", "identities", PLACE)
    grant(SYSTEM, "SELECT", "sessions", WHOSE)
    grant(SYSTEM, "UPDATE", "sessions", ENDS)


def downgrade() -> None:
    """Take them away again."""
    revoke(SYSTEM, "UPDATE", "sessions", ENDS)
    revoke(SYSTEM, "SELECT", "sessions", WHOSE)
    revoke(SYSTEM, "UPDATE", "identities", PLACE)
    revoke(SYSTEM, "UPDATE", "users", ("status",))
    revoke(APP, "UPDATE", "users", ("role", "status"))
    op.drop_column("audit_events", "address")
    op.drop_table("invitations")


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
