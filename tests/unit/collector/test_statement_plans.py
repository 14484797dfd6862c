"""No statement of the collector goes through all rows of a tenant, but those that must."""

import itertools
import re

import apsw
import pytest

from tenantry.collector.store import KINDS
from tests.support.repository import ROOT
from tests.support.statements import Statement, all_statements

MIGRATIONS = sorted((ROOT / "src/tenantry/db/migrations/sqlite").glob("*.sql"))
OURS = [each for each in all_statements("sqlite") if each.name.startswith("collector.")]
TOLD = [each for each in OURS if {"keys", "rows"} & each.parameters]
WINDOWED = [each for each in OURS if {"from_hour", "from_rkey"} & each.parameters]
STRETCHES = [
    each
    for each in OURS
    for verb, kind in itertools.product(("end_of", "deserted"), KINDS)
    if each.name == f"collector.{verb}_{kind}"
]
SUMMED = {"collector.live_records"}
"""What is summed over all hours: a row for each hour and collection."""


@pytest.fixture(scope="module")
def connection() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    for path in MIGRATIONS:
        connection.execute(path.read_text("utf-8"))
    return connection


def plan_of(connection: apsw.Connection, statement: Statement) -> list[str]:
    bound = dict.fromkeys(statement.parameters)
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", bound)]


@pytest.mark.parametrize("statement", TOLD, ids=lambda statement: statement.name)
def test_rows_are_looked_up_by_what_names_them(
    connection: apsw.Connection, statement: Statement
) -> None:
    plan = plan_of(connection, statement)

    assert not [step for step in plan if re.search(r"\(tenant_id=\?\)", step)]
    assert not [step for step in plan if re.match(r"SCAN (collector_\w+|known)\b", step)]


@pytest.mark.parametrize("statement", WINDOWED, ids=lambda statement: statement.name)
def test_a_window_is_a_stretch_of_the_key(
    connection: apsw.Connection, statement: Statement
) -> None:
    plan = plan_of(connection, statement)

    if statement.name not in SUMMED:
        assert not [step for step in plan if re.search(r"\(tenant_id=\?\)", step)]
        assert [step for step in plan if re.search(r"tenant_id=\? AND (hour|rkey)>\?", step)]
    assert not [step for step in plan if step.startswith("SCAN collector_")]


def test_those_who_are_hidden_are_counted_by_an_index_of_their_own(
    connection: apsw.Connection,
) -> None:
    (counts,) = [each for each in OURS if each.name == "collector.user_counts"]
    assert any("collector_users_hidden" in step for step in plan_of(connection, counts))


def test_the_oldest_dead_letters_are_found_by_their_ids(connection: apsw.Connection) -> None:
    (forget,) = [each for each in OURS if each.name == "collector.forget_dead_letters"]
    (step,) = plan_of(connection, forget)
    assert "(tenant_id=? AND id<?)" in step


@pytest.mark.parametrize("statement", STRETCHES, ids=lambda statement: statement.name)
def test_a_stretch_begins_where_the_last_one_ended(
    connection: apsw.Connection, statement: Statement
) -> None:
    plan = plan_of(connection, statement)

    assert re.search(r"\(tenant_id=\? AND \(\w+,\w+(,\w+)?\)[><]\(", plan[0])
    assert not [step for step in plan if re.search(r"\(tenant_id=\?\)|TEMP B-TREE", step)]
