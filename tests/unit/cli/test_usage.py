"""How the command line treats mistakes: one clear line, and a code that says whose they are."""

import pytest
import typer.main

from tenantry.cli import RootGroup, app
from tests.support.command_line import CommandLine


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["config", "nonsense"],
        ["config", "get"],
        ["config", "get", "a", "b"],
        ["config", "get", "a", "--nonsense"],
        ["config", "get", "a", "-o", "xml"],
        ["config", "set", "a"],
        ["config", "set", "a", "b", "--file", "c"],
        ["config", "set", "a", "b", "--if-version", "1", "--create-only"],
        ["config", "set", "a", "b", "--if-version", "x"],
        ["config", "set", "a", "--secret"],
        ["config", "set", "a", "b", "--force"],
        ["config", "get", "a", "--explain", "--own"],
        ["config", "get", "a", "--wait", "5"],
        ["config", "get", "a", "--wait", "61", "--version", "1"],
        ["config", "get", "a", "--wait", "5", "--version", "1", "--own"],
        ["config", "diff"],
        ["config", "rollback"],
        ["config", "rollback", "a"],
        ["config", "rollback", "a", "0"],
        ["config", "rollback", "a", "1", "--to", "1"],
        ["config", "rollback", "a", "1", "--dry-run"],
        ["config", "rollback", "--to", "1", "--dry-run", "--expected-position", "1"],
        ["config", "change", "changes.txt"],
        ["config", "schema", "get"],
        ["config", "schema", "get", "a", "--prefix", "b"],
        ["config", "schema", "set", "a"],
        ["config", "schema", "set", "a", "s.json", "--prefix", "b"],
        ["config", "schema", "list"],
        ["config", "import", "tree.txt"],
        ["--server", "http://x", "serve"],
        ["restore", "nowhere.backup"],
        ["tenants", "create", "acme"],
        ["tenants", "list", "--status", "erased"],
        ["tenants", "origins", "acme", "https://a.example", "--none"],
        ["tenants", "erase", "acme"],
        ["users", "list", "--root", "--tenant", "acme"],
        ["users", "passwd", "u1"],
        ["users", "remove", "u1"],
        ["keys", "create", "ci"],
        ["keys", "create", "ci", "--role", "editor", "--root"],
        ["keys", "create", "ci", "--role", "editor", "--expires-in-days", "0"],
        ["audit", "--limit", "0"],
        ["login"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_64_and_one_line(
    tenantry: CommandLine, arguments: list[str]
) -> None:
    assert tenantry(*arguments) == 64

    error, *hint = tenantry.err.splitlines()
    assert error.startswith("error: ")
    assert all(line.startswith("hint: ") for line in hint)
    assert tenantry.out == ""


@pytest.mark.parametrize(
    "arguments",
    [[], ["config"], ["config", "worker"], ["config", "schema"], ["keys"]],
    ids=" ".join,
)
def test_a_group_without_a_command_shows_its_help(
    tenantry: CommandLine, arguments: list[str]
) -> None:
    assert tenantry(*arguments) == 64
    assert tenantry.err.startswith("Usage: tenantry")


def test_help_is_no_mistake(tenantry: CommandLine) -> None:
    assert tenantry("--help") == 0
    assert tenantry.out.startswith("Usage: tenantry")


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, RootGroup)

    for name, entry in RootGroup.lazy.items():
        command = group.get_command(None, name)
        assert command.get_short_help_str(limit=200) == entry.help, name


def test_an_error_shows_no_traceback_unless_asked(tenantry: CommandLine) -> None:
    assert tenantry("config", "import", "nowhere.json") == 1
    assert tenantry.err.startswith("error: ")
    assert "No such file" in tenantry.err
    assert "Traceback" not in tenantry.err

    assert tenantry("config", "import", "nowhere.json", "--debug") == 1
    assert "Traceback" in tenantry.err


def test_no_server_at_an_address_is_one_line(tenantry: CommandLine) -> None:
    assert tenantry("--server", "http://127.0.0.1:1", "config", "list") == 1

    error, hint = tenantry.err.splitlines()
    assert error.startswith("error: no answer from http://127.0.0.1:1")
    assert "tenantry serve" in hint


@pytest.mark.parametrize("address", ["http://", "http://[", "ftp://x"])
def test_an_address_that_is_none_is_one_line(tenantry: CommandLine, address: str) -> None:
    assert tenantry("--server", address, "config", "list") == 1
    assert tenantry.err.startswith("error: ")
    assert "bug" not in tenantry.err


def test_an_error_is_a_document_for_programs(tenantry: CommandLine) -> None:
    tenantry.environ["TENANTRY_SERVER"] = "http://127.0.0.1:1"

    document = tenantry.json("config", "list")

    assert tenantry.code == 1
    assert document["error"]["code"] == "unreachable"


def test_options_count_wherever_they_stand(tenantry: CommandLine) -> None:
    tenantry("-o", "json", "version")
    before = tenantry.out
    tenantry("version", "-o", "json")

    assert before == tenantry.out
    assert tenantry("-o", "json", "version", "-o", "yaml") == 0
    assert tenantry.out.startswith("version: ")


def test_a_server_and_a_data_directory_exclude_each_other(tenantry: CommandLine) -> None:
    assert tenantry("--server", "http://x", "--data", "d", "config", "list") == 1
    assert "--server" in tenantry.err


def test_what_the_command_line_says_wins_over_the_environment(tenantry: CommandLine) -> None:
    tenantry.environ["TENANTRY_SERVER"] = "http://127.0.0.1:1"

    assert tenantry("--data", "d", "config", "list") == 0


def test_a_token_counts_where_no_server_runs_too(tenantry: CommandLine) -> None:
    assert tenantry("--token", "wrong", "config", "list") == 1
    assert "token" in tenantry.err

    tenantry.environ["TENANTRY_TOKEN"] = "wrong"
    assert tenantry("--data", "d", "config", "list") == 1


def test_a_token_for_a_server_stays_with_it(tenantry: CommandLine) -> None:
    tenantry.environ.update(TENANTRY_SERVER="http://127.0.0.1:1", TENANTRY_TOKEN="theirs")

    assert tenantry("--data", "d", "config", "list") == 0


def test_wrong_settings_are_all_told_at_once(tenantry: CommandLine) -> None:
    tenantry.environ.update(API_PORT="x", LOG_LEVEL="loud")

    for command in (["settings", "check"], ["config-check"]):
        assert tenantry(*command) == 1
        assert "API_PORT" in tenantry.err
        assert "LOG_LEVEL" in tenantry.err

    document = tenantry.json("settings", "check")
    assert [problem["variable"] for problem in document["problems"]] == ["API_PORT", "LOG_LEVEL"]


def test_settings_are_shown_without_their_passwords(tenantry: CommandLine) -> None:
    url = "postgresql://me:s3cret@db/x"

    assert tenantry.json("settings", "show", "--database", url)["DATABASE_URL"] == (
        "postgresql://me:[redacted]@db/x"
    )
    assert tenantry("settings", "check", "--database", url) == 0
    assert "s3cret" not in tenantry.out
    assert "API_PORT" in tenantry.out


def test_a_bug_is_one_line_too(tenantry: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenantry.terminal.Terminal.settings", lambda _: 1 / 0)

    assert tenantry("settings", "show") == 1
    assert tenantry.err.startswith("error: this is a bug: ZeroDivisionError")
