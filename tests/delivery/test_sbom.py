"""The list of what a release is made of is whole."""

import re

import pytest

from tests.delivery.sbom import NotLocked, describe
from tests.house import ROOT

LOCKED = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")


def test_every_locked_package_stands_in_it_with_its_hashes() -> None:
    found = describe(LOCKED)["components"]

    assert [one["name"] for one in found] == (re.findall(r"^([A-Za-z0-9_.-]+)(?:\[.*\])?==", LOCKED, re.MULTILINE))
    assert [one["name"] for one in found if not one["hashes"]] == []
    assert sum(len(one["hashes"]) for one in found) == LOCKED.count("--hash=sha256:")


def test_a_package_is_named_as_advisories_name_it_and_says_its_licence() -> None:
    found = {one["name"]: one for one in describe(LOCKED)["components"]}

    assert found["vadersentiment"]["purl"].startswith("pkg:pypi/vadersentiment@")
    assert found["pydantic"]["licenses"] == [{"license": {"name": "MIT"}}]


@pytest.mark.parametrize("line", ["fastapi>=1", "--index-url https://packages.test/simple", "-e ."])
def test_a_line_that_is_not_locked_is_refused(line: str) -> None:
    with pytest.raises(NotLocked):
        describe(f"{LOCKED}\n{line}\n")
