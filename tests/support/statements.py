"""Every named statement of the product, and what of it says whose rows are meant."""

import ast
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import tenantry
from tenantry.db import load_statements
from tenantry.db.database import Dialect

_SOURCES = Path(tenantry.__file__).parent
_PARAMETER = re.compile(r"%\((\w+)\)s|(?<![:\w]):(\w+)")
_OF_TENANT = r"(?:%\(tenant_id\)s|:tenant_id\b)"
# `members.tenant_id = :tenant_id`, and the two of whom one is the layer beneath.
_LIST = rf"\({_OF_TENANT}(?:,\s*(?:%\(\w+\)s|:\w+))*\)"
_CONDITION = re.compile(rf"(?:\w+\.)?tenant_id\s*(?:=\s*{_OF_TENANT}|IN\s*{_LIST})")
_FUNCTIONS = {"append_events"}


class Statement(NamedTuple):
    """A named statement in one dialect."""

    name: str
    sql: str

    @property
    def parameters(self) -> set[str]:
        """The names of what it is called with."""
        return {first or second for first, second in _PARAMETER.findall(self.sql)}

    @property
    def unconditional(self) -> str:
        """The statement without its condition on the tenant."""
        return _CONDITION.sub("true", self.sql)

    @property
    def has_condition(self) -> bool:
        """Whether it says whose rows are meant."""
        return self.unconditional != self.sql

    @property
    def is_insert_of_tenant(self) -> bool:
        """Whether what it stores is the rows of the one tenant that it is called with."""
        values = self.sql.partition("VALUES")[2]
        return self.verb == "INSERT" and bool(re.search(_OF_TENANT, values))

    @property
    def verb(self) -> str:
        """What it begins with."""
        return self.sql.split(maxsplit=1)[0].upper()

    def touches(self, tables: Collection[str]) -> bool:
        """Whether it reads or writes one of these, itself or in a function."""
        words = set(re.findall(r"\w+", self.sql))
        return bool(words & {*tables, *_FUNCTIONS})


def all_statements(dialect: Dialect) -> list[Statement]:
    """Return every statement of every `queries.sql`, by name: `eventlog.page`."""
    found = []
    for folder in sorted({path.parent for path in _SOURCES.rglob("queries*.sql")}):
        package = ".".join(("tenantry", *folder.relative_to(_SOURCES).parts))
        queries = load_statements(package, dialect)
        for name in queries.available_queries:
            if not name.endswith("_cursor"):
                sql = getattr(queries, name).sql
                found.append(Statement(f"{package.removeprefix('tenantry.')}.{name}", sql))
    return found


def uses_of_system() -> set[str]:
    """Return the functions that name the scope of the system: `eventlog.log:EventLog.read`."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in _SOURCES.rglob("*.py")}
    names = {
        target.id
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_system(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    found: set[str] = set()
    for path, tree in trees.items():
        module = ".".join(path.relative_to(_SOURCES).with_suffix("").parts)
        _collect(tree, f"{module}:", names, found)
    return found


def _collect(node: ast.AST, where: str, names: set[str], found: set[str]) -> None:
    """Add to `found` the innermost class or function of every use below `node`."""
    for child in ast.iter_child_nodes(node):
        is_named = isinstance(child, ast.Name) and child.id in names
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{where}{'' if where.endswith(':') else '.'}{child.name}"
            _collect(child, name, names, found)
            continue
        if not where.endswith(":") and (is_named or _is_system(child)):
            found.add(where)
        _collect(child, where, names, found)


def _is_system(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "System"
    )
