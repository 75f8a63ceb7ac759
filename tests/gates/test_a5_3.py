"""Gate A5.3, without a cloud: a migration conflict turns the check red that CI runs, and its repair green."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from migrations.run import configuration
from tests.house import ROOT, clean_environment

NEEDED = ("nexus", "migrations", "tests")
REVISION = '''"""{title}"""

from alembic import op
import sqlalchemy as sa

revision = "{name}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do it."""
    {up}


def downgrade() -> None:
    """Undo it."""
    {down}
'''
HARMLESS = 'op.execute("SELECT 1")'
HARMFUL = """op.drop_column("jobs", "output_data")
    op.add_column("jobs", sa.Column("output_data", sa.JSON, nullable=True))
    op.add_column("users", sa.Column("nickname", sa.String, nullable=True))
    op.create_index("ix_jobs_by_cost", "jobs", ["cost"])"""


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """The checkout of somebody who changes the schema."""
    for folder in NEEDED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    return tmp_path


def add_revision(branch: Path, name: str, up: str = HARMLESS, down: str = HARMLESS) -> None:
    """A revision after the newest that this repository has."""
    before = ScriptDirectory.from_config(configuration()).get_current_head()
    written = REVISION.format(title=f"Planted: {name}.", name=name, before=before, up=up, down=down)
    (branch / "migrations" / "versions" / f"{name}.py").write_text(written, "utf-8")


def run(branch: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a module of the checkout, there."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=branch,
        env=clean_environment() | {"PYTHONPATH": str(branch)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def test_a_migration_conflict_turns_the_check_red_and_its_repair_green(branch: Path) -> None:
    add_revision(branch, "planted_by_ann")
    add_revision(branch, "planted_by_bob")

    conflict = run(branch, "tests.delivery.migrations")
    repair = run(branch, "alembic.config", "merge", "heads", "-m", "Join what ann and bob did")
    repaired = run(branch, "tests.delivery.migrations")

    assert (conflict.returncode, repair.returncode, repaired.returncode) == (1, 0, 0), repaired.stdout + repair.stderr
    assert "✗ one head: there are 2: planted_by_ann, planted_by_bob" in conflict.stdout
    assert "✓ one head" in repaired.stdout


def test_a_revision_that_loses_rows_differs_from_the_models_blocks_and_has_no_way_back_is_red(branch: Path) -> None:
    add_revision(branch, "planted", HARMFUL, 'raise NotImplementedError("there is no way back")')

    done = run(branch, "tests.delivery.migrations", "--squawk-wanted")

    found = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in found] == [
        "✗ rows of " + str(ScriptDirectory.from_config(configuration()).get_current_head()) + " are kept",
        "✗ each new revision goes down and up",
        "✗ models equal migrations",
        "✗ squawk",
    ], done.stdout + done.stderr
