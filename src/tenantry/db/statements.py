"""Named SQL statements: one `.sql` file a package, plus one for what only a dialect can say.

The one door to `aiosql`. A statement is called as `statements.name(tx.connection, column=…)`.
"""

from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from typing import Any

import aiosql
from aiosql.adapters.generic import GenericAdapter
from aiosql.adapters.pyformat import PyFormatAdapter

from tenantry.db.database import Dialect

_ADAPTERS: dict[Dialect, Callable[[], GenericAdapter]] = {
    "sqlite": GenericAdapter,
    # PostgreSQL's binary form: bytes as text would be twice as long, and parsed.
    "postgres": partial(PyFormatAdapter, binary=True),
}


@cache
def load_statements(package: str, dialect: Dialect) -> Any:
    """Load `queries.sql` of `package`, and `queries.<dialect>.sql` where there is one.

    A statement `-- name: read_page(after, limit)` becomes a method of the returned object; its
    suffix says what comes back (none: rows, `^`: one row, `$`: one value, `!`: nothing).
    """
    folder = files(package)
    sources = [folder / "queries.sql", folder / f"queries.{dialect}.sql"]
    text = "\n".join(source.read_text("utf-8") for source in sources if source.is_file())
    return aiosql.from_str(text, _ADAPTERS[dialect])
