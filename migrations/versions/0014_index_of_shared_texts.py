"""
Let the retention see whether a younger free answer still uses a job's texts.

Expand. One index, built concurrently: everybody reads and writes meanwhile, and an interrupted build is begun anew. It
holds free answers alone. No code needs it to be right, only to be quick.
"""

from migrations import concurrently

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "ix_jobs_source_job_id"


def upgrade() -> None:
    """Build it."""
    columns = ["organisation_id", "source_job_id", "created_at"]
    concurrently.index(NAME, "jobs", columns, "source_job_id IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    concurrently.drop_index(NAME)
