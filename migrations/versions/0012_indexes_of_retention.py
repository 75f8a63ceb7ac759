"""
Let workers find what has had its day, and what an organisation has at work, without reading everything else.

Expand. Six indexes, built concurrently: everybody reads and writes meanwhile, and an interrupted build is begun anew.
What runs is found by its organisation now, and no longer by the end of its lease alone: the look for due work counted
each organisation's running jobs among all that run. The old index goes when the new one is there.
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
    "ix_jobs_running": ("jobs", "organisation_id, lease_expires_at", "status = 'running'"),
    "ix_sessions_expires_at": ("sessions", "expires_at", None),
    "ix_audit_events_created_at": ("audit_events", "created_at", None),
    "ix_stripe_events_created_at": ("stripe_events", "created_at", None),
}


REPLACED = "ix_jobs_leases"


def upgrade() -> None:
    """Build them, then drop what one of them replaces."""
    for name, (table, columns, where) in INDEXES.items():
        concurrently.index(name, table, [columns], where)
    concurrently.drop_index(REPLACED)


def downgrade() -> None:
    """Build what was replaced, then drop them."""
    concurrently.index(REPLACED, "jobs", ["lease_expires_at"], "status = 'running'")
    for name in reversed(INDEXES):
        concurrently.drop_index(name)
