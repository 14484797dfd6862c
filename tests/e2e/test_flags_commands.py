"""`tenantry flags`: a flag is written as a setting, and asked for by key and context."""

import json

import pytest

from tests.support.command_line import CommandLine
from tests.support.flags import FLAGS, METHOD


@pytest.fixture
def flagged(tenantry: CommandLine) -> CommandLine:
    """A command line on a data directory that has flags, without a server."""
    for key in ("split", "whole-float", "disabled", "targeted"):
        assert tenantry("config", "set", f"flag:{key}", json.dumps(FLAGS[key]), "--json") == 0
    return tenantry


def test_the_flags_are_listed_by_key_and_as_flagd_reads_them(flagged: CommandLine) -> None:
    assert flagged("flags", "list") == 0
    assert [line.split()[:2] for line in flagged.out.splitlines()] == [
        ["KEY", "STATE"],
        ["disabled", "DISABLED"],
        ["split", "ENABLED"],
        ["targeted", "ENABLED"],
        ["whole-float", "ENABLED"],
    ]
    assert flagged.json("flags", "list")["flags"]["split"] == METHOD


def test_a_flag_is_evaluated_for_a_context(flagged: CommandLine) -> None:
    found = flagged.json("flags", "evaluate", "split", "--targeting-key", "tenant-1")
    assert found == {
        "key": "split",
        "value": "temporal",
        "variant": "temporal",
        "reason": "TARGETING_MATCH",
    }
    gold = ("--context", "email=ada@example.com", "--context", "version=2.1.0")
    assert flagged.json("flags", "evaluate", "targeted", *gold)["value"] == "gold"
    assert "value" not in flagged.json("flags", "evaluate", "disabled")

    assert flagged("flags", "evaluate", "whole-float") == 0
    assert flagged.out.splitlines()[-1].split() == ["value", "1.0"]


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("never-was",), "there is no such flag"),
        (("a/b",), "wants a key without a slash"),
        (("split", "--context", "x"), "wants NAME=VALUE"),
        (("split", "--context", 'targetingKey={"a":1}'), "context.targetingKey"),
        (("split", "--context", f"x={'x' * 20_000}"), "at most 16384 bytes"),
    ],
)
def test_what_cannot_be_evaluated_is_an_error(
    flagged: CommandLine, arguments: tuple[str, ...], told: str
) -> None:
    assert flagged("flags", "evaluate", *arguments) == 1
    assert told in flagged.err
    assert flagged.out == ""


def test_what_is_no_flag_is_refused_with_the_place(tenantry: CommandLine) -> None:
    wrong = json.dumps({**METHOD, "state": "on"})

    assert tenantry("config", "set", "flag:split", wrong, "--json") == 1
    assert "value.state: got 'on', wants ENABLED or DISABLED" in tenantry.err
    assert tenantry.json("flags", "list")["flags"] == {}


def test_an_import_that_holds_what_is_no_flag_says_which_one(tenantry: CommandLine) -> None:
    tree = {"flag:split": METHOD, "flag:wrong": {"state": "ENABLED"}}
    file = tenantry.write("tree.json", json.dumps(tree))

    assert tenantry("config", "import", file) == 1
    assert "flag:wrong" in tenantry.err
    assert "value.variants" in tenantry.err
