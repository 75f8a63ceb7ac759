"""
Gate A5.2: the checklist is complete, three findings are shown before and after, and a planted fault turns the very
script that CI runs red.
"""

import secrets
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from tests.delivery.checklist import findings_of, read_checklist, unanswered
from tests.house import ROOT, clean_environment


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the checks look at, where it may be broken."""
    for folder in ("nexus", "migrations"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def security(root: Path) -> "subprocess.CompletedProcess[str]":
    """`make security` without a network, on this folder."""
    return subprocess.run(
        [sys.executable, "-m", "tests.delivery.security", "--quick", "--root", str(root)],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def some(length: int, signs: str = string.ascii_letters + string.digits) -> str:
    """What nobody has written down, so that this file holds no secret either."""
    return "".join(secrets.choice(signs) for _ in range(length))


PLANTED_SECRETS = {
    "a key of Stripe's": lambda: f"sk_live_{some(24)}",
    "a key of Amazon's": lambda: f"AKIA{some(16, string.ascii_uppercase + string.digits)}",
    "a token of GitHub's": lambda: f"ghp_{some(36)}",
    "a private key": lambda: f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{some(64)}",
    "an API key of ours": lambda: f"nx_live_{some(49)}",
    "a password in an address": lambda: f"DATABASE = 'postgresql://nexus_app:{some(20)}@db.example/nexus'",
    "a password with a name": lambda: f"password = '{some(20)}'",
}
PLANTED_FAULTS = {
    "a shell": "import subprocess\n\ndef list_files(folder):\n    subprocess.run('ls ' + folder, shell=True)\n",
    "eval": "def read(asked):\n    return eval(asked)\n",
    "a statement put together": "def find(tx, n):\n    return tx.execute(\"SELECT 1 FROM t WHERE n = '%s'\" % n)\n",
    "certificates unchecked": "import httpx\n\ndef get(url):\n    return httpx.get(url, verify=False, timeout=5)\n",
}


def test_the_product_is_green() -> None:
    done = security(ROOT)

    assert done.returncode == 0, done.stdout
    assert ("✓ bandit" in done.stdout, "✓ secrets" in done.stdout) == (True, True)


@pytest.mark.parametrize("kind", PLANTED_SECRETS)
def test_a_planted_secret_turns_it_red(copy: Path, kind: str) -> None:
    (copy / "nexus" / "planted.py").write_text(f"# {PLANTED_SECRETS[kind]()}\n".replace("# pass", "pass"), "utf-8")

    done = security(copy)

    assert done.returncode == 1
    assert "nexus/planted.py:1" in done.stdout
    assert "✗ secrets" in done.stdout


def test_a_planted_secret_is_found_in_a_test_and_in_a_document_too(copy: Path) -> None:
    for folder, name in (("tests", "test_planted.py"), ("docs", "planted.md")):
        (copy / folder).mkdir()
        (copy / folder / name).write_text(f"STRIPE = 'sk_live_{some(24)}'\n", "utf-8")

    done = security(copy)

    assert (done.returncode, done.stdout.count("planted")) == (1, 2)


@pytest.mark.parametrize("fault", PLANTED_FAULTS)
def test_a_planted_fault_turns_it_red(copy: Path, fault: str) -> None:
    (copy / "nexus" / "planted.py").write_text(PLANTED_FAULTS[fault], "utf-8")

    done = security(copy)

    assert done.returncode == 1
    assert "✗ bandit" in done.stdout
    assert "nexus/planted.py" in done.stdout


def test_every_question_of_the_checklist_is_answered() -> None:
    assert unanswered(read_checklist(ROOT)) == []


def test_three_findings_and_more_name_the_tests_that_were_red() -> None:
    found = findings_of(ROOT)

    assert len(found) >= 3
    assert [one.title for one in found if not (one.before and one.now and one.tests)] == []
