"""Commands about layers, several settings at once, the past, schemas and the projection."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.support.command_line import CommandLine, environment
from tests.support.scripted import ScriptedServer
from tests.support.server import DEFAULT_TENANT

TENANTRY = [sys.executable, "-m", "tenantry"]
SCHEMA = {"type": "object", "properties": {"port": {"type": "integer", "maximum": 9}}}


def rows(line: CommandLine) -> list[list[str]]:
    """Return the words of each line of a table, without its head."""
    return [shown.split() for shown in line.out.splitlines()[1:]]


def change(line: CommandLine, *changes: dict[str, Any], code: int = 0) -> None:
    """Carry out `changes` together."""
    file = line.write("changes.json", json.dumps({"changes": changes}))
    assert line("config", "change", file) == code, line.err


def test_what_is_inherited_is_told_apart_from_what_is_the_tenants_own(
    tenantry: CommandLine,
) -> None:
    tenantry("config", "set", "a", "ours", "--tenant", "global")
    tenantry("config", "set", "b", "ours", "--tenant", "global")
    tenantry("config", "set", "a", "theirs")

    assert tenantry("config", "get", "b") == 0
    assert tenantry("config", "get", "b", "--own") == 1
    assert tenantry.json("config", "list", "--own") == [{"name": "a", "value": "theirs"}]
    assert tenantry("config", "export", "--own") == 0
    assert json.loads(tenantry.out) == {"a": "theirs"}
    assert len(tenantry.json("config", "list")) == 2


def test_an_explanation_has_every_layer_and_the_winner_first(tenantry: CommandLine) -> None:
    tenantry("config", "set", "a", "ours", "--tenant", "global")
    tenantry("config", "set", "a", "theirs")
    then = tenantry.log_end()

    explained = tenantry.json("config", "get", "a", "--explain")
    assert explained["value"] == "theirs"
    assert [layer["layer"] for layer in explained["layers"]] == ["own", "global"]
    assert tenantry("config", "get", "a", "--explain") == 0
    assert tenantry.out.split()[:5] == ["LAYER", "VERSION", "VALUE", "SINCE", "BY"]
    assert [row[:3] for row in rows(tenantry)] == [["own", "1", "theirs"], ["global", "1", "ours"]]
    assert {row[4] for row in rows(tenantry)} == {"root"}

    tenantry("config", "delete", "a")
    assert tenantry("config", "get", "a", "--explain") == 0
    assert [row[:3] for row in rows(tenantry)] == [["global", "1", "ours"], ["own", "2", "-"]]
    assert tenantry("config", "get", "a", "--explain", "--at", str(then)) == 0
    assert rows(tenantry)[0][:3] == ["own", "1", "theirs"]
    assert tenantry("config", "get", "nothing", "--explain") == 1


def test_a_read_may_wait_for_another_version(served: CommandLine) -> None:
    served("config", "set", "a", "one")

    assert served("config", "get", "a", "--wait", "60", "--version", "0") == 0
    assert served.out == "one"
    assert served("config", "get", "a", "--wait", "1", "--version", "1") == 1
    assert (served.out, served.err) == ("", "error: a is still at version 1\n")
    assert served("config", "get", "missing", "--wait", "1", "--version", "0") == 1
    assert served.err == "error: missing: Not Found\n"

    with subprocess.Popen(
        [*TENANTRY, "config", "get", "a", "--wait", "60", "--version", "1"],
        cwd=served.cwd,
        env=environment(),
        stdout=subprocess.PIPE,
    ) as waiting:
        served("config", "set", "a", "two")
        assert waiting.communicate(timeout=30)[0] == b"two"


def test_ctrl_c_ends_a_wait_at_once(alone: CommandLine) -> None:
    has_asked = threading.Event()

    def never(exchange: Any) -> None:
        has_asked.set()
        exchange.wait_until_left()

    with (
        ScriptedServer(never) as server,
        subprocess.Popen(
            [*TENANTRY, "config", "get", "a", "--wait", "60", "--version", "1"],
            cwd=alone.cwd,
            env={**environment(), "TENANTRY_SERVER": server.address},
            stderr=subprocess.PIPE,
        ) as waiting,
    ):
        assert has_asked.wait(30)
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=20)

    assert (waiting.returncode, said) == (130, b"")
    (asked,) = server.seen
    assert asked.target == "/v1/config/a?wait=60000ms&version=1"


def test_ctrl_c_ends_a_wait_in_this_process_too(
    alone: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_: Any, **_named: Any) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return await asyncio.Future()

    monkeypatch.setattr("tenantry.configs.service.watches.ConfigWatches.differs", interrupted)
    assert alone("config", "get", "a", "--wait", "60", "--version", "1") == 130
    assert alone("config", "set", "a", "2") == 0


def test_differences_are_those_of_two_moments(tenantry: CommandLine) -> None:
    begin = tenantry.log_end()
    tenantry("config", "set", "a", "1", "--json")
    tenantry("config", "set", "b:kept", "x")
    tenantry("config", "set", "b:pw", "p", "--secret")
    then = str(begin + 3)
    change(
        tenantry,
        {"op": "set", "name": "a", "value": "1"},
        {"op": "set", "name": "b:pw", "value": "q"},
        {"op": "set", "name": "b:new", "value": "y" * 500},
        {"op": "delete", "name": "b:kept"},
    )

    assert tenantry("config", "diff", then) == 0
    assert tenantry.out.split()[:3] == ["NAME", "BEFORE", "AFTER"]
    a, kept, new, pw = rows(tenantry)
    assert a == ["a", "1", "(version", "1)", '"1"', "(version", "2)"]
    assert kept == ["b:kept", "x", "-"]
    assert new[:2] == ["b:new", "-"]
    assert new[2].endswith("y…")
    assert pw == ["b:pw", '"[secret]"', "(version", "1)", '"[secret]"', "(version", "2)"]

    assert tenantry("config", "diff", then, "--exit-code") == 2
    assert tenantry("config", "diff", then, then, "--exit-code") == 0
    assert (tenantry.out, tenantry.err) == ("", "nothing is different\n")
    assert tenantry.json("config", "diff", then, "--prefix", "b:k") == [
        {"name": "b:kept", "versions": {"before": "1", "after": None}, "before": "x"}
    ]
    at = tenantry.json("config", "get", "a", "--at", str(begin + 1))["updated_at"]
    assert len(tenantry.json("config", "diff", "0", at)) == 1
    assert tenantry("config", "diff", "yesterday") == 1


def test_differences_of_the_own_layer_leave_the_other_out(alone: CommandLine) -> None:
    alone("config", "set", "a", "1", "--tenant", "global")

    assert len(alone.json("config", "diff", "0")) == 1
    assert alone.json("config", "diff", "0", "--own") == []


def test_one_setting_is_restored_by_a_new_version(tenantry: CommandLine) -> None:
    tenantry("config", "set", "a", "one")
    tenantry("config", "set", "a", "two")

    assert tenantry("config", "rollback", "a", "1") == 0
    assert tenantry.out.split() == ["CHANGE", "NAME", "VERSION", "set", "a", "3"]
    assert tenantry.json("config", "get", "a")["value"] == "one"
    assert tenantry("config", "rollback", "a", "1") == 0
    assert tenantry.out == "nothing to restore\n"
    assert tenantry("config", "rollback", "a", "7") == 1
    assert tenantry.err == "error: a has no version 7\n"
    assert tenantry("config", "rollback", "missing", "1") == 1


def test_everything_is_restored_as_the_dry_run_has_said(tenantry: CommandLine) -> None:
    begin = tenantry.log_end()
    tenantry("config", "set", "a", "one")
    tenantry("config", "set", "x", "kept", "--tenant", "global")
    moment = tenantry.json("config", "get", "a")["updated_at"]
    tenantry("config", "set", "a", "two")
    tenantry("config", "set", "b", "new")
    schema = tenantry.write("schema.json", json.dumps({"type": "string"}))
    tenantry("config", "schema", "set", schema, "--prefix", "b")
    first, stale, seen = (str(begin + after) for after in (1, 3, 5))

    assert tenantry("config", "rollback", "--to", moment, "--dry-run") == 2
    assert rows(tenantry) == [["a", "two", "one"], ["b", "new", "-"]]
    assert f"--expected-position {seen} " in tenantry.err
    assert tenantry.json("config", "rollback", "--to", first, "--prefix", "b", "--dry-run") == [
        {"name": "b", "versions": {"before": "1", "after": None}, "before": "new"}
    ]
    assert tenantry.json("config", "get", "a")["value"] == "two"

    assert tenantry("config", "rollback", "--to", first, "--expected-position", stale) == 1
    assert tenantry.err.splitlines()[1:] == ["  b"]
    assert tenantry("config", "rollback", "--to", moment, "--expected-position", seen) == 0
    assert rows(tenantry) == [["set", "a", "3"], ["delete", "b", "2"], ["delete", "schema", "b*"]]
    assert tenantry("config", "rollback", "--to", moment, "--dry-run") == 0
    assert [item["value"] for item in tenantry.json("config", "list")] == ["one", "kept"]


def test_a_dry_run_asks_for_nothing_that_only_an_operator_may(alone: CommandLine) -> None:
    since = [{"name": "a", "versions": {"before": None, "after": "1"}, "after": 1.50}]
    with ScriptedServer(lambda exchange: exchange.reply(200, since, x_position="7")) as server:
        command = ["config", "rollback", "--to", "3", "--prefix", "a", "--dry-run"]
        back = [{"name": "a", "versions": {"before": "1", "after": None}, "before": 1.5}]
        assert alone.json(*command, "--server", server.address) == back
        assert "--expected-position 7 " in alone.err

    assert [exchange.target for exchange in server.seen] == [
        "/v1/config/diff?from=3&prefix=a&layer=own"
    ]


def test_a_rollback_may_concern_a_prefix_only(alone: CommandLine) -> None:
    alone("config", "set", "a:x", "1")
    alone("config", "set", "b:x", "1")

    report = alone.json("config", "rollback", "--to", "0", "--prefix", "a:")
    assert [each["name"] for each in report["changes"]] == ["a:x"]
    assert alone.json("config", "list") == [{"name": "b:x", "value": "1"}]


def test_changes_are_carried_out_together(tenantry: CommandLine) -> None:
    begin = tenantry.log_end()
    tenantry("config", "set", "old", "x")
    document = """
    changes:
    - {op: set, name: a, value: {n: 1.50}, expected_version: 0}
    - {op: set, name: pw, value: p, secret: true}
    - {op: delete, name: old, expected_version: 1}
    """

    file = tenantry.write("changes.yaml", document)
    assert tenantry("config", "change", file, "--idempotency-key", "k") == 0
    assert rows(tenantry) == [["set", "a", "1"], ["set", "pw", "1"], ["delete", "old", "2"]]
    again = tenantry.json("config", "change", file, "--idempotency-key", "k")
    assert again["position"] == begin + 4
    assert tenantry("config", "get", "a") == 0
    assert tenantry.out == '{"n":1.50}'
    assert tenantry.json("config", "list")[1] == {"name": "pw", "value": "[secret]"}


def test_changes_that_are_stale_are_all_told_and_nothing_is_changed(
    tenantry: CommandLine,
) -> None:
    tenantry("config", "set", "a", "x")
    tenantry("config", "set", "a", "y")

    change(
        tenantry,
        {"op": "set", "name": "new", "value": 1},
        {"op": "set", "name": "a", "value": 1, "expected_version": 1},
        {"op": "delete", "name": "missing"},
        {"op": "set", "name": "b", "value": 1, "expected_version": 4},
        code=1,
    )

    assert tenantry.err.splitlines()[1:] == [
        "  a is at version 2, not at 1",
        "  missing is not there",
        "  b is not there, not at 4",
    ]
    assert tenantry.json("config", "list") == [{"name": "a", "value": "y"}]
    document = tenantry.json("config", "change", "changes.json")
    assert document["error"]["code"] == "changes_conflict"
    assert len(document["error"]["details"]["stale"]) == 3


def test_changes_may_come_by_standard_input(
    alone: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for form, content in (
        ([], b'{"changes": [{"op": "set", "name": "a", "value": 1}]}'),
        (["--format", "yaml"], b"changes: [{op: set, name: b, value: 2}]"),
    ):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert alone("config", "change", "-", *form) == 0, alone.err

    assert [item["value"] for item in alone.json("config", "list")] == [1, 2]


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        "{}",
        '{"a": 1}',
        '{"changes": [], "more": 1}',
        '{"changes": []}',
        '{"changes": 1}',
        '{"changes": [{"op": "set", "name": "a"}]}',
        '{"changes": [{"op": "put", "name": "a"}]}',
    ],
)
def test_what_is_no_set_of_changes_is_refused(alone: CommandLine, document: str) -> None:
    assert alone("config", "change", alone.write("changes.json", document)) == 1
    assert "error: " in alone.err
    assert "bug" not in alone.err


def test_a_schema_binds_what_is_stored_and_tells_where_it_is_violated(
    tenantry: CommandLine,
) -> None:
    begin = tenantry.log_end()
    schema = tenantry.write("schema.json", json.dumps(SCHEMA))
    assert tenantry("config", "schema", "set", "app:a", schema) == 0
    assert tenantry.out == "the schema of app:a is set\n"
    minimum = tenantry.write("schema.yaml", "minProperties: 2")
    assert tenantry("config", "schema", "set", minimum, "--prefix", "app:") == 0
    assert tenantry.out == "the schema of app:* is set\n"

    assert tenantry("config", "set", "app:a", '{"port": 10}', "--json") == 1
    assert tenantry.err.splitlines()[1:] == [
        "  app:a at /port: 10 is greater than the maximum of 9 (own schema of app:a)",
        '  app:a: {"port":10} has less than 2 properties (own schema of app:*)',
    ]
    assert tenantry("config", "set", "app:a", '{"port": 9, "b": 1}', "--json") == 0

    assert tenantry.json("config", "schema", "get", "app:a") == SCHEMA
    assert tenantry("config", "schema", "get", "--prefix", "app:") == 0
    assert json.loads(tenantry.out) == {"minProperties": 2}
    listed = tenantry.json("config", "schema", "list", "app:a")
    assert [each["layer"] for each in listed] == ["own", "own"]
    assert tenantry("config", "schema", "list", "app:b") == 0
    assert rows(tenantry) == [["own", "app:*", '{"minProperties":2}']]

    deleted = tenantry.json("config", "schema", "delete", "--prefix", "app:")
    assert deleted == {"prefix": "app:", "deleted": True, "position": begin + 4}
    assert tenantry("config", "schema", "delete", "--prefix", "app:") == 1
    assert tenantry.err == "error: app:*: Not Found\n"
    assert tenantry("config", "schema", "delete", "app:a") == 0
    assert tenantry.out == "the schema of app:a is deleted\n"
    assert tenantry("config", "schema", "get", "app:a") == 1


def test_a_schema_is_tried_on_what_is_and_was_there(tenantry: CommandLine) -> None:
    for port in (10, 9, 11):
        tenantry("config", "set", "app:a", json.dumps({"port": port}), "--json")
    schema = tenantry.write("schema.json", json.dumps(SCHEMA))

    assert tenantry("config", "schema", "set", "app:a", schema, "--dry-run") == 2
    head = ["TENANT", "NAME", "VERSION", "PRESENT", "POINTER", "MESSAGE"]
    assert tenantry.out.split()[:6] == head
    assert sorted(row[:5] for row in rows(tenantry)) == [
        [DEFAULT_TENANT, "app:a", "1", "no", "/port"],
        [DEFAULT_TENANT, "app:a", "3", "yes", "/port"],
    ]
    assert tenantry.err == "2 of 3 values would be rejected\n"
    trial = tenantry.json("config", "schema", "set", schema, "--prefix", "app:", "--dry-run")
    assert (tenantry.code, trial["count"], trial["checked"]) == (2, 2, 3)
    assert tenantry("config", "schema", "get", "app:a") == 1

    assert tenantry("config", "schema", "set", "app:a", schema) == 1
    assert "  app:a at /port: " in tenantry.err
    assert tenantry("config", "schema", "set", "app:b", schema, "--dry-run") == 0
    assert (tenantry.out, tenantry.err) == ("", "0 of 0 values would be rejected\n")


def test_a_schema_of_global_binds_every_tenant(alone: CommandLine) -> None:
    schema = alone.write("schema.json", '{"type": "string"}')
    alone("config", "schema", "set", schema, "--prefix", "", "--tenant", "global")

    assert alone("config", "set", "a", "1", "--json") == 1
    assert "(global schema of *)" in alone.err
    assert alone("config", "schema", "list", "a") == 0
    assert rows(alone) == [["global", "*", '{"type":"string"}']]


def test_the_projection_is_verified_against_the_log(tenantry: CommandLine) -> None:
    end = tenantry.log_end() + 1
    tenantry("config", "set", "a", "1")

    assert tenantry("config", "verify") == 0
    told = f"the settings are as the log says: {end} events up to position {end}, "
    assert tenantry.out.startswith(told)
    assert tenantry.json("config", "verify")["is_equal"] is True


def test_a_projection_that_differs_is_an_error(alone: CommandLine) -> None:
    report = {
        "position": 7,
        "is_equal": False,
        "live_digest": "aa",
        "rebuilt_digest": "bb",
        "events_replayed": 7,
        "seconds": 0.1,
    }
    with ScriptedServer(lambda exchange: exchange.reply(200, {"data": report})) as server:
        assert alone("config", "verify", "--server", server.address) == 1
        assert alone.err == (
            "error: the settings differ from the log at position 7: "
            "their digest was aa, the log's is bb\n"
        )
        assert alone.json("config", "verify", "--server", server.address) == report
        assert alone.code == 1
