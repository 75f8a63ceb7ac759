"""
Let organisations buy credits with Stripe.

Adds three tables, and to the ledger a column that may be empty, with a key, an index and a law on it. The ledger is
read once for each of the three, while writers wait: a hundred thousand entries take some tenths of a second, since all
are empty there. The old code names none of this and writes no purchase, so it goes on beside it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.foundation.columns import TIME, key, made_at
from migrations.roles import APP, SYSTEM
from migrations.tenancy import grant, lock_to_organisation

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PURCHASE_NAMES_ITS_CHECKOUT = "type <> 'purchase' OR checkout_id IS NOT NULL"
CHECKOUT_MOVES = ("status", "payment_intent", "paid_at", "taken_back")


def upgrade() -> None:
    """Make the tables, and let an entry of the ledger name its checkout."""
    _make_checkouts()
    _make_stripe_events()
    _make_payment_reversals()
    op.add_column("credit_transactions", sa.Column("checkout_id", sa.Uuid))
    op.create_foreign_key(
        "fk_credit_transactions_organisation_id_checkout_id",
        "credit_transactions",
        "checkouts",
        ["organisation_id", "checkout_id"],
        ["organisation_id", "id"],
    )
    op.create_check_constraint("purchase_names_its_checkout", "credit_transactions", PURCHASE_NAMES_ITS_CHECKOUT)
    op.create_index(
        "uq_credit_transactions_one_purchase",
        "credit_transactions",
        ["organisation_id", "checkout_id"],
        unique=True,
        postgresql_where=sa.text("type = 'purchase'"),
    )


def downgrade() -> None:
    """Take it all away again."""
    op.drop_index("uq_credit_transactions_one_purchase", "credit_transactions")
    op.drop_column("credit_transactions", "checkout_id")
    for table in ("payment_reversals", "stripe_events", "checkouts"):
        op.drop_table(table)


def _make_checkouts() -> None:
    op.create_table(
        "checkouts",
        *key(),
        made_at(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("pack_id", sa.String, nullable=False),
        sa.Column("pack_name", sa.String, nullable=False),
        sa.Column("credits", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("livemode", sa.Boolean, nullable=False),
        sa.Column("session_id", sa.String, nullable=False),
        sa.Column("status", sa.String, server_default="open", nullable=False),
        sa.Column("payment_intent", sa.String),
        sa.Column("paid_at", TIME),
        sa.Column("taken_back", sa.BigInteger, server_default="0", nullable=False),
        sa.CheckConstraint("status IN ('open', 'paid', 'expired', 'failed')", name="status_known"),
        sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_time"),
        sa.CheckConstraint("credits > 0", name="credits_positive"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("taken_back BETWEEN 0 AND credits", name="no_more_taken_back_than_bought"),
        sa.CheckConstraint("taken_back = 0 OR status = 'paid'", name="taken_back_of_what_was_paid"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["users.organisation_id", "users.id"],
            name="fk_checkouts_organisation_id_user_id",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_checkouts"),
        sa.UniqueConstraint("session_id", name="uq_checkouts_session_id"),
        sa.UniqueConstraint("payment_intent", name="uq_checkouts_payment_intent"),
    )
    lock_to_organisation("checkouts")
    grant(APP, "SELECT", "checkouts")
    grant(APP, "INSERT", "checkouts")
    grant(SYSTEM, "SELECT", "checkouts")
    grant(SYSTEM, "UPDATE", "checkouts", CHECKOUT_MOVES)


def _make_stripe_events() -> None:
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.Uuid, nullable=False),
        made_at(),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("about", sa.String),
        sa.Column("outcome", sa.String),
        sa.Column("handled_at", TIME),
        sa.Column("deliveries", sa.Integer, server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stripe_events"),
        sa.UniqueConstraint("event_id", name="uq_stripe_events_event_id"),
    )
    for privilege in ("SELECT", "INSERT"):
        grant(SYSTEM, privilege, "stripe_events")
    grant(SYSTEM, "UPDATE", "stripe_events", ("outcome", "handled_at", "deliveries"))


def _make_payment_reversals() -> None:
    op.create_table(
        "payment_reversals",
        sa.Column("id", sa.Uuid, nullable=False),
        made_at(),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("payment_intent", sa.String, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("taken", sa.Boolean, nullable=False),
        sa.CheckConstraint("kind IN ('refund', 'dispute')", name="kind_known"),
        sa.CheckConstraint("amount >= 0", name="amount_never_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_reversals"),
        sa.UniqueConstraint("kind", "reference", name="uq_payment_reversals_kind_reference"),
    )
    op.create_index("ix_payment_reversals_payment_intent", "payment_reversals", ["payment_intent"])
    for privilege in ("SELECT", "INSERT"):
        grant(SYSTEM, privilege, "payment_reversals")
    grant(SYSTEM, "UPDATE", "payment_reversals", ("amount", "stage", "taken"))
