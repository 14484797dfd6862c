"""`tenantry doctor`, alone and beside a server, on what is well and on what is not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tenantry.terminal import ServerLock
from tests.support.command_line import CommandLine, running_server
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

LINE = re.compile(r"(✅|⚠️ |❌) [A-Z]\w+( \w+)?: \S.*")


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {found["component"]: found["status"] for found in report["findings"]}


def test_a_good_installation_passes(tenantry: CommandLine) -> None:
    begin = tenantry.log_end()
    tenantry("config", "set", "a", "1")

    assert tenantry("doctor") == 0
    findings, _, lines = tenantry.out.partition("\n\n")
    assert all(LINE.fullmatch(line) for line in findings.splitlines() if line[0] != " ")
    assert f"✅ Event log: ends at position {begin + 1}" in findings
    assert lines.startswith(
        "✅ Configuration validation passed\n✅ Database connectivity verified\n"
    )
    assert len(lines.splitlines()) == 4


def test_a_program_gets_the_findings_and_their_sum(tenantry: CommandLine) -> None:
    tenantry("config", "set", "a", "1")

    report = tenantry.json("doctor")

    assert tenantry.code == 0
    assert set(report) == {"ok", "findings", "summary"}
    assert report["ok"] is True
    assert set(report["findings"][0]) == {"area", "component", "status", "message", "remedy"}
    summary = report["summary"]
    assert summary["fail_count"] == 0
    counted = summary["pass_count"] + summary["warning_count"]
    assert counted == len(report["findings"])
    assert summary["lines"][1] == "✅ Database connectivity verified"


def test_a_server_examines_itself(served: CommandLine) -> None:
    assert statuses(served.json("doctor"))["Service projections"] == "pass"


def test_a_server_is_named_by_its_url(
    alone: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running_server(tmp_path_factory.mktemp("elsewhere")) as record:
        named = ["--server", record.address, "--token", record.token]
        assert statuses(alone.json(*named, "doctor"))["Service projections"] == "pass"
        assert alone("doctor", "--server", record.address) == 1
        assert "--token" in alone.err

    assert alone(*named, "doctor") == 1
    assert [*alone.cwd.iterdir()] == []


def test_where_nothing_is_nothing_is_made(alone: CommandLine) -> None:
    assert alone("doctor") == 0
    assert f"{alone.cwd}/data is not there yet: the first start makes it" in alone.out
    assert alone.err == ""
    assert [*alone.cwd.iterdir()] == []


def test_wrong_settings_are_told_with_what_needs_none(alone: CommandLine) -> None:
    alone.environ.update(
        API_PORT="many",
        DB_POOL_MIN="9",
        DATABASE_URL="postgresql://u:hunter2@db.example.com:99999/d",
        MASTER_KEY="hunter2",
    )

    assert alone("doctor") == 1
    assert "❌ Configuration: API_PORT (environment): got 'many'" in alone.out
    assert "❌ Configuration: DB_POOL_MIN (environment): got 9" in alone.out
    assert "✅ Python: 3." in alone.out
    assert "❌ Configuration validation failed: 4 problems\n" in alone.out
    assert "⚠️  Database connectivity not examined\n" in alone.out

    report = alone.json("doctor")
    assert (alone.code, report["ok"], report["summary"]["fail_count"]) == (1, False, 4)
    assert "hunter2" not in alone.out
    assert [*alone.cwd.iterdir()] == []


def test_warnings_are_no_failure(alone: CommandLine) -> None:
    alone.environ.update(NODE_ENV="production", MEMORY_LIMIT_MB="100")

    assert alone("doctor") == 0
    assert "⚠️  Master key: NODE_ENV is production and MASTER_KEY is not set" in alone.out
    assert "   Set MASTER_KEY on every node" in alone.out
    assert "⚠️  Configuration validation passed, with 1 warning\n" in alone.out


def test_a_data_directory_that_is_none_fails(alone: CommandLine) -> None:
    alone.write("data", "")

    assert alone("doctor") == 1
    assert f"❌ Data directory: {alone.cwd}/data cannot be written to" in alone.out


def test_a_folder_that_cannot_be_locked_is_a_finding(alone: CommandLine) -> None:
    # Not even root makes a file there.
    assert alone("--data", "/proc", "doctor") == 1
    assert "❌ Data directory: /proc cannot be written to" in alone.out


def test_a_damaged_database_fails(alone: CommandLine) -> None:
    alone("config", "set", "a", "1")
    (alone.cwd / "data" / "tenantry.db").write_bytes(b"no database" * 1000)

    report = alone.json("doctor")

    assert alone.code == 1
    assert statuses(report)["Database"] == "fail"


def test_a_database_elsewhere_is_examined_without_making_the_data_directory(
    alone: CommandLine, database_url: str
) -> None:
    assert alone("--data", "first", "--database", database_url, "db", "migrate") == 0

    assert alone("--data", "second", "--database", database_url, "doctor") == 0
    assert "✅ Migrations: all" in alone.out
    assert not (alone.cwd / "second").exists()


def test_the_database_of_a_server_is_not_taken_for_another(served: CommandLine) -> None:
    assert served("--database", f"sqlite:///{served.cwd}/other.db", "doctor") == 1
    assert "has its own database" in served.err


def test_a_directory_somebody_keeps_to_themselves_is_an_error(
    alone: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.terminal.connection._PATIENCE_SECONDS", 0.1)
    with ServerLock(data_dir=alone.cwd / "data"):
        assert alone("doctor") == 1

    assert "another process works on" in alone.err


def test_a_start_logs_what_needs_a_look(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, NODE_ENV="production", LOG_FORMAT="json") as server:
        server.wait_until_ready()
        wait_until(lambda: "Doctor: " in server.said())
        assert server.stop() == 0

    lines = [line for line in server.said().splitlines() if "Doctor: " in line]
    (line,) = [found for line in lines if (found := json.loads(line))["component"] == "Master key"]
    assert line["level"] == "warning"
    assert "MASTER_KEY" in line["remedy"]


def test_a_start_without_its_database_says_how_to_mend_it(tmp_path: Path) -> None:
    url = "postgresql://nobody:hunter2@127.0.0.1:1/none"
    with ServerProcess(tmp_path, DATABASE_URL=url) as server:
        wait_until(lambda: "Doctor: " in server.said(), timeout=30)
        assert 'component="Database"' in server.said()
        assert "hunter2" not in server.said()
