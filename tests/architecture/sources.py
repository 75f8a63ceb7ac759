"""The product's own source: its modules as syntax trees, and copies of it in which a fault can be planted."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house import ROOT, clean_environment

PACKAGE = ROOT / "nexus"


@dataclass(frozen=True)
class Module:
    """A file of the product: where it stands, seen from the root of the repository, and what is in it."""

    path: str
    source: str
    tree: ast.Module


@dataclass(frozen=True)
class Fault:
    """Something that a check found, and where."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def read(source: str, path: str = "nexus/planted.py") -> Module:
    """A module from its source: what a check is shown when a fault is planted."""
    return Module(path, source, ast.parse(source))


def modules(*folders: str) -> Iterator[Module]:
    """Every module of these folders; of the product if none is named."""
    for folder in folders or ("nexus",):
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield read(file.read_text(encoding="utf-8"), file.relative_to(ROOT).as_posix())


def copy_product(folder: Path) -> Path:
    """Copy the product and its configuration to a folder where it may be broken."""
    shutil.copytree(PACKAGE, folder / "nexus", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `lint-imports` on the product in this folder."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder,
        env=clean_environment() | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
