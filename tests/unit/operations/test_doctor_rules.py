"""Every threshold of the doctor, from both sides; what is not well always has a remedy."""

from typing import get_args

import pytest

from tenantry.db import sqlite_version
from tenantry.db.postgres import session
from tenantry.db.sqlite import connection
from tenantry.operations import rules
from tenantry.operations.model import Area, DoctorReport, Finding, Verdict
from tenantry.operations.rules import database as database_rules
from tenantry.reliability import ServiceHealth
from tenantry.settings import Problem

MIB = 1024 * 1024
GIB = 1024 * MIB


def judged(finding: Finding) -> tuple[str, str]:
    """Return component and verdict, having seen that there is a remedy where one is needed."""
    if finding.status == "pass":
        assert finding.remedy is None
    else:
        assert finding.remedy is not None
        assert finding.remedy.endswith(".")
    assert finding.message
    return finding.component, finding.status


@pytest.mark.parametrize(
    "version, status",
    [((3, 10, 14), "fail"), ((3, 11, 0), "pass"), ((3, 15, 1), "pass"), ((4, 0, 0), "pass")],
)
def test_python_is_at_least_3_11(version: tuple[int, int, int], status: Verdict) -> None:
    assert judged(rules.python(version)) == ("Python", status)


@pytest.mark.parametrize("count, status", [(0, "warning"), (1, "pass"), (9, "pass")])
def test_that_nobody_is_root_is_a_warning(count: int, status: Verdict) -> None:
    assert judged(rules.roots(count)) == ("Root", status)


@pytest.mark.parametrize(
    "name, version, status",
    [
        ("SQLite", "3.51.2", "fail"),
        ("SQLite", "3.9.9", "fail"),
        ("SQLite", "3.51.3", "pass"),
        ("SQLite", "3.51.3.1", "pass"),
        ("SQLite", "4.0.0", "pass"),
        ("PostgreSQL", "15.13", "fail"),
        ("PostgreSQL", "16.0", "pass"),
        ("PostgreSQL", "18.1", "pass"),
    ],
)
def test_a_database_that_is_too_old_fails(name: str, version: str, status: Verdict) -> None:
    assert judged(rules.server_version(name, version)) == (name, status)


def test_the_oldest_versions_are_those_that_the_drivers_refuse_below() -> None:
    assert database_rules.OLDEST_VERSIONS == {
        "SQLite": connection._OLDEST_SAFE,  # noqa: SLF001 - the two must agree
        "PostgreSQL": (session._OLDEST_SERVER // 10_000,),  # noqa: SLF001 - as above
    }
    assert judged(rules.server_version("SQLite", sqlite_version())) == ("SQLite", "pass")


@pytest.mark.parametrize(
    "free, total, status",
    [
        (100 * MIB - 1, 10 * GIB, "fail"),
        (100 * MIB, 10 * GIB, "warning"),
        (GIB - 1, 10 * GIB, "warning"),
        (GIB, 10 * GIB, "pass"),
        (4 * GIB, 100 * GIB, "warning"),
        (5 * GIB, 100 * GIB, "pass"),
        (0, 0, "fail"),
    ],
)
def test_a_disk_has_room_left(free: int, total: int, status: Verdict) -> None:
    assert judged(rules.disk("/d", free_bytes=free, total_bytes=total)) == ("Disk", status)


@pytest.mark.parametrize(
    "limit, ratio, status",
    [
        (GIB, 0.79, "pass"),
        (GIB, 0.8, "warning"),
        (GIB, 1.2, "warning"),
        (512 * MIB, 0.1, "pass"),
        (512 * MIB - 1, 0.1, "warning"),
        (None, 0.5, "pass"),
        (GIB, None, "pass"),
    ],
)
def test_memory_is_enough_and_not_used_up(
    limit: int | None, ratio: float | None, status: Verdict
) -> None:
    assert judged(rules.memory(limit_bytes=limit, ratio=ratio)) == ("Memory", status)


@pytest.mark.parametrize("limit, status", [(4095, "warning"), (4096, "pass"), (None, "pass")])
def test_enough_files_may_be_open(limit: int | None, status: Verdict) -> None:
    assert judged(rules.open_files(limit)) == ("Open files", status)


@pytest.mark.parametrize(
    "exists, problem, status, told",
    [
        (True, None, "pass", "can be written to"),
        (False, None, "pass", "not there yet: the first start makes it"),
        (True, "Read-only file system", "fail", "Read-only file system"),
        (False, "/x is not a folder", "fail", "/x is not a folder"),
    ],
)
def test_the_data_directory_can_be_written_to(
    *, exists: bool, problem: str | None, status: Verdict, told: str
) -> None:
    finding = rules.data_dir("/d", exists=exists, problem=problem)

    assert judged(finding) == ("Data directory", status)
    assert told in finding.message


@pytest.mark.parametrize("seconds, status", [(0.0, "pass"), (4.999, "pass"), (5.0, "warning")])
def test_a_database_answers_in_time(seconds: float, status: Verdict) -> None:
    assert judged(rules.answering("SQLite", seconds)) == ("Database", status)


@pytest.mark.parametrize(
    "code, told",
    [
        (None, "DATABASE_URL"),
        ("database_unavailable", "tenantry db status"),
        ("database_in_use", "--server"),
        ("postgres_too_old", "version 16"),
        ("sqlite_unsafe", "apsw"),
    ],
)
def test_a_silent_database_fails_with_what_helps(code: str | None, told: str) -> None:
    finding = rules.silent("no answer", code=code)

    assert judged(finding) == ("Database", "fail")
    assert told in (finding.remedy or "")


@pytest.mark.parametrize(
    "applied, pending, status",
    [((1, 2), (), "pass"), ((), (1, 2), "pass"), ((1,), (2, 3), "fail")],
)
def test_pending_migrations_fail_but_where_nothing_is_stored_yet(
    applied: tuple[int, ...], pending: tuple[int, ...], status: Verdict
) -> None:
    finding = rules.migrations(applied, pending)

    assert judged(finding) == ("Migrations", status)
    if status == "fail":
        assert "2, 3" in finding.message
        assert "tenantry db migrate" in (finding.remedy or "")


@pytest.mark.parametrize("code", ["schema_newer", "migration_changed", "other", None])
def test_a_schema_of_another_program_fails(code: str | None) -> None:
    assert judged(rules.unknown_migrations("no", code=code)) == ("Migrations", "fail")


def test_the_end_of_the_log_is_told_or_how_to_look_into_it() -> None:
    assert judged(rules.log_end(7)) == ("Event log", "pass")
    assert judged(rules.unreadable_log("gone")) == ("Event log", "fail")
    assert "tenantry log verify" in (rules.unreadable_log("gone").remedy or "")


@pytest.mark.parametrize(
    "log_ahead, server_ahead, status",
    [
        (-1000.0, None, "pass"),
        (5.0, None, "pass"),
        (5.1, None, "warning"),
        (0.0, 1.0, "pass"),
        (0.0, -1.0, "pass"),
        (0.0, 1.1, "warning"),
        (0.0, -1.1, "warning"),
        (0.0, 60.0, "warning"),
        (0.0, 60.1, "fail"),
        (0.0, -60.1, "fail"),
        (9.0, 0.0, "warning"),
        (99.0, 99.0, "fail"),
    ],
)
def test_the_clock_agrees_with_the_log_and_the_server(
    log_ahead: float, server_ahead: float | None, status: Verdict
) -> None:
    finding = rules.clock(log_ahead_seconds=log_ahead, server_ahead_seconds=server_ahead)

    assert judged(finding) == ("Clock", status)


@pytest.mark.parametrize(
    "health, status", [("healthy", "pass"), ("degraded", "warning"), ("unhealthy", "fail")]
)
@pytest.mark.parametrize("name", ["database", "eventlog", "projections", "process", "atproto"])
def test_a_health_check_becomes_a_finding(name: str, health: str, status: Verdict) -> None:
    told = ServiceHealth(
        service=name,
        status=health,  # type: ignore[arg-type]  # the words come from the table above
        response_time=1234,
        timestamp="",
        message="why",
    )

    finding = rules.service(told)

    assert judged(finding) == (f"Service {name}", status)
    assert finding.message == f"{health}, after 1,234 ms: why"


@pytest.mark.parametrize("source", ["environment", ".env", "default"])
def test_a_wrong_setting_names_its_variable_and_its_source(source: str) -> None:
    finding = rules.wrong_setting(Problem("API_PORT", source, "'x'", "an integer"))

    assert judged(finding) == ("Configuration", "fail")
    assert finding.message == f"API_PORT ({source}): got 'x', wants an integer"
    assert "API_PORT" in (finding.remedy or "")
    assert "tenantry config-check" in (finding.remedy or "")


def test_production_without_a_master_key_is_a_warning() -> None:
    assert judged(rules.master_key("MASTER_KEY")) == ("Master key", "pass")
    assert judged(rules.master_key(None)) == ("Master key", "warning")
    assert "MASTER_KEY" in (rules.master_key(None).remedy or "")
    assert judged(rules.refused_master_key("mode 0644")) == ("Master key", "fail")


def test_an_installation_where_all_is_well_gets_the_four_lines() -> None:
    report = report_of(*(("pass", area) for area in get_args(Area)))

    assert report.ok
    assert report.summary.lines == (
        "✅ Configuration validation passed",
        "✅ Database connectivity verified",
        "✅ External services healthy",
        "✅ Environment requirements met",
    )


def test_warnings_are_counted_and_fail_nothing() -> None:
    report = report_of(
        ("warning", "configuration"),
        ("warning", "database"),
        ("pass", "services"),
        ("warning", "services"),
        ("warning", "environment"),
        ("warning", "environment"),
    )

    assert report.ok
    assert (report.summary.pass_count, report.summary.warning_count) == (1, 5)
    assert report.summary.lines == (
        "⚠️  Configuration validation passed, with 1 warning",
        "⚠️  Database connectivity verified, with 1 warning",
        "⚠️  External services degraded: 1 warning",
        "⚠️  Environment requirements met, with 2 warnings",
    )


def test_one_failure_fails_everything() -> None:
    report = report_of(
        ("fail", "configuration"),
        ("fail", "database"),
        ("fail", "services"),
        ("warning", "services"),
        ("fail", "environment"),
        ("fail", "environment"),
    )

    assert not report.ok
    assert (report.summary.fail_count, report.summary.warning_count) == (5, 1)
    assert report.summary.lines == (
        "❌ Configuration validation failed: 1 problem",
        "❌ Database connectivity not verified: 1 problem",
        "❌ External services unhealthy: 1 problem",
        "❌ Environment requirements not met: 2 problems",
    )


def test_what_was_not_looked_at_is_not_told_to_be_well() -> None:
    assert report_of(("fail", "configuration")).summary.lines[1:] == (
        "⚠️  Database connectivity not examined",
        "⚠️  External services not examined",
        "⚠️  Environment requirements not examined",
    )


def report_of(*found: tuple[Verdict, Area]) -> DoctorReport:
    """Return the report on findings of these verdicts and areas."""
    return rules.report_of(
        Finding(area=area, component="c", status=status, message="m") for status, area in found
    )
