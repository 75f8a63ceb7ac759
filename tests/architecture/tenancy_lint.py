"""
A lint over the syntax tree: every query on an organisation's table compares its organisation.

It reads statements, not behaviour: for each `select`, `insert`, `update`, `delete`, `upsert` or `exists`, the models
that the statement names must each be compared with, or be given, an organisation in the very same statement. What it
cannot see, row-level security holds.
"""

import ast
from collections.abc import Iterator

from nexus.core.models import OrganisationRecord, Table
from tests.architecture.sources import Fault, Module

READS = frozenset({"select", "exists", "update", "delete"})
WRITES = frozenset({"insert", "upsert"})
JOINED = frozenset({"where", "join", "outerjoin", "filter", "on"})
HINT = "Add `.where({model}.{column} == organisation_id)`; row-level security is the second wall, not the first."


def guarded_models() -> dict[str, str]:
    """The models whose rows belong to an organisation, and the column that says to which."""
    classes = (mapper.class_ for mapper in Table.registry.mappers)
    models = {kind.__name__: "organisation_id" for kind in classes if issubclass(kind, OrganisationRecord)}
    return models | {"Organisation": "id"}


def find_unfiltered(module: Module, models: dict[str, str]) -> Iterator[tuple[str, Fault]]:
    """Every statement that leaves an organisation out, with the name of the function that it stands in."""
    for unit in module.tree.body:
        name = getattr(unit, "name", "")
        for part in _functions_of(unit):
            within = getattr(part, "name", name)
            yield from ((within, fault) for fault in _Unit(part, module, models).faults())


def _functions_of(unit: ast.stmt) -> Iterator[ast.stmt]:
    """A class's methods one by one; anything else as it is."""
    yield from unit.body if isinstance(unit, ast.ClassDef) else [unit]


class _Unit:
    """A function, or a statement of a module, with the names it gives to models."""

    def __init__(self, unit: ast.stmt, module: Module, models: dict[str, str]) -> None:
        self._unit = unit
        self._module = module
        self._models = models
        self._parents = {child: node for node in ast.walk(unit) for child in ast.iter_child_nodes(node)}
        self._unfinished = _unfinished(module.tree)
        self._names = {name: name for name in models} | self._aliases()

    def faults(self) -> Iterator[Fault]:
        """What this unit leaves out."""
        if getattr(self._unit, "name", None) in self._unfinished:
            return  # its callers finish the statement, and are judged there
        for call, model in self.left_open():
            column = self._models[model]
            what = f"a query on {model} without its organisation. {HINT.format(model=model, column=column)}"
            yield Fault(self._module.path, call.lineno, what)

    def left_open(self) -> Iterator[tuple[ast.Call, str]]:
        """Every query here, with each model that it does not hold to an organisation."""
        calls = (node for node in ast.walk(self._unit) if isinstance(node, ast.Call))
        yield from ((call, model) for call in calls for model in sorted(self._demands(call)))

    def _demands(self, call: ast.Call) -> set[str]:
        """The models that this query names and does not hold to an organisation."""
        kind = _name_of(call.func)
        statement = self._statement(call)
        if kind in WRITES:
            first = call.args[0] if call.args else None
            model = self._names.get(first.id) if isinstance(first, ast.Name) else None
            return {model} - self._given(statement) if model else set()
        begun = self._unfinished.get(kind)
        if begun is not None:
            left_open = _Unit(begun, self._module, self._models).left_open()
            return {model for _, model in left_open} - self._held(statement)
        if kind == "exists":  # it stands inside a statement, and is held to that one's row
            return self._mentioned(statement, statement) - {model for pair in self._pairs(statement) for model in pair}
        return self._mentioned(statement, statement) - self._held(statement) if kind in READS else set()

    def _statement(self, call: ast.expr) -> ast.expr:
        """The whole chain that begins with this call: `select(...).where(...).limit(...)`."""
        parent = self._parents.get(call)
        while isinstance(parent, ast.Attribute) or (isinstance(parent, ast.Call) and parent.func is call):
            call, parent = parent, self._parents.get(parent)
        return call

    def _mentioned(self, node: ast.AST, statement: ast.AST) -> set[str]:
        """The models of a statement; what another statement inside it names is judged there."""
        model = self._names.get(node.id) if isinstance(node, ast.Name) else None
        inner = (child for child in ast.iter_child_nodes(node) if not self._is_another(child, statement))
        return {name for child in inner for name in self._mentioned(child, statement)} | ({model} if model else set())

    def _is_another(self, node: ast.AST, statement: ast.AST) -> bool:
        is_query = isinstance(node, ast.Call) and self._root(node) in READS | WRITES | self._unfinished.keys()
        return is_query and isinstance(node, ast.expr) and self._statement(node) is not statement

    def _root(self, node: ast.AST) -> str:
        """What a chain of calls begins with."""
        return [_name_of(call.func) for call in self._chain(node)][-1]

    def _held(self, statement: ast.AST) -> set[str]:
        """The models that are held to a value, or to another model that is."""
        pairs = [pair for pair in self._pairs(statement) if pair]
        held = {model for pair in pairs if len(pair) == 1 for model in pair}
        while more := [pair for pair in pairs if pair & held and not pair <= held]:
            held |= set().union(*more)
        return held

    def _pairs(self, statement: ast.AST) -> Iterator[set[str]]:
        """The models whose organisation each `==` of this statement's own conditions compares: two, one or none."""
        for node in self._chain(statement):
            for argument in node.args if _name_of(node.func) in JOINED else ():
                for sides in _equalities(argument):
                    yield {model for side in sides if (model := self._organisation_of(side))}

    def _chain(self, node: ast.AST) -> Iterator[ast.Call]:
        """The calls of a chain, the last first."""
        while isinstance(node, ast.Call | ast.Attribute):
            if isinstance(node, ast.Call):
                yield node
            node = node.func if isinstance(node, ast.Call) else node.value

    def _given(self, statement: ast.expr) -> set[str]:
        """The models whose organisation a new row is given: by keyword, or as a key of the values."""
        values = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        keywords = {keyword.arg for call in values for keyword in call.keywords}
        by_keyword = {model for model, column in self._models.items() if column in keywords}
        keys = (key for node in ast.walk(self._unit) if isinstance(node, ast.Dict) for key in node.keys)
        return by_keyword | {model for key in keys if key is not None and (model := self._organisation_of(key))}

    def _organisation_of(self, node: ast.expr) -> str | None:
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            return None
        model = self._names.get(node.value.id)
        return model if model is not None and self._models[model] == node.attr else None

    def _aliases(self) -> dict[str, str]:
        """Names that stand for a model: `entry = CreditTransaction`, `other = aliased(Job)`."""
        found = {}
        for node in ast.walk(self._unit):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
                aliased = not isinstance(node.value, ast.Call) or _name_of(node.value.func) == "aliased"
                if aliased and isinstance(value, ast.Name) and value.id in self._models:
                    found[node.targets[0].id] = value.id
        return found


def _unfinished(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Private functions that give a `Select` for their callers to finish."""
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("_"))
    return {node.name: node for node in functions if node.returns and ast.unparse(node.returns).startswith("Select")}


def _equalities(condition: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each `==` that must be true for the condition to be: none inside an `or` or a `not`."""
    if isinstance(condition, ast.Compare) and isinstance(condition.ops[0], ast.Eq):
        yield condition.left, condition.comparators[0]
    elif isinstance(condition, ast.BinOp) and isinstance(condition.op, ast.BitAnd):
        yield from (*_equalities(condition.left), *_equalities(condition.right))
    elif isinstance(condition, ast.Call) and _name_of(condition.func) == "and_":
        yield from (pair for argument in condition.args for pair in _equalities(argument))


def _name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
