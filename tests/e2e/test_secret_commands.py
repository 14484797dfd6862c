"""Secrets on the command line: typed, sealed, carried nowhere, and shredded."""

import io
import json
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.terminals import TerminalProcess

SECRET = "corréct hörse"


def type_in(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """Let `content` be what stands on standard input, which is no terminal."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))


def test_a_secret_is_stored_and_shown_to_whoever_may_see_it_only(
    tenantry: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, SECRET)
    stored = tenantry.json("config", "set", "pw", "-", "--secret")
    then = str(stored["position"])
    assert (stored["value"], stored["secret"]) == ("[secret]", True)
    assert SECRET not in tenantry.out + tenantry.err

    assert tenantry("config", "get", "pw") == 0
    assert tenantry.out == SECRET
    for command in (["list"], ["history", "pw"], ["export"], ["diff", "0"], ["list", "--at", then]):
        assert tenantry("config", *command) == 0
        assert "[secret]" in tenantry.out
        assert SECRET not in tenantry.out

    assert tenantry("config", "set", "pw", "--file", tenantry.write("new", "2")) == 0
    assert tenantry.out == "pw is stored as a secret, version 2\n"


def test_a_secret_is_asked_for_without_being_shown(alone: CommandLine) -> None:
    with TerminalProcess(alone.cwd, "config", "set", "pw", "--secret") as terminal:
        terminal.wait_for("Value: ")
        assert not terminal.shows_what_is_typed()
        terminal.answer("Value: ", SECRET)
        assert terminal.wait() == 0
        assert terminal.shows_what_is_typed()
        shown = terminal.read_to_end()

    assert SECRET not in shown
    assert shown.endswith("pw is stored as a secret, version 1\n")
    assert alone.json("config", "get", "pw")["value"] == SECRET


def test_a_question_that_ctrl_c_ends_stores_nothing_and_leaves_the_terminal_as_it_was(
    alone: CommandLine,
) -> None:
    with TerminalProcess(alone.cwd, "config", "set", "pw", "--secret") as terminal:
        terminal.wait_for("Value: ")
        terminal.interrupt()
        assert terminal.wait() == 130
        assert terminal.shows_what_is_typed()
        assert "Traceback" not in terminal.read_to_end()

    assert alone.json("config", "list") == []


@pytest.mark.parametrize("typed", ["", "x" * 5_000])
def test_an_answer_that_is_none_or_may_be_cut_off_is_refused(
    alone: CommandLine, typed: str
) -> None:
    with TerminalProcess(alone.cwd, "config", "set", "pw", "--secret") as terminal:
        terminal.answer("Value: ", typed)
        assert terminal.wait() == 1
        shown = terminal.read_to_end()

    assert "error: Value: " in shown
    assert "xxx" not in shown
    assert alone.json("config", "list") == []


def test_what_is_wrong_with_a_secret_is_told_without_it(
    alone: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone("config", "schema", "set", alone.write("s.json", '{"maxLength": 3}'), "--prefix", "")

    for content, options in ((SECRET, []), (f"{{{SECRET}", ["--json"])):
        type_in(monkeypatch, content)
        assert alone("config", "set", "pw", "-", "--secret", *options) == 1
        assert SECRET not in alone.out + alone.err
    latin = alone.write("latin", SECRET.encode("latin-1"))
    assert alone("config", "set", "pw", "--file", latin, "--secret", "--debug") == 1
    assert "corr" not in alone.out + alone.err


def test_a_name_whose_history_is_in_the_clear_becomes_a_secret_by_force_only(
    alone: CommandLine,
) -> None:
    alone("config", "set", "pw", "seen")

    assert alone("config", "set", "pw", "x", "--secret") == 1
    assert "hint: --force " in alone.err
    assert alone("config", "set", "pw", "x", "--secret", "--force") == 0
    assert alone.json("config", "list") == [{"name": "pw", "value": "[secret]"}]


def test_shredding_leaves_nothing_to_read_and_is_told(tenantry: CommandLine) -> None:
    begin = tenantry.log_end()
    tenantry("config", "set", "pw", SECRET, "--secret")
    tenantry("config", "set", "plain", "x")

    assert tenantry("config", "delete", "pw") == 0
    for _ in ("at first", "again"):
        told = tenantry.json("config", "delete", "pw", "--shred", "--idempotency-key", "k")
        assert told == {"name": "pw", "deleted": True, "position": begin + 4, "shredded": True}
    assert tenantry("config", "delete", "pw", "--shred") == 1
    assert tenantry.err == "error: pw: Gone\n"
    assert tenantry("config", "history", "pw") == 0
    assert [line.split()[1:3] for line in tenantry.out.splitlines()[1:3]] == [
        ["ConfigValueSet", "[secret]"],
        ["ConfigValueDeleted", "[secret]"],
    ]
    assert "ConfigSecretShredded" in tenantry.out
    assert "null" not in tenantry.out
    assert tenantry("config", "delete", "plain", "--shred") == 1
    assert "never sealed" in tenantry.err
    assert tenantry("config", "get", "plain") == 0

    assert tenantry("config", "rollback", "--to", str(begin + 1)) == 0
    assert tenantry.err == "warning: pw is not restored: shredded\n"
    assert tenantry.out.split() == ["CHANGE", "NAME", "VERSION", "delete", "plain", "2"]
    assert tenantry("log", "verify") == 0


@pytest.mark.parametrize("answer, code", [("y", 0), ("Yes", 0), ("n", 1), ("", 1)])
def test_shredding_is_asked_about_on_a_terminal(alone: CommandLine, answer: str, code: int) -> None:
    alone("config", "set", "pw", SECRET, "--secret")

    with TerminalProcess(alone.cwd, "config", "delete", "pw", "--shred") as terminal:
        terminal.answer("Delete pw, and make its secrets unreadable for ever? [y/N] ", answer)
        assert terminal.wait() == code

    assert (alone.json("config", "list") == []) == (code == 0)


def test_ctrl_c_at_the_question_shreds_nothing(alone: CommandLine) -> None:
    alone("config", "set", "pw", SECRET, "--secret")

    with TerminalProcess(alone.cwd, "config", "delete", "pw", "--shred") as terminal:
        terminal.wait_for("[y/N] ")
        terminal.interrupt()
        assert terminal.wait() == 130

    assert alone.json("config", "get", "pw")["value"] == SECRET


def test_who_has_said_yes_is_not_asked(alone: CommandLine) -> None:
    alone("config", "set", "pw", SECRET, "--secret")

    with TerminalProcess(alone.cwd, "config", "delete", "pw", "--shred", "--yes") as terminal:
        assert terminal.wait() == 0


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_export_with_secrets_is_imported_where_they_are_and_nowhere_else(
    tenantry: CommandLine, form: str
) -> None:
    file = f"all.{form}"
    tenantry("config", "set", "pw", SECRET, "--secret")
    tenantry("config", "set", "port", "1", "--json")
    assert tenantry("config", "export", file) == 0
    assert SECRET not in (tenantry.cwd / file).read_text()

    tenantry("config", "set", "port", "2", "--json")
    report = tenantry.json("config", "import", file)
    assert report == {"created": 0, "updated": 1, "unchanged": 1}
    assert tenantry.json("config", "get", "pw")["value"] == SECRET

    assert tenantry("config", "import", file, "--tenant", "other") == 1
    assert f"{file}: 1 setting cannot be stored:\n  'pw': " in tenantry.err
    assert tenantry.json("config", "list", "--tenant", "other") == []

    tenantry("config", "set", "pw", "another", "--secret", "--tenant", "other")
    assert tenantry("config", "import", file, "--tenant", "other") == 0
    assert tenantry.out == "1 created, 0 updated, 1 unchanged\n"
    assert tenantry.json("config", "get", "pw", "--tenant", "other")["value"] == "another"


def test_what_stands_for_a_secret_is_one_problem_of_the_file_among_others(
    alone: CommandLine,
) -> None:
    alone("config", "set", "plain", "x")
    tree = {"plain": "[secret]", "a/b": 1, "within": ["[secret]"]}

    assert alone("config", "import", alone.write("tree.json", json.dumps(tree))) == 1
    assert "2 settings cannot be stored" in alone.err
    assert "'plain'" in alone.err
    assert alone.json("config", "get", "plain")["value"] == "x"


def test_secrets_of_an_import_are_never_sent_in_the_place_of_others(
    alone: CommandLine, tmp_path: Path
) -> None:
    alone("config", "set", "pw", SECRET, "--secret", "--tenant", "global")

    (tmp_path / "tree.yaml").write_text('pw: "[secret]"\n')
    assert alone("config", "import", "tree.yaml") == 0
    assert alone.out == "0 created, 0 updated, 1 unchanged\n"
    assert alone.json("config", "list", "--own") == []
