"""
Let workers find what has had its day without reading everything else.

Expand. Five indexes, built concurrently: everybody reads and writes meanwhile, and an interrupted build is begun anew.
Those of jobs hold only what is still to be erased, so they stay as small as that is. No code needs them to be right,
only to be quick, so it runs while the old code serves, and the new code runs without it.
"""

from migrations import concurrently

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_jobs_input_kept": ("jobs", "created_at", "status IN ('completed', 'failed') AND input_erased_at IS NULL"),
    "ix_jobs_output_kept": ("jobs", "created_at", "status = 'completed' AND output_erased_at IS NULL"),
    "ix_sessions_expires_at": ("sessions", "expires_at", None),
    "ix_audit_events_created_at": ("audit_events", "created_at", None),
    "ix_stripe_events_created_at": ("stripe_events", "created_at", None),
}


def upgrade() -> None:
    """Build them."""
    for name, (table, column, where) in INDEXES.items():
        concurrently.index(name, table, [column], where)


def downgrade() -> None:
    """Drop them."""
    for name in reversed(INDEXES):
        concurrently.drop_index(name)
