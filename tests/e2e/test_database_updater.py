"""The Python interface of updaters, in a program's own process and through a server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tenantry.base.errors import Conflict, Denied, Invalid, Unprocessable
from tenantry.database_updater import (
    DatabaseUpdaterManager,
    UpdaterScheduleWarning,
    check_updater_health,
    start_database_updater,
    updater_routes,
)
from tenantry.database_updater.examples.custom import MachineRentalUpdater
from tenantry.settings import Settings, load_settings
from tests.support.command_line import CommandLine
from tests.support.server import DEFAULT_TENANT, ServerProcess
from tests.support.waiting import eventually

told = pytest.mark.filterwarnings("ignore::tenantry.database_updater.UpdaterScheduleWarning")
"""Whoever asks for a run a second is told what that is."""

EVERY_SECOND = {"scheduleConfig": {"newLeads": "* * * * * *"}}
LITERAL = {"scheduleConfig": {"businessActivities": "0 */1 9-17 * * 1-5"}}
TABLES = ("business_records", "business_record_activities", "service_tickets", "technicians")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
async def manager(settings: Settings) -> AsyncIterator[DatabaseUpdaterManager]:
    """One that runs nothing by itself."""
    async with DatabaseUpdaterManager(settings=settings, enable_scheduling=False) as manager:
        yield manager


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        yield server


def settings_in(folder: Path, **environ: str) -> Settings:
    return load_settings({"DATA_DIR": str(folder / "data"), **environ}, cwd=folder)


def row_count(manager: DatabaseUpdaterManager) -> int:
    return sum(len(list(manager.updaters.rows(table))) for table in TABLES)


async def test_it_starts_runs_and_stops(settings: Settings) -> None:
    manager = await start_database_updater(settings=settings, log_level="debug")
    try:
        status = manager.get_status()
        assert status.is_running
        assert (status.tenant_id, status.customer_id) == (DEFAULT_TENANT, "cust-1")
        assert status.is_sandbox
        assert (await manager.get_status()).is_running
        done = await manager.execute_updater("business_records")
        assert (done.success, done.rows_created) == (True, 1)
        assert check_updater_health().status == "healthy"
        assert manager.check_health().updater_system_running
        await manager.start()
    finally:
        await manager.stop()

    assert not manager.get_status().is_running
    await manager.stop()


@told
async def test_schedules_are_carried_out(settings: Settings) -> None:
    async with DatabaseUpdaterManager(settings=settings, config_overrides=EVERY_SECOND) as manager:
        runs = await eventually(lambda: list(manager.updaters.runs()), timeout=30)

    assert {"business_records", "world_setup"} >= {run.updater for run in runs}


@told
async def test_without_scheduling_nothing_runs_by_itself(settings: Settings) -> None:
    manager = DatabaseUpdaterManager(
        settings=settings, enable_scheduling=False, config_overrides=EVERY_SECOND
    )
    async with manager:
        due = (await manager.update_configuration(EVERY_SECOND)).schedules["newLeads"].explanation
        third = due.next_runs[2]
        await eventually(lambda: manager.updaters.health().timestamp > third, timeout=30)

        assert not manager.get_status().is_running
        assert list(manager.updaters.runs()) == []
        assert list(manager.updaters.firings()) == []
        assert (await manager.execute_updater("newLeads")).rows_created == 1
        assert {run.kind for run in manager.updaters.runs()} == {"manual", "setup"}


async def test_what_an_earlier_process_left_running_runs_no_more(settings: Settings) -> None:
    async with DatabaseUpdaterManager(settings=settings, enable_scheduling=False) as earlier:
        # It stops what it has started, and this it has not.
        earlier.updaters.start()
    async with DatabaseUpdaterManager(settings=settings, enable_scheduling=False) as manager:
        assert not manager.get_status().is_running
    async with DatabaseUpdaterManager(settings=settings) as again:
        assert again.get_status().is_running


@told
async def test_a_dry_run_writes_no_row(settings: Settings) -> None:
    manager = DatabaseUpdaterManager(settings=settings, dry_run=True, config_overrides=EVERY_SECOND)
    async with manager:
        shown = await manager.execute_updater("service_tickets")
        runs = await eventually(lambda: list(manager.updaters.runs()), timeout=30)

        assert shown.is_dry_run
        assert shown.rows is not None
        assert {run.kind for run in runs} == {"dry_run"}
        assert manager.get_status().is_dry_run
        assert row_count(manager) == 0
        with pytest.raises(Invalid):
            await manager.execute_updater("service_tickets", token=shown.token)


async def test_the_configuration_is_merged_and_told(manager: DatabaseUpdaterManager) -> None:
    with pytest.warns(UpdaterScheduleWarning, match="businessActivities: .*every"):
        changed = await manager.update_configuration(LITERAL)
    assert changed.schedules["businessActivities"].cron == "0 */1 9-17 * * 1-5"

    with pytest.raises(Invalid, match="rowsPerDay"):
        await manager.update_configuration({"executionConfig": {"rowsPerDay": 0}})
    with pytest.warns(UpdaterScheduleWarning):
        kept = await manager.update_configuration(
            {"executionConfig": {"enabledUpdaters": {"newLeads": False}}}
        )
    assert kept.schedules["businessActivities"].cron == "0 */1 9-17 * * 1-5"
    assert not kept.schedules["newLeads"].is_enabled


async def test_an_updater_of_ones_own_is_scheduled_run_and_undone(settings: Settings) -> None:
    manager = DatabaseUpdaterManager(
        settings=settings,
        enable_scheduling=False,
        config_overrides={"scheduleConfig": {"machineRentals": "0 30 8 * * 1-5"}},
    )
    manager.register(MachineRentalUpdater())
    async with manager:
        with pytest.raises(Conflict):
            manager.register(MachineRentalUpdater())
        shown = await manager.execute_updater("machine_rentals", dry_run=True)
        done = await manager.execute_updater("machineRentals", token=shown.token)
        assert done.rows_created == 1
        assert manager.updaters.check().is_coherent
        undone = await asyncio.to_thread(manager.updaters.undo, done.run_id)
        assert undone.removed == 1


async def test_a_run_that_fails_is_raised_and_writes_nothing(settings: Settings) -> None:
    class Broken(MachineRentalUpdater):
        name = "broken"
        schedule_key = "broken"

        def generate_data(self, run: Any, world: Any) -> Any:
            raise ZeroDivisionError(run, world)

    manager = DatabaseUpdaterManager(settings=settings, enable_scheduling=False)
    manager.register(Broken())
    async with manager:
        with pytest.raises(Unprocessable, match="broken: ZeroDivisionError"):
            await manager.execute_updater("broken")
        assert row_count(manager) == 0


async def test_a_tenant_that_is_no_sandbox_stays_as_it_is(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = CommandLine(tmp_path, capsys)
    assert line("tenants", "create", DEFAULT_TENANT, "--name", "Serious") == 0

    with pytest.raises(Denied, match="sandbox"):
        await start_database_updater(settings=settings)
    # And it has let go of everything.
    assert line("updater", "status") == 0, line.err


async def test_what_is_asked_before_the_start_is_a_conflict(settings: Settings) -> None:
    manager = DatabaseUpdaterManager(settings=settings)

    assert not manager.get_status().is_running
    with pytest.raises(Conflict):
        await manager.execute_updater("newLeads")
    with pytest.raises(Conflict):
        await manager.update_configuration({})
    with pytest.raises(Invalid, match="log_level"):
        DatabaseUpdaterManager(settings=settings, log_level="loud")


async def test_a_server_that_has_the_directory_does_it(
    server: ServerProcess, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    async with DatabaseUpdaterManager(settings=settings) as manager:
        done = await manager.execute_updater("business_records")
        with server.client() as http:
            runs = http.get("/api/database-updater/runs").json()["data"]["runs"]
            status = http.get("/api/database-updater/status").json()["data"]
        assert done.run_id in [run["runId"] for run in runs]
        assert status["isRunning"]
        # Somebody else may start it too; then it is not theirs to stop.
        async with DatabaseUpdaterManager(settings=settings) as joined:
            assert joined.get_status().is_running
        assert manager.get_status().is_running
        with pytest.raises(Conflict, match="stop them there first"):
            await start_database_updater(settings=settings, dry_run=True)
    assert check_updater_health().updater_system_running is False

    stranger = DatabaseUpdaterManager(settings=settings)
    stranger.register(MachineRentalUpdater())
    with pytest.raises(Conflict, match="DATABASE_UPDATER_MODULES"):
        await stranger.start()


def test_without_any_the_health_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    health = check_updater_health()

    assert (health.status, health.is_healthy) == ("unhealthy", False)
    assert "no updater runs here" in health.reasons[0]


async def test_the_routes_are_mounted_in_another_application(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = CommandLine(tmp_path, capsys)
    key = line.json("keys", "create", "ops", "--root")["key"]
    root = {"Authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app=mounted("/demo"))
    async with httpx.AsyncClient(transport=transport, base_url="http://host.example") as http:
        assert (await http.get("/demo/status", headers=root)).status_code == 503

        async with DatabaseUpdaterManager(settings=settings, enable_scheduling=False) as manager:
            status = await http.get("/demo/status", headers=root)
            assert status.json()["data"]["tenantId"] == DEFAULT_TENANT
            done = await http.post("/demo/execute/newLeads", headers=root)
            assert done.json()["data"]["rowsCreated"] == 1
            changed = await http.put("/demo/config", headers=root, json={"config": LITERAL})
            assert "minute_step" in changed.text
            logs = await http.get("/demo/logs?count=1", headers=root)
            assert logs.json()["data"]["count"] == 1

            assert (await http.get("/demo/status")).status_code == 401
            assert (await http.get("/demo/../tenants", headers=root)).status_code == 404
            assert (await http.get("/demo/nothing", headers=root)).status_code == 404
            large = await http.put("/demo/config", headers=root, content=b" " * 1_100_000)
            assert large.status_code == 413
            assert len(list(manager.updaters.runs())) > 0


def mounted(prefix: str) -> Any:
    """Return an application that has the routes under a path, as frameworks mount them."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await updater_routes({**scope, "root_path": prefix}, receive, send)

    return application
