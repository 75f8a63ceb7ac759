"""
A lint over the syntax tree: raw SQL, and what outlives a transaction, stand in few files.

Text that goes to PostgreSQL past SQLAlchemy is not seen by the lint of tenancy, and a setting that outlives its
transaction hands one organisation's name to the next borrower of the connection.
"""

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import Fault, Module

RAW = {
    "text": "SQL as text",
    "exec_driver_sql": "SQL past SQLAlchemy",
    "from_statement": "SQL past the models",
    "get_raw_connection": "the connection behind SQLAlchemy",
    "driver_connection": "the connection behind SQLAlchemy",
    "create_async_engine": "a second engine",
    "create_engine": "a second engine",
    "create_pool": "a second pool",
    "isolation_level": "another isolation level",
}
SQLALCHEMY = frozenset({"sa", "sqlalchemy", "sql"})
OF_THE_SCHEMA = frozenset({"server_default", "postgresql_where"})
OUTLIVES = re.compile(
    r"set_config\([^)]*,\s*(false|off|'f|0)"  # the third argument: whether it is for this transaction only
    r"|\A\s*(RE)?SET\s+(?!TRANSACTION|LOCAL)"
    r"|;\s*SET\s+(?!LOCAL)"
)
OPENERS = ("system", "glance")


def find_raw(module: Module) -> Iterator[Fault]:
    """Every use of raw SQL, but for the constants of a table's definition."""
    allowed = {id(node) for node in _of_the_schema(module.tree)}
    for node in ast.walk(module.tree):
        name = _used(node)
        if name in RAW and id(node) not in allowed:
            yield Fault(module.path, node.lineno, f"{name}: {RAW[name]}")  # type: ignore[attr-defined]  # these have a line
        if isinstance(node, ast.Call) and _name(node.func) == "literal_column" and not _is_constant(node.args[0]):
            yield Fault(module.path, node.lineno, "literal_column of something that is not a constant")


def find_outliving(module: Module) -> Iterator[Fault]:
    """Every setting that outlives its transaction."""
    for node in ast.walk(module.tree):
        written = _written(node)
        if written and OUTLIVES.search(written):
            yield Fault(module.path, node.lineno, "a setting that outlives its transaction")  # type: ignore[attr-defined]  # a string has a line


def find_system(module: Module) -> Iterator[Fault]:
    """Every place that names a transaction across organisations, or opens one."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == "SystemTx":
            yield Fault(module.path, node.lineno, "SystemTx")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OPENERS:
            yield Fault(module.path, node.lineno, f".{node.func.attr}()")


def _used(node: ast.AST) -> str:
    """What is called, read as an attribute, or given by keyword here."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id
    if isinstance(node, ast.Attribute):  # an answer's `.text` is no SQL, SQLAlchemy's is
        return node.attr if node.attr != "text" or ast.unparse(node.value) in SQLALCHEMY else ""
    return "isolation_level" if isinstance(node, ast.keyword) and node.arg == "isolation_level" else ""


def _of_the_schema(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in OF_THE_SCHEMA:
            yield node.value


def _written(node: ast.AST) -> str:
    """A string as it is written; what is put into it stands as a dot."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "." for part in parts)


def _is_constant(node: ast.AST) -> bool:
    """Whether nothing but words of ours, and whole numbers, stand in this text."""
    if isinstance(node, ast.FormattedValue):
        return isinstance(node.value, ast.Call) and _name(node.value.func) == "int"
    return isinstance(node, ast.Constant) or (isinstance(node, ast.JoinedStr) and all(map(_is_constant, node.values)))


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
