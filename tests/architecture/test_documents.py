"""What is written down agrees with the code, both ways: settings, errors, requirements."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import nexus
from nexus.config import Settings
from nexus.core.errors import NexusError, WorkFailed
from tests.house import ROOT

SETTING = re.compile(r"^#? ?(NEXUS_[A-Z_]+)=(.*)$")
CODE = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)
PINNED = re.compile(r"^([A-Za-z0-9_.\[\]-]+)==\S+( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
KINDS = {"work_failed", "temporarily_failed", "cannot_be_done"}  # of failures: their leaves are what is raised
OF_THE_COMMAND_LINE = {"NEXUS_DATA_DIR"}  # where a stack's data lie: read before there are settings

# Words of the hour in which a line was written, which tell its later reader nothing.
OF_THE_HOUR = re.compile(
    r"\b(this|last|earlier|next) (session|conversation)\b|\bas (requested|instructed|discussed|you asked)\b"
    r"|\b(TODO|FIXME|XXX)\b|/(work|tmp|root|home)/|\bhelper session\b|\bthe brief\b",
    re.IGNORECASE,
)


def settings_in_code() -> set[str]:
    """Every setting, by the name of its environment variable."""
    return {f"NEXUS_{name.upper()}" for name in Settings.model_fields}


def read_settings(document: str) -> dict[str, str]:
    """Every setting of an environment file, with the comment that stands above it."""
    found, comment = {}, ""
    for line in document.splitlines():
        setting = SETTING.match(line)
        if setting:
            found[setting[1]], comment = comment.strip(), ""
        else:
            comment = f"{comment} {line[2:]}" if line.startswith("# ") else ""
    return found


def codes_in_code() -> set[str]:
    """The code of every error that a caller may be told of, or may read in a job."""
    for found in walk_packages(nexus.__path__, "nexus."):
        import_module(found.name)
    return {kind.code for root in (NexusError, WorkFailed) for kind in (root, *_below(root))} - KINDS


def _below(kind: type[NexusError] | type[WorkFailed]) -> Iterator[type[NexusError] | type[WorkFailed]]:
    for child in kind.__subclasses__():
        yield from (child, *_below(child))


def unlocked(requirements: str) -> list[str]:
    """The lines of a requirements file that name no exact version with a hash."""
    lines = [line for line in requirements.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    follows = zip(lines, [*lines[1:], ""], strict=True)
    return [line for line, after in follows if not (HASH.match(line) or (PINNED.match(line) and HASH.match(after)))]


def test_every_setting_stands_in_the_example_and_none_but_those() -> None:
    written = read_settings((ROOT / ".env.example").read_text(encoding="utf-8"))

    assert written.keys() - OF_THE_COMMAND_LINE == settings_in_code()


def test_every_setting_has_a_sentence() -> None:
    written = read_settings((ROOT / ".env.example").read_text(encoding="utf-8"))

    assert [name for name, sentence in written.items() if not sentence.rstrip(")`").endswith(".")] == []


def test_a_setting_without_a_sentence_is_found() -> None:
    assert read_settings("# A sentence.\nNEXUS_A=\nNEXUS_B=1\n# Two\n# lines.\n#NEXUS_C=") == {
        "NEXUS_A": "A sentence.",
        "NEXUS_B": "",
        "NEXUS_C": "Two lines.",
    }


def test_every_error_code_stands_in_its_document_and_none_but_those() -> None:
    written = set(CODE.findall((ROOT / "docs" / "errors.md").read_text(encoding="utf-8")))

    assert written == codes_in_code()


def test_an_error_that_somebody_adds_is_noticed() -> None:
    class Planted(NexusError):
        code = "planted"

    assert "planted" in codes_in_code()
    del Planted.code
    assert "planted" not in codes_in_code()


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_every_requirement_is_one_version_with_its_hashes(path: Path) -> None:
    assert unlocked(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "alembic==1.20.1",
        "alembic>=1 \\\n    --hash=sha256:" + "0" * 64,
        "alembic==1.20.1 \\\n    --hash=sha256:00",
        "alembic @ https://packages.test/alembic.whl",
        "--index-url https://packages.test/simple",
        "-e .",
    ],
)
def test_a_requirement_that_is_not_locked_is_found(line: str) -> None:
    assert unlocked(line)


@pytest.mark.parametrize(
    "path",
    sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob(".env.example"), *ROOT.glob("Makefile")}),
    ids=lambda path: path.name,
)
def test_no_document_speaks_of_the_hour_in_which_it_was_written(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if OF_THE_HOUR.search(line)] == []


@pytest.mark.parametrize("line", ["As discussed, it is kept.", "TODO: say more", "See /" + "work/design."])
def test_a_line_that_speaks_of_the_hour_is_found(line: str) -> None:
    assert OF_THE_HOUR.search(line)
