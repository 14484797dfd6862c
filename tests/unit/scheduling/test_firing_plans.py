"""No statement that a round runs goes through everything that a line has ever run."""

import re

import apsw
import pytest

from tests.support.repository import ROOT
from tests.support.statements import Statement, all_statements

MIGRATIONS = sorted((ROOT / "src/tenantry/db/migrations/sqlite").glob("*.sql"))
OF_ROUNDS = [
    each
    for each in all_statements("sqlite")
    if each.name
    in {
        f"scheduling.{name}"
        for name in (
            "busy_after",
            "busy_before",
            "claim_firings",
            "end_firings",
            "running_firings",
            "skip_further",
            "take_firings_over",
            "try_firing_again",
        )
    }
]
UNDER_WAY = "INDEX schedule_firings_under_way"


@pytest.fixture(scope="module")
def connection() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    for path in MIGRATIONS:
        connection.execute(path.read_text("utf-8"))
    return connection


@pytest.mark.parametrize("statement", OF_ROUNDS, ids=lambda statement: statement.name)
def test_firings_are_looked_up_by_more_than_their_line(
    connection: apsw.Connection, statement: Statement
) -> None:
    bound = dict.fromkeys(statement.parameters)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", bound)]

    on_firings = [step for step in plan if "schedule_firings" in step]
    assert not [step for step in on_firings if step.startswith("SCAN")]
    # Those under way are few, and in an index of their own.
    assert all(
        UNDER_WAY in step or not re.search(r"\(tenant_id=\?( AND line=\?)?\)", step)
        for step in on_firings
    )


def test_all_of_them_are_looked_at() -> None:
    assert len(OF_ROUNDS) == 8
