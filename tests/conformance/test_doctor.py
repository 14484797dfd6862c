"""The doctor finds what is wrong with either database, in a node that runs and without one."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.base.errors import Denied, Unavailable
from tenantry.db import open_database
from tenantry.db.postgres import PostgresDatabase
from tenantry.operations import Checkup, DoctorReport, Finding, examine
from tenantry.settings import Settings, load_settings
from tenantry.tenants import NewKey, NewMember
from tenantry.testing import FakeClock
from tests.conformance.spine import tamper
from tests.support.nodes import ROOT, Node, principal, recorded_journal, running_node
from tests.support.waiting import eventually

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def clock_of_today(seconds: float = 0.0) -> FakeClock:
    """Return a clock that agrees with the database server's, but for so many seconds."""
    return FakeClock(now=datetime.now(UTC) + timedelta(seconds=seconds))


async def asked(node: Node) -> DoctorReport:
    answer = await node.http.get("/api/doctor")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return msgspec.convert(answer.json()["data"], DoctorReport)


def finding(report: DoctorReport, component: str) -> Finding:
    (found,) = [found for found in report.findings if found.component == component]
    return found


def settings_of(url: str, folder: Path, **overrides: Any) -> Settings:
    return load_settings({}, cwd=folder, overrides={"DATABASE_URL": url, **overrides})


async def test_a_node_that_works_passes(database_url: str, tmp_path: Path) -> None:
    async with running_node(url=database_url, folder=tmp_path, clock=clock_of_today()) as node:
        await node.configs().put("a", 1)
        # How long it has taken to start is no deviation.
        node.clock.set_now(datetime.now(UTC))

        report = await asked(node)

    engine = "SQLite" if database_url.startswith("sqlite") else "PostgreSQL"
    assert {found.component for found in report.findings if found.status == "pass"} >= {
        "Configuration",
        "Master key",
        "Database",
        "Migrations",
        "Event log",
        engine,
        "Clock",
        "Service database",
        "Service eventlog",
        "Service projections",
        "Python",
        "Data directory",
    }
    assert finding(report, "Event log").message == "ends at position 1"
    assert report.ok
    assert report.summary.lines[:2] == (
        "✅ Configuration validation passed",
        "✅ Database connectivity verified",
    )


async def test_a_node_without_its_database_says_so_and_no_more_than_once(
    database_url: str, tmp_path: Path
) -> None:
    async with running_node(url=database_url, folder=tmp_path, clock=clock_of_today()) as node:
        await node.app.database.stop()

        report = await node.app.doctor.examine()

    assert not report.ok
    about = [found.component for found in report.findings if found.area == "database"]
    assert about == ["Database"]
    assert finding(report, "Database").status == "fail"
    assert finding(report, "Service database").status == "fail"


async def test_an_open_breaker_is_not_taken_for_the_database(
    database_url: str, tmp_path: Path
) -> None:
    async with running_node(url=database_url, folder=tmp_path, clock=clock_of_today()) as node:
        await node.http.post("/api/reliability/breakers/query/force-open")

        report = await asked(node)

    assert {f.status for f in report.findings if f.area == "database"} == {"pass"}


async def test_a_log_from_the_future_is_a_warning(database_url: str, tmp_path: Path) -> None:
    clock = clock_of_today()
    async with running_node(url=database_url, folder=tmp_path, clock=clock) as node:
        await node.configs().put("a", 1)
        # As above: a start may take longer than clocks may differ.
        clock.set_now(datetime.now(UTC))
        ahead = clock.now_us() + 30_000_000
        await tamper(node.app.database, f"UPDATE log_head SET recorded_at = {ahead}")

        found = finding(await asked(node), "Clock")

    assert found.status == "warning"
    assert "30.0 s" in found.message


@pytest.mark.parametrize("seconds, status", [(-30, "warning"), (3600, "fail")])
async def test_a_clock_that_is_not_the_servers_is_found(
    postgres_url: str, tmp_path: Path, seconds: float, status: str
) -> None:
    clock = clock_of_today(seconds)
    async with running_node(url=postgres_url, folder=tmp_path, clock=clock) as node:
        found = finding(await asked(node), "Clock")

    assert found.status == status
    assert "clock of the database server" in found.message


async def test_what_settings_lack_is_told_and_nothing_secret(
    sqlite_url: str, tmp_path: Path
) -> None:
    node = running_node(url=sqlite_url, folder=tmp_path, MEMORY_LIMIT_MB=100, MASTER_KEY=KEY)
    async with node as node_with_key:
        answer = await node_with_key.http.get("/api/doctor")

    report = msgspec.convert(answer.json()["data"], DoctorReport)
    assert finding(report, "Memory").status == "warning"
    assert finding(report, "Master key").message == "kept in MASTER_KEY"
    assert KEY not in answer.text


async def test_a_doctor_is_for_who_may_act_on_every_tenant(sqlite_url: str, tmp_path: Path) -> None:
    async with running_node(url=sqlite_url, folder=tmp_path) as node:
        assert (await node.app.doctor.report(principal("*", "operations:read"))).findings
        for stranger in (principal("default", "operations:read"), principal("*", "configs:read")):
            with pytest.raises(Denied):
                await node.app.doctor.report(stranger)


async def test_a_checkup_logs_what_needs_a_look_and_how_to_mend_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    with recorded_journal() as journal:
        node = running_node(url=sqlite_url, folder=tmp_path, MEMORY_LIMIT_MB=100)
        async with node as small_node:
            checkup = Checkup(doctor=small_node.app.doctor)
            await checkup.start()
            await eventually(lambda: "Doctor: " in journal.text)
            await checkup.stop()

        lines = [line for line in journal.lines if line["event"].startswith("Doctor: ")]

    (memory,) = [line for line in lines if line["component"] == "Memory"]
    assert (memory["level"], memory["status"]) == ("warning", "warning")
    assert "100 MiB" in memory["message"]
    assert "MEMORY_LIMIT_MB" in memory["remedy"]


async def test_an_installation_that_nobody_serves_is_examined(
    database_url: str, tmp_path: Path
) -> None:
    async with running_node(url=database_url, folder=tmp_path, clock=clock_of_today()) as node:
        await node.configs().put("a", 1)

    report = await examine(settings_of(database_url, tmp_path))

    assert report.ok
    assert finding(report, "Event log").message == "ends at position 1"
    assert finding(report, "Service eventlog").status == "pass"


async def test_pending_migrations_fail(database_url: str, tmp_path: Path) -> None:
    async with running_node(url=database_url, folder=tmp_path, clock=clock_of_today()):
        pass
    await administered(database_url, "DELETE FROM schema_migrations WHERE number = 3")

    found = finding(await examine(settings_of(database_url, tmp_path)), "Migrations")

    assert (found.status, found.message) == ("fail", "pending: 3")


async def test_a_schema_of_a_newer_program_fails(database_url: str, tmp_path: Path) -> None:
    async with running_node(url=database_url, folder=tmp_path, clock=clock_of_today()):
        pass
    await administered(database_url, "UPDATE schema_migrations SET number = 999 WHERE number = 1")

    found = finding(await examine(settings_of(database_url, tmp_path)), "Migrations")

    assert found.status == "fail"
    assert "999" in found.message


async def test_an_empty_postgresql_passes_and_stays_empty(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def without_role(_: object) -> None:
        raise Unavailable("no such role")

    # Roles belong to the whole server, which other tests have made them on.
    monkeypatch.setattr(PostgresDatabase, "ping", without_role)
    settings = settings_of(postgres_url, tmp_path)
    assert (await examine(settings)).ok

    report = await examine(settings)

    assert "the first start makes its schema" in finding(report, "Migrations").message
    assert [found.component for found in report.findings if found.area == "services"] == [
        "Services"
    ]


async def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    report = await examine(load_settings({}, cwd=tmp_path))

    assert report.ok
    assert "not there yet" in finding(report, "Database").message
    assert "not there yet" in finding(report, "Data directory").message
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - of a folder that has nothing


async def test_a_database_in_a_folder_that_no_start_makes_fails(tmp_path: Path) -> None:
    lost = tmp_path / "lost" / "tenantry.db"
    data = tmp_path / "data" / "tenantry.db"

    report = await examine(settings_of(f"sqlite:///{lost}", tmp_path))

    found = finding(report, "Database")
    assert (found.status, found.area) == ("fail", "database")
    assert f"{lost.parent} is not there" in found.message
    assert found.remedy is not None
    assert not lost.parent.exists()
    assert (await examine(settings_of(f"sqlite:///{data}", tmp_path))).ok


async def test_a_database_in_use_fails(sqlite_url: str, tmp_path: Path) -> None:
    async with running_node(url=sqlite_url, folder=tmp_path, clock=clock_of_today()):
        found = finding(await examine(settings_of(sqlite_url, tmp_path)), "Database")

    assert found.status == "fail"
    assert "in use by process" in found.message


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_text("no key\n"),
        lambda file: file.chmod(0o644),
    ],
    ids=["nonsense", "for everybody"],
)
async def test_a_master_key_that_cannot_be_used_fails(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    file = tmp_path / "data" / "master.key"
    file.parent.mkdir()
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    assert finding(await examine(load_settings({}, cwd=tmp_path)), "Master key").status == "pass"

    spoil(file)

    found = finding(await examine(load_settings({}, cwd=tmp_path)), "Master key")
    assert found.status == "fail"
    assert KEY not in found.message


async def test_what_is_not_answered_in_time_is_told(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = clock_of_today()
    async with running_node(url=sqlite_url, folder=tmp_path, clock=clock) as node:
        ping = node.app.database.driver.ping

        async def slow() -> None:
            clock.advance(6)
            await ping()

        monkeypatch.setattr(node.app.database.driver, "ping", slow)
        assert finding(await node.app.doctor.examine(), "Database").status == "warning"

        async def lost() -> None:
            raise Unavailable("the network is down")

        monkeypatch.setattr(node.app.database.driver, "ping", lost)
        found = finding(await node.app.doctor.examine(), "Database")
        assert (found.status, found.message) == ("fail", "the network is down")


async def administered(url: str, statement: str) -> None:
    """Do something to a database that nobody serves."""
    database = open_database(url)
    await database.start()
    try:
        await database.administer(lambda tx: tx.connection.execute(statement))
    finally:
        await database.stop()


async def test_a_server_without_a_root_that_lasts_is_told_so(
    database_url: str, tmp_path: Path
) -> None:
    clock = clock_of_today()
    async with running_node(
        url=database_url, folder=tmp_path, clock=clock, DEV=False, NODE_ENV="test"
    ) as node:
        assert finding(await node.app.doctor.report(ROOT), "Root").status == "warning"

        await node.app.api_keys.create(ROOT, "*", NewKey(name="k", role="root", expires_in_days=1))
        assert finding(await node.app.doctor.report(ROOT), "Root").status == "pass"

        clock.advance(86_400)
        assert finding(await node.app.doctor.report(ROOT), "Root").status == "warning"

        await node.app.users.add(ROOT, "*", NewMember(email="ada@example.com", role="root"))
        assert finding(await node.app.doctor.report(ROOT), "Root").status == "pass"


async def test_in_development_nobody_needs_to_be_root(node: Node) -> None:
    assert "Root" not in {found.component for found in (await asked(node)).findings}
