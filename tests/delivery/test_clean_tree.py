"""A test run that leaves something in the checkout fails, and the root holds what a stranger expects."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house import ROOT

GIT = shutil.which("git") or "git"
AT_THE_ROOT = {
    *(
        ".ci",
        ".github",
        "benchmarks",
        "deploy",
        "docs",
        "migrations",
        "nexus",
        "requirements",
        "scripts",
        "tests",
        "web",
    ),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
    *("Dockerfile", "Makefile", "alembic.ini", "compose.yaml", "pyproject.toml"),
    *(".dockerignore", ".env.example", ".gitignore", ".pre-commit-config.yaml"),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one committed file and the script."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(ROOT / "scripts" / "with-clean-tree", folder)
    (folder / "kept.txt").write_text("as it was\n")
    for arguments in ("init", "add --all", "-c user.name=t -c user.email=t@t.test commit --message first"):
        subprocess.run([GIT, *arguments.split()], cwd=folder, capture_output=True, check=True)
    return folder


def run(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command under the script."""
    return subprocess.run(
        ["./with-clean-tree", "sh", "-c", command], cwd=checkout, text=True, capture_output=True, check=False
    )


@pytest.mark.parametrize(("command", "status"), [("true", 0), ("exit 3", 3)])
def test_a_run_that_changes_nothing_ends_as_its_command_does(checkout: Path, command: str, status: int) -> None:
    done = run(checkout, command)

    assert (done.returncode, done.stdout.startswith("Took ")) == (status, True)


@pytest.mark.parametrize("command", ["touch 'left behind'", "echo other > kept.txt", "rm kept.txt"])
def test_a_run_that_changes_a_file_fails_and_names_it(checkout: Path, command: str) -> None:
    done = run(checkout, command)

    assert done.returncode == 1
    assert "left behind" in done.stderr or "kept.txt" in done.stderr


def test_work_that_is_not_committed_does_not_fail_a_run(checkout: Path) -> None:
    (checkout / "new.txt").write_text("being written\n")

    assert run(checkout, "true").returncode == 0


def test_the_root_holds_what_a_stranger_expects() -> None:
    listed = subprocess.run([GIT, "ls-files"], cwd=ROOT, text=True, capture_output=True, check=True)

    assert {path.split("/")[0] for path in listed.stdout.splitlines()} - AT_THE_ROOT == set()


def test_every_name_can_be_checked_out_everywhere() -> None:
    listed = subprocess.run([GIT, "ls-files", "-z"], cwd=ROOT, text=True, capture_output=True, check=True)

    parts = {part for path in listed.stdout.split("\0") for part in path.split("/")}
    assert {part for part in parts if part.endswith((" ", ".")) or set(part) & set('<>:"|?*\\')} == set()
