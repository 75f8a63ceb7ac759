"""
Let a list of jobs say who asked for each and how its text begins, and let free answers take no space of their own.

Expand. Adds four columns that may be empty to `jobs`, in one statement: PostgreSQL notes them in its catalogue and
rewrites no row, and the lock is held for a moment. The old code names none of them and goes on beside it.

A trigger empties an excerpt with the input that it is the beginning of, so that the old code erases it, too.
A job with a `source_job_id` has no texts of its own: it was answered with those of that job. The old code shows it as
one whose texts are erased.
"""

from alembic import op

from migrations.roles import SYSTEM
from migrations.tenancy import grant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = {"requester_type": "varchar", "api_key_id": "uuid", "excerpt": "varchar", "source_job_id": "uuid"}

ERASE_EXCERPT = """
CREATE FUNCTION nexus_erase_excerpt() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.excerpt := NULL;
    RETURN NEW;
END $$
"""
EXCERPT_GOES_WITH_INPUT = """
CREATE TRIGGER jobs_excerpt_goes_with_input BEFORE UPDATE OF input_erased_at ON jobs FOR EACH ROW
WHEN (NEW.input_erased_at IS NOT NULL AND NEW.excerpt IS NOT NULL) EXECUTE FUNCTION nexus_erase_excerpt()
"""
# What free answers would lack without the column.
TEXTS_COME_BACK = """
UPDATE jobs SET input_data = source.input_data, output_data = source.output_data FROM jobs AS source
WHERE source.organisation_id = jobs.organisation_id AND source.id = jobs.source_job_id
  AND jobs.input_erased_at IS NULL AND jobs.output_erased_at IS NULL
"""


def upgrade() -> None:
    """Add the columns, and let the excerpt go with the input."""
    op.execute("ALTER TABLE jobs " + ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()))
    grant(SYSTEM, "SELECT", "jobs", ("source_job_id",))
    op.execute(ERASE_EXCERPT)
    op.execute(EXCERPT_GOES_WITH_INPUT)


def downgrade() -> None:
    """Give free answers their texts back, then drop the columns."""
    op.execute(TEXTS_COME_BACK)
    op.execute("DROP TRIGGER jobs_excerpt_goes_with_input ON jobs")
    op.execute("DROP FUNCTION nexus_erase_excerpt")
    op.execute("ALTER TABLE jobs " + ", ".join(f"DROP COLUMN {name}" for name in reversed(COLUMNS)))
