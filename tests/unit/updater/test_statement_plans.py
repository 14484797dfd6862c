"""No statement on rows goes through all rows of a tenant, where it is told which are meant."""

import re

import apsw
import pytest

from tenantry.updater.model import PARENTS, TABLES
from tests.support.repository import ROOT
from tests.support.statements import Statement, all_statements

MIGRATIONS = sorted((ROOT / "src/tenantry/db/migrations/sqlite").glob("*.sql"))
TOLD = [
    each
    for each in all_statements("sqlite")
    if each.name.startswith("updater.") and {"ids", "rows"} & each.parameters
]


@pytest.fixture(scope="module")
def connection() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    for path in MIGRATIONS:
        connection.execute(path.read_text("utf-8"))
    return connection


@pytest.mark.parametrize("statement", TOLD, ids=lambda statement: statement.name)
def test_rows_are_looked_up_by_what_names_them(
    connection: apsw.Connection, statement: Statement
) -> None:
    bound = dict.fromkeys(statement.parameters)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", bound)]

    assert not [step for step in plan if re.search(r"\(tenant_id=\?\)", step)]
    tables = "|".join((*TABLES, "updater_changes", "updater_runs", "known"))
    assert not [step for step in plan if re.match(rf"SCAN ({tables})\b", step)]


def test_every_reference_has_an_index_for_those_who_look_for_children(
    connection: apsw.Connection,
) -> None:
    for table, columns in PARENTS.items():
        for column in columns:
            query = f"SELECT 1 FROM {table} WHERE tenant_id = ? AND {column} = ?"
            ((_, _, _, step),) = connection.execute(f"EXPLAIN QUERY PLAN {query}", ("a", "b"))
            assert f"(tenant_id=? AND {column}=?)" in step
