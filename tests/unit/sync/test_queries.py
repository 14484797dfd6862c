"""Which SQL may be the query of a collection."""

import pytest

from tenantry.sync.rules.query import trimmed, why_no_query


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        " select * from orders ; ",
        "WITH recent AS (SELECT * FROM orders) SELECT * FROM recent",
        "SELECT 'it''s; DROP TABLE x' AS words FROM t",
        'SELECT "delete", `update`, [drop] FROM "a;b"',
        "SELECT replace(name, 'a', 'b') FROM t WHERE created_at > now()",
        "SELECT tags[1], total::numeric FROM t",
        "SELECT updated_at, deleted, created FROM t",
    ],
)
def test_a_single_statement_that_reads_is_a_query(query: str) -> None:
    assert why_no_query(query) == ""


@pytest.mark.parametrize(
    "query, told",
    [
        ("", "begins with neither"),
        ("   ", "begins with neither"),
        ("DELETE FROM t", "begins with neither"),
        ("(SELECT 1)", "begins with neither"),
        ("EXPLAIN SELECT 1", "begins with neither"),
        ("PRAGMA table_info(t)", "begins with neither"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1;;", "more than one statement"),
        ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "the word DELETE"),
        ("SELECT * INTO copied FROM t", "the word INTO"),
        ("SELECT * FROM t FOR UPDATE", "the word UPDATE"),
        ("SELECT 1 drop table t", "the word DROP"),
        ("SELECT 1 -- and more", "--"),
        ("SELECT 1 /* and */", "/*"),
        ("SELECT $$ ; $$", "$$"),
        ("SELECT $a$ ; $a$", "$a$"),
        ("SELECT 'a\\' FROM t", "a backslash"),
        ("SELECT 'a", "does not end"),
        ('SELECT "a', "does not end"),
        ("SELECT (1", "brackets that do not pair"),
        ("SELECT 1) x UNION SELECT (2", "brackets that do not pair"),
    ],
)
def test_anything_else_is_none_and_told_why(query: str, told: str) -> None:
    assert told in why_no_query(query)


def test_a_semicolon_at_the_end_is_left_out() -> None:
    assert trimmed("  SELECT 1 ;\n") == "SELECT 1"


def test_a_long_text_is_judged_as_fast_as_it_is_read() -> None:
    for text in ("'" + "''" * 100_000, "(" * 200_000, "[" * 200_000, "a" * 200_000, "$" * 200_000):
        why_no_query(f"SELECT {text}")
