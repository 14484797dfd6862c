"""Every command, answered by a real server and by the application in the command's own process."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tenantry.cli import run
from tenantry.terminal import ServerLock
from tests.support.command_line import CommandLine, environment, running_server
from tests.support.terminals import TerminalProcess

NAME = "Grüße:🎉 100%"
VALUE = {"a": [1, 2.5, None], "ключ": "x\ny"}


def test_a_setting_is_stored_read_and_deleted(tenantry: CommandLine) -> None:
    assert tenantry("config", "set", NAME, "hallo\nwelt") == 0
    assert tenantry.out == f"{NAME} is stored, version 1\n"
    assert tenantry("config", "get", NAME) == 0
    assert tenantry.out == "hallo\nwelt"

    stored = tenantry.json(
        "config", "set", NAME, f'{{"n": 2.50, "v": {json.dumps(VALUE)}}}', "--json"
    )
    value = {"n": 2.5, "v": VALUE}
    assert (stored["name"], stored["value"], stored["version"]) == (NAME, value, 2)
    assert tenantry.json("config", "get", NAME) == stored
    assert tenantry.json("config", "list") == [{"name": NAME, "value": value}]
    assert "2.50" in tenantry.out

    assert tenantry("config", "delete", NAME) == 0
    assert tenantry("config", "delete", NAME) == 1
    assert tenantry.err == f"error: {NAME}: Gone\n"
    assert tenantry("config", "get", NAME) == 1
    assert tenantry.err == f"error: {NAME}: Not Found\n"
    assert tenantry.json("config", "list") == []


def test_the_past_is_told_by_history_and_time(tenantry: CommandLine) -> None:
    tenantry("config", "set", "a", "one")
    first = tenantry.json("config", "get", "a")
    tenantry("config", "set", "a", "two")

    history = tenantry.json("config", "history", "a")
    assert [record["data"]["value"] for record in history] == ["one", "two"]
    assert tenantry("config", "history", "a") == 0
    assert [line.split()[2] for line in tenantry.out.splitlines()] == ["VALUE", "one", "two"]

    assert tenantry("config", "at", "a", first["updated_at"]) == 0
    assert tenantry.out == "one"
    assert tenantry.json("config", "at", "a", first["updated_at"]) == first
    assert tenantry("config", "get", "a", "--at", str(first["position"])) == 0
    assert tenantry.out == "one"
    assert tenantry.json("config", "list", "--at", first["updated_at"])[0]["value"] == "one"
    assert tenantry("config", "at", "a", "yesterday") == 1
    assert "ISO8601" in tenantry.err


def test_conditions_keep_what_somebody_else_has_written(tenantry: CommandLine) -> None:
    tenantry("config", "set", "a", "one", "--create-only")

    assert tenantry("config", "set", "a", "two", "--create-only") == 1
    assert tenantry("config", "set", "a", "two", "--if-version", "7") == 1
    assert tenantry("config", "delete", "a", "--if-version", "7") == 1
    assert tenantry("config", "set", "a", "two", "--if-version", "1") == 0
    assert tenantry("config", "set", "a", "three", "--idempotency-key", "k") == 0
    assert tenantry("config", "set", "a", "three", "--idempotency-key", "k") == 0

    assert tenantry.json("config", "get", "a")["version"] == 3


@pytest.mark.parametrize("name", [".", "..", "%2E", "a?b#c", " ", "+", "\\", "é" * 512])
def test_a_name_may_be_anything_that_a_name_may_be(
    served_directory: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    tenantry = CommandLine(served_directory, capsys)

    assert tenantry("config", "set", name, "x") == 0
    assert {"name": name, "value": "x"} in tenantry.json("config", "list")


@pytest.mark.parametrize("name", ["a/b", "", "x" * 513, "a\nb"])
def test_a_name_that_cannot_be_is_refused(alone: CommandLine, name: str) -> None:
    assert alone("config", "set", name, "x") == 1
    assert alone.err.splitlines()[1].startswith("error: ")
    assert "bug" not in alone.err


def test_a_new_data_directory_is_told(alone: CommandLine) -> None:
    alone("config", "list")
    assert alone.err == f"{alone.cwd / 'data'} is new: nothing is stored there yet\n"

    alone("config", "list")
    assert alone.err == ""


def test_a_value_comes_from_a_file_byte_for_byte(alone: CommandLine) -> None:
    text = " ünï\r\n\x00code\n\n"
    file = alone.write("value.txt", text)

    assert alone("config", "set", "a", "--file", file) == 0
    assert alone.json("config", "get", "a")["value"] == text
    assert alone("config", "set", "a", "--file", alone.write("bad", b"\xff")) == 1
    assert "UTF-8" in alone.err
    assert alone("config", "set", "a", "{", "--json") == 1


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_export_is_imported_as_it_was(tenantry: CommandLine, form: str) -> None:
    tree = {"b": VALUE, "a": "text: no", NAME: None, "n": 12345678901234567890123, "e": ""}
    source = tenantry.write("tree.json", json.dumps(tree))

    report = tenantry.json("config", "import", source)
    assert report == {"created": 5, "updated": 0, "unchanged": 0}
    assert tenantry("config", "export", f"out.{form}") == 0
    assert tenantry("config", "import", f"out.{form}") == 0
    assert tenantry.out == "0 created, 0 updated, 5 unchanged\n"

    for name in tree:
        tenantry("config", "delete", name)
    assert tenantry("config", "import", f"out.{form}", "--dry-run") == 2
    assert tenantry.json("config", "list") == []
    assert tenantry("config", "import", f"out.{form}") == 0
    exported = {entry["name"]: entry["value"] for entry in tenantry.json("config", "list")}
    assert exported == tree
    assert list(exported) == sorted(tree)


def test_an_export_goes_to_standard_output_too(alone: CommandLine) -> None:
    alone("config", "set", "x:a", "1", "--json")
    alone("config", "set", "y", "z")

    assert alone("config", "export") == 0
    assert json.loads(alone.out) == {"x:a": 1, "y": "z"}
    assert alone("config", "export", "--prefix", "x:", "--format", "yaml") == 0
    assert yaml.safe_load(alone.out) == {"x:a": 1}
    assert alone("config", "export", "-", "--at", "1") == 0
    assert json.loads(alone.out) == {"x:a": 1}


def test_an_import_changes_nothing_where_anything_in_the_file_is_wrong(alone: CommandLine) -> None:
    tree = {"good": 1, "a/b": 1, "watch": 2, "large": "x" * 1_000_001}

    assert alone("config", "import", alone.write("tree.json", json.dumps(tree))) == 1
    assert "3 settings cannot be stored" in alone.err
    assert "'a/b'" in alone.err
    assert "'watch'" in alone.err
    assert "'large'" in alone.err
    assert alone("config", "import", alone.write("tree.yaml", "a: 1\nborn: 2024-01-01")) == 1
    assert "tree.yaml:2: born is a date" in alone.err
    assert alone.json("config", "list") == []


def test_tenants_do_not_see_each_other(tenantry: CommandLine) -> None:
    tenantry("config", "set", "a", "acme's", "--tenant", "acme")

    assert tenantry.json("--tenant", "acme", "config", "get", "a")["value"] == "acme's"
    assert tenantry("config", "get", "a") == 1
    assert tenantry("config", "list", "--tenant", "Not A Slug!") == 1


def test_what_runs_can_be_looked_at_and_restarted(served: CommandLine) -> None:
    begin = served.log_end()
    served("config", "set", "a", "1")

    assert served.json("config", "worker", "stats")["message_count"] >= 0
    assert served.json("config", "worker", "test")["message_count"] >= 1
    assert served.json("config", "worker", "restart")["message_count"] == 0
    assert served.json("config", "projection", "show")["position"] == begin + 1
    assert served.json("config", "projection", "show", "--configs")["configs"] == {"a": "1"}
    assert served.json("config", "projection", "rebuild")["is_equal"] is True
    assert served("config", "projection", "reconnect") == 0
    assert served("config", "worker", "stats") == 0
    assert "message_count" in served.out


def test_health_is_that_of_a_server(served: CommandLine) -> None:
    assert served.json("health")["status"] == "healthy"
    assert served.code == 0


def test_without_a_server_there_is_no_health(alone: CommandLine) -> None:
    assert alone("health") == 1
    assert "no server runs" in alone.err


def test_the_log_is_told(tenantry: CommandLine) -> None:
    begin = tenantry.log_end()
    tenantry("config", "set", "a", "1")

    head = tenantry.json("log", "head")
    assert head["position"] == begin + 1
    assert tenantry("log", "verify", "--expect", head["expect"]) == 0
    assert tenantry.out.startswith(f"the log is intact: {begin + 1} events")

    report = tenantry.json("log", "verify", "--expect", f"{begin + 1}:{'0' * 64}")
    assert tenantry.code == 1
    assert report["fault"]["position"] == begin + 1
    assert tenantry.err.startswith(f"error: position {begin + 1}: ")
    assert tenantry("log", "verify", "--expect", "nonsense") == 1


def test_the_database_says_where_it_stands(alone: CommandLine) -> None:
    assert alone.json("db", "status")["migrations_applied"] == []
    assert alone.code == 2
    assert alone.json("db", "migrate")["migrations_pending"] == []
    assert alone.code == 0
    assert alone("db", "status") == 0

    with running_server(alone.cwd):
        assert alone.json("db", "status")["is_current"] is True
        assert alone("db", "migrate") == 0


def test_a_backup_is_restored_where_nothing_is(tenantry: CommandLine) -> None:
    begin = tenantry.log_end()
    tenantry("config", "set", "a", "1")
    taken = tenantry.json("backup", "all.backup")
    assert taken["position"] == begin + 1
    assert (tenantry.cwd / "all.backup").stat().st_mode & 0o777 == 0o600

    assert tenantry("restore", "all.backup") == 1
    restored = tenantry.json("--data", "other", "restore", "all.backup")
    assert (tenantry.code, restored["event_count"]) == (0, begin + 1)
    assert tenantry.json("--data", "other", "config", "list") == [{"name": "a", "value": "1"}]
    assert tenantry("--data", "other", "restore", "all.backup") == 1
    assert "empty" in tenantry.err

    damaged = (tenantry.cwd / "all.backup").read_bytes()[:-20]
    assert tenantry("--data", "third", "restore", tenantry.write("cut", damaged)) == 1
    assert tenantry.err.startswith("error: ")


def test_nothing_is_restored_while_a_server_runs(served: CommandLine) -> None:
    served("backup", "all.backup")

    assert served("restore", "all.backup") == 1
    assert "a server runs at http://127.0.0.1:" in served.err


def test_a_server_is_addressed_by_url_and_token(
    alone: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with running_server(elsewhere) as record:
        assert alone("--server", record.address, "config", "list") == 1
        assert "--token" in alone.err
        assert alone("--server", record.address, "--token", "wrong", "config", "list") == 1

        alone.environ.update(TENANTRY_SERVER=record.address, TENANTRY_TOKEN=record.token)
        assert alone("config", "set", "a", "there") == 0
        alone.environ.clear()
        assert alone("config", "get", "a") == 1
        assert alone("config", "get", "a", "--server", record.address, "--token", record.token) == 0
        assert alone.out == "there"


def test_a_database_is_not_taken_for_that_of_the_server(served: CommandLine) -> None:
    for command in (["config", "list"], ["db", "status"], ["restore", "x.backup"]):
        served.write("x.backup", "")
        assert served("--database", f"sqlite:///{served.cwd}/other.db", *command) == 1
        assert "has its own database" in served.err


def test_commands_work_on_either_database(alone: CommandLine, database_url: str) -> None:
    alone.environ["DATABASE_URL"] = database_url

    assert alone("db", "migrate") == 0
    assert alone("config", "set", "a", "1") == 0
    assert alone.json("config", "list") == [{"name": "a", "value": "1"}]
    assert alone("log", "verify") == 0
    assert alone("backup", "all.backup") == 0


def test_commands_without_a_server_take_turns(alone: CommandLine) -> None:
    command = [sys.executable, "-m", "tenantry", "config", "set"]
    running = [
        subprocess.Popen([*command, f"n{number}", "x"], cwd=alone.cwd, env=environment())
        for number in range(4)
    ]

    assert [process.wait(timeout=60) for process in running] == [0] * 4
    assert len(alone.json("config", "list")) == 4


def test_a_data_directory_somebody_keeps_to_themselves_is_an_error(
    alone: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.terminal.connection._PATIENCE_SECONDS", 0.1)
    with ServerLock(data_dir=alone.cwd / "data"):
        assert alone("config", "list") == 1

    assert "another process works on" in alone.err


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(
    "command",
    [
        ["config", "get", "a"],
        ["config", "get", "missing"],
        ["config", "set", "a", "2"],
        ["config", "list"],
        ["config", "history", "a"],
        ["config", "history", "missing"],
        ["config", "at", "a", "1999-01-01T00:00:00Z"],
        ["config", "get", "a", "--explain"],
        ["config", "get", "a", "--wait", "1", "--version", "9"],
        ["config", "get", "missing", "--wait", "1", "--version", "0"],
        ["config", "diff", "0"],
        ["config", "diff", "0", "0"],
        ["config", "change", "changes.json"],
        ["config", "change", "tree.json"],
        ["config", "rollback", "a", "1"],
        ["config", "rollback", "--to", "0", "--prefix", "missing", "--dry-run"],
        ["config", "rollback", "--to", "yesterday"],
        ["config", "schema", "get", "a"],
        ["config", "schema", "set", "a", "schema.json"],
        ["config", "schema", "set", "schema.json", "--prefix", "a", "--dry-run"],
        ["config", "schema", "list", "a"],
        ["config", "schema", "delete", "a"],
        ["config", "verify"],
        ["config", "import", "tree.json"],
        ["config", "import", "tree.json", "--dry-run"],
        ["config", "export"],
        ["config", "export", "out.json"],
        ["config", "worker", "stats"],
        ["config", "projection", "show"],
        ["config", "delete", "a"],
        ["log", "head"],
        ["log", "verify"],
        ["db", "status"],
        ["db", "migrate"],
        ["backup", "a.backup"],
        ["doctor"],
        ["settings", "check"],
        ["settings", "show"],
        ["config-check"],
        ["version"],
    ],
    ids=" ".join,
)
def test_a_program_gets_exactly_one_document(
    served_directory: Path, capsys: pytest.CaptureFixture[str], command: list[str], form: str
) -> None:
    tenantry = CommandLine(served_directory, capsys)
    tenantry("config", "set", "a", "1")
    tenantry.write("tree.json", '{"a": 1, "b": 2}')
    tenantry.write("changes.json", '{"changes": [{"op": "set", "name": "a", "value": 1}]}')
    tenantry.write("schema.json", "{}")

    tenantry(*command, "-o", form)

    out = tenantry.out
    documents = [json.loads(out)] if form == "json" else [*yaml.safe_load_all(out)]
    assert len(documents) == 1


ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|4[0-9]|9[0-7])m")


def on_terminal(cwd: Path, *arguments: str, **environ: str) -> str:
    """Run a command line on a terminal of its own, and return what that shows."""
    with TerminalProcess(cwd, *arguments, **environ) as terminal:
        return terminal.read_to_end()


def test_a_terminal_gets_a_table_of_its_width_and_no_colour_it_does_not_want(
    alone: CommandLine,
) -> None:
    alone("config", "set", "a", "x" * 500)

    assert "\x1b[1m" in on_terminal(alone.cwd, "config", "list")
    assert "\x1b" not in on_terminal(alone.cwd, "config", "list", TERM="dumb")
    shown = on_terminal(alone.cwd, "config", "list", NO_COLOR="1")
    assert not COLOUR.search(shown)
    assert [len(line) for line in ESCAPE.sub("", shown).splitlines()] == [60, 60]


def test_a_terminal_gets_a_line_break_behind_a_value_and_a_bar_for_an_import(
    alone: CommandLine,
) -> None:
    alone("config", "set", "a", "value")
    tree = alone.write("tree.json", json.dumps({f"n{n}": n for n in range(200)}))

    assert on_terminal(alone.cwd, "config", "get", "a") == "value\n"
    assert "/200" in on_terminal(alone.cwd, "config", "import", tree)


def test_a_working_directory_that_was_removed_is_one_line(
    alone: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = alone.cwd / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert run(["doctor"], environ={}) == 1
    assert capsys.readouterr().err == "error: the working directory is not there any more\n"
