"""What an error is about, one by one: it comes from a server, which may be of any version."""

from typing import Any

import pytest

from tenantry.terminal import Refused, lines_of


def lines(**details: Any) -> list[str]:
    return list(lines_of(Refused("no", status=422, details=details)))


def test_a_violation_has_its_pointer_and_its_schema() -> None:
    own = {"layer": "own", "name": "a"}
    inherited = {"layer": "global", "prefix": "b:"}

    assert lines(
        violations=[
            {"name": "a", "pointer": "/x/0", "message": "is wrong", "schema": own},
            {"name": "b:c", "pointer": "", "message": "is too", "schema": inherited},
        ]
    ) == [
        "a at /x/0: is wrong (own schema of a)",
        "b:c: is too (global schema of b:*)",
    ]


@pytest.mark.parametrize(
    "version, expected, line",
    [
        (3, 2, "a is at version 3, not at 2"),
        (0, 2, "a is not there, not at 2"),
        (0, None, "a is not there"),
        ("global:3", 1, "a is at version global:3, not at 1"),
    ],
)
def test_a_stale_name_has_its_version(version: Any, expected: int | None, line: str) -> None:
    stale = {"name": "a", "version": version, "expected_version": expected}

    assert lines(stale=[stale]) == [line]


def test_nothing_in_a_line_moves_the_cursor() -> None:
    assert lines(changed=["a\x1b[2J\nb"]) == ["a\\x1b[2J\\nb"]


@pytest.mark.parametrize("details", [{}, {"stale": 7}, {"stale": [{}]}, {"other": [1]}])
def test_details_of_another_kind_are_no_lines(details: dict[str, Any]) -> None:
    assert lines(**details) == []
