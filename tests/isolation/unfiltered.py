"""
The product without its first wall: a copy in which no query filters by organisation any more.

Each comparison `X.organisation_id == …` becomes `(X.organisation_id == …).is_not(None)`, which is true of every row.
The parameter stays in the statement, so that it can still be sent as it is.
"""

import ast
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.sources import Module, modules, read
from tests.architecture.tenancy_lint import guarded_models
from tests.house import ROOT


@dataclass(frozen=True)
class Copy:
    """A copy of the product, and how many filters were taken out of each of its files."""

    folder: Path
    taken_out: dict[str, int]


def copy_without_filters(folder: Path) -> Copy:
    """Copy the product without its filters."""
    shutil.copytree(ROOT / "nexus", folder / "nexus", ignore=shutil.ignore_patterns("__pycache__"))
    taken_out = {}
    for module in modules():
        bare, count = without_filters(module)
        if count:
            (folder / module.path).write_text(bare.source, encoding="utf-8")
            taken_out[module.path] = count
    return Copy(folder, taken_out)


def without_filters(module: Module) -> tuple[Module, int]:
    """A module without its filters, and how many there were."""
    blunt = _Blunt(module.tree)
    tree = ast.fix_missing_locations(blunt.visit(ast.parse(module.source)))
    return read(ast.unparse(tree) + "\n", module.path), blunt.count


class _Blunt(ast.NodeTransformer):
    def __init__(self, tree: ast.Module) -> None:
        self.count = 0
        self._columns = {(model, column) for model, column in guarded_models().items()}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
                model = value.id if isinstance(value, ast.Name) else ""
                self._columns |= {(node.targets[0].id, column) for known, column in self._columns if known == model}

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Make a filter true of every row."""
        sides = (node.left, *node.comparators)
        if not (isinstance(node.ops[0], ast.Eq) and any(self._is_organisation(side) for side in sides)):
            return node
        self.count += 1
        return ast.Call(ast.Attribute(node, "is_not", ast.Load()), [ast.Constant(None)], [])

    def _is_organisation(self, side: ast.expr) -> bool:
        return (
            isinstance(side, ast.Attribute)
            and isinstance(side.value, ast.Name)
            and (side.value.id, side.attr) in self._columns
        )
