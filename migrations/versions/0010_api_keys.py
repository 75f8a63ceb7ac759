"""
Let programs sign in with API keys, and end what a person signed in with when they are no member any more.

Adds one table, and a trigger on `users` that ends the sessions and keys of whoever stops being an active member,
whichever statement does it: should they come back, what they had before stays ended. Nothing that exists is rewritten,
and the old code goes on beside it: it never reads a session that ended.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.foundation.columns import TIME, key, made_at
from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, lock_to_organisation

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY_TURNS = (
    "user_id",
    "prefix",
    "value_hash",
    "previous_hash",
    "previous_until",
    "rotated_at",
    "last_used_at",
    "revoked_at",
)
LEAVE = """
CREATE FUNCTION nexus_end_what_a_member_held() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    UPDATE public.sessions SET ended_at = now(), end_reason = 'removed'
    WHERE organisation_id = NEW.organisation_id AND user_id = NEW.id AND ended_at IS NULL;
    UPDATE public.api_keys SET revoked_at = now()
    WHERE organisation_id = NEW.organisation_id AND user_id = NEW.id AND revoked_at IS NULL;
    RETURN NULL;
END $$
"""
WHO_LEAVES = """
CREATE TRIGGER users_leave_with_nothing AFTER UPDATE OF status ON users FOR EACH ROW
WHEN (OLD.status = 'active' AND NEW.status <> 'active') EXECUTE FUNCTION nexus_end_what_a_member_held()
"""


def upgrade() -> None:
    """Make the table and the trigger."""
    _make_table()
    lock_to_organisation("api_keys")
    op.execute(LEAVE)
    op.execute(WHO_LEAVES)
    for privilege in ("SELECT", "INSERT"):
        grant(APP, privilege, "api_keys")
    grant(APP, "UPDATE", "api_keys", KEY_TURNS)
    whose = ("organisation_id", "user_id", "id", "value_hash", "previous_hash", "revoked_at")
    grant(SYSTEM, "SELECT", "api_keys", whose)
    grant(SYSTEM, "UPDATE", "api_keys", ("revoked_at",))


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP TRIGGER users_leave_with_nothing ON users")
    op.execute("DROP FUNCTION nexus_end_what_a_member_held")
    op.drop_table("api_keys")


def _make_table() -> None:
    op.create_table(
        "api_keys",
        *key(),
        made_at(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("scopes", ARRAY(sa.String), nullable=False),
        sa.Column("prefix", sa.String, nullable=False),
        sa.Column("value_hash", sa.LargeBinary, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary),
        *(sa.Column(name, TIME) for name in ("previous_until", "rotated_at")),
        *(sa.Column(name, TIME) for name in ("expires_at", "last_used_at", "revoked_at")),
        *_laws(),
    )
    op.create_index(
        "ix_api_keys_organisation_id_user_id",
        "api_keys",
        ["organisation_id", "user_id"],
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _laws() -> list[sa.Constraint]:
    """The values are unique over all organisations: a value says whose it is."""
    return [
        sa.CheckConstraint(
            "cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'jobs', 'admin']::varchar[]", name="scopes_known"
        ),
        sa.CheckConstraint("(previous_hash IS NULL) = (previous_until IS NULL)", name="overlap_has_an_end"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_api_keys_organisation_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["users.organisation_id", "users.id"],
            name="fk_api_keys_organisation_id_user_id",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_api_keys"),
        sa.UniqueConstraint("value_hash", name="uq_api_keys_value_hash"),
        sa.UniqueConstraint("previous_hash", name="uq_api_keys_previous_hash"),
    ]
