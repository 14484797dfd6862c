"""Updaters of a real server, as the command line sees them."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.server import DEFAULT_TENANT, ServerProcess
from tests.support.terminals import TerminalProcess
from tests.support.waiting import wait_until

LITERAL = "0 */2 9-17 * * 1-5"
NAMES = ["broken_updater", "business_record_activities", "business_records", "service_tickets"]
BROKEN = '''
"""An updater of somebody's own that always fails."""

from tenantry.base.errors import Invalid
from tenantry.updater import BaseUpdater, Batch, Range


class Broken(BaseUpdater):
    name = "broken_updater"
    schedule_key = "broken"
    cron = "0 0 3 1 1 *"

    def validate_execution(self, run, world):
        raise Invalid(field="world", got="this one", wants="another")

    def generate_data(self, run, world):
        return Batch()

    def rows_per_run(self, config):
        return Range(min=1, max=1)


def register(registry):
    registry.register(Broken())
'''

_NUMBERS = count(1)


class UpdaterLine(CommandLine):
    """Runs `tenantry updater …` for one tenant."""

    tenant_id = DEFAULT_TENANT

    def __call__(self, *arguments: str) -> int:
        return super().__call__("updater", *arguments, "--tenant", self.tenant_id)

    def run_ids(self) -> list[str]:
        """Return the runs there are, newest first."""
        return [run["runId"] for run in self.json("runs", "--all")["items"]]

    def first_row(self, table: str) -> Any:
        """Return the first row of a table, by id."""
        return self.json("rows", table, "--limit", "1")["items"][0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("updater")
    (folder / "broken.py").write_text(BROKEN)
    environ = {"PYTHONPATH": str(folder), "DATABASE_UPDATER_MODULES": "broken"}
    with ServerProcess(folder, **environ) as server:
        server.wait_until_ready()
        yield server


@pytest.fixture
def updater(server: ServerProcess, capsys: pytest.CaptureFixture[str]) -> UpdaterLine:
    """The command line beside a server, for a sandbox that no other test knows."""
    root = CommandLine(server.data_dir.parent, capsys)
    tenant_id = f"sandbox-{next(_NUMBERS)}"
    assert root("tenants", "create", tenant_id, "--name", "Sandbox", "--sandbox") == 0, root.err
    line = UpdaterLine(root.cwd, capsys)
    line.tenant_id = tenant_id
    return line


def test_they_are_started_and_stopped_and_say_so(updater: UpdaterLine) -> None:
    assert updater("health") == 0
    assert updater("start", "--log-level", "debug") == 0, updater.err
    assert updater.out.startswith("running since ")
    assert "America/New_York" in updater.out

    assert updater.json("status")["isRunning"] is True
    assert updater("health") == 0
    assert updater("start") == 1
    assert updater.err.startswith("error: ")
    assert updater.json("start")["error"]["code"] == "already_running"

    assert updater("stop") == 0
    assert updater("status") == 0
    assert updater.out.startswith("not running")
    assert updater("stop") == 1


def test_a_status_shows_each_updater_and_what_its_schedule_means(updater: UpdaterLine) -> None:
    updater.json("start", "--dry-run")

    status = updater.json("status")
    assert [each["name"] for each in status["updaters"]] == NAMES
    assert status["isDryRun"] is True
    assert updater("status") == 0
    assert "writing no row" in updater.out
    for key in ("businessActivities", "serviceTickets", "newLeads"):
        assert key in updater.out
    assert updater.out.count("runs a week") == len(NAMES)


def test_the_trap_of_six_fields_is_told_wherever_a_schedule_is(updater: UpdaterLine) -> None:
    assert updater("explain", LITERAL) == 0
    assert "1,350 runs a week" in updater.out
    assert "warning: " in updater.out
    explained = updater.json("explain", LITERAL, "--count", "3", "--timezone", "Europe/Berlin")
    assert explained["runs_per_week"] == 1350
    assert len(explained["next_runs"]) == 3
    assert explained["warnings"][0]["code"] == "minute_step"

    assert updater("config", f"scheduleConfig.businessActivities={LITERAL}") == 0, updater.err
    assert "warning: " in updater.out
    for command in ("config", "status", "preview", "start"):
        assert updater(command) == 0, updater.err
        assert "warning: " in updater.out, command


def test_an_expression_that_is_wrong_or_never_fires_says_why(updater: UpdaterLine) -> None:
    for expression in ("0 0 30 2 *", "nonsense", "0 0 17-9 * * *"):
        assert updater("explain", expression) == 1
        assert updater.err.startswith("error: ")
        assert updater.out == ""


def test_an_intent_that_does_not_fit_is_refused_until_acknowledged(updater: UpdaterLine) -> None:
    path = "scheduleConfig.businessActivities"
    wanted = (f"{path}.cron={LITERAL}", f"{path}.intent=every 2 hours")

    assert updater("config", *wanted) == 1
    assert "acknowledge" in updater.err
    assert updater.json("config")["given"] == {}
    kept = updater.json("config", *wanted, f"{path}.acknowledge=true")
    assert kept["schedules"]["businessActivities"]["cron"] == LITERAL
    assert updater("explain", LITERAL, "--intent", "every 2 hours") == 0
    assert "intent_mismatch" in updater.out


def test_a_configuration_is_changed_by_paths_objects_and_files(updater: UpdaterLine) -> None:
    name = updater.write("change.yaml", "config:\n  executionConfig: {rowsPerDay: 50}\n")

    changed = updater.json(
        "config",
        "--file",
        name,
        "executionConfig.enabledUpdaters.newLeads=false",
        '{"timezoneConfig": {"timezone": "Europe/Berlin"}}',
    )

    assert changed["config"]["executionConfig"]["rowsPerDay"] == 50
    assert changed["config"]["timezoneConfig"]["timezone"] == "Europe/Berlin"
    assert changed["schedules"]["newLeads"]["isEnabled"] is False
    assert updater("config") == 0
    assert "executionConfig.rowsPerDay = 50" in updater.out
    assert updater("config", "executionConfig.rowsPerDay=null") == 0
    assert updater.json("config")["config"]["executionConfig"]["rowsPerDay"] == 200
    assert updater("config", "executionConfig.rowsPerDay=0") == 1
    assert "rowsPerDay" in updater.err
    assert updater("config", "nothing") == 1


def test_a_run_is_made_by_the_name_or_the_key(updater: UpdaterLine) -> None:
    assert updater("execute", "business_records") == 0, updater.err
    assert updater.out.startswith("business_records wrote 1 row")
    assert updater.json("execute", "newLeads")["updater"] == "business_records"

    assert updater("execute", "nothing") == 1
    assert "business_records" in updater.err
    assert updater("execute", "broken_updater") == 1
    assert updater.err.startswith("error: broken_updater: ")
    assert updater.out == ""


def test_a_dry_run_writes_nothing_and_its_plan_is_kept_to(updater: UpdaterLine) -> None:
    shown = updater.json("execute", "service_tickets", "--dry-run")
    assert updater.run_ids() == []

    done = updater.json("execute", "service_tickets", "--plan", shown["token"])
    assert updater.code == 0, updater.err
    assert done["rowsCreated"] == shown["rowsCreated"]
    wanted = {row["id"] for row in shown["rows"]["service_tickets"]}
    stored = {row["id"] for row in updater.json("rows", "service_tickets", "--all")["items"]}
    assert stored == wanted

    assert updater("execute", "service_tickets", "--plan", shown["token"]) == 1
    assert updater("execute", "service_tickets", "--dry-run") == 0
    assert "--plan " in updater.out
    assert updater("execute", "newLeads", "--dry-run", "--plan", "x") == 64


def test_a_test_says_which_updater_fails(updater: UpdaterLine) -> None:
    assert updater("test") == 1
    assert "error: broken_updater: " in updater.err
    works = dict(line.split()[:2] for line in updater.out.splitlines()[1:])
    assert works == {name: "no" if name == "broken_updater" else "yes" for name in NAMES}

    tested = updater.json("test")
    assert updater.code == 1
    assert tested["success"] is False
    assert {each["updater"]: each["success"] for each in tested["updaters"]} == {
        name: name != "broken_updater" for name in NAMES
    }
    assert updater.run_ids() == []


def test_a_run_is_looked_at_and_undone_by_the_beginning_of_its_id(updater: UpdaterLine) -> None:
    run_id = updater.json("execute", "business_records")["runId"]

    assert updater("runs") == 0
    assert run_id[:8] in updater.out
    assert updater("run", run_id[:8]) == 0, updater.err
    assert "+ business_records " in updater.out
    assert updater.json("run", run_id)["run"]["runId"] == run_id
    assert updater("undo", run_id[:8]) == 0, updater.err
    assert updater.out.startswith("1 run is undone: 1 rows removed")
    assert updater("undo", run_id) == 1
    assert updater("undo", "no-such-run") == 1
    assert updater("undo") == 64
    assert updater.json("undo", "--all")["kept"] == []
    assert updater.json("rows", "technicians")["items"] == []


def test_what_a_person_has_changed_is_kept_and_named(updater: UpdaterLine) -> None:
    run_id = updater.json("execute", "business_records")["runId"]
    lead = updater.first_row("business_records")

    edited = updater.json(
        "edit", "business_records", lead["id"], "company_name=Fernhill Tools", "lead_score=77"
    )
    assert (edited["company_name"], edited["lead_score"]) == ("Fernhill Tools", 77)
    assert edited["edited_by"] is not None
    assert updater("rows", "business_records", lead["id"]) == 0
    assert "Fernhill Tools" in updater.out

    assert updater("undo", run_id) == 0, updater.err
    assert lead["id"] in updater.out
    assert updater("edit", "business_records", lead["id"], "nothing=1") == 1
    assert updater("edit", "business_records", lead["id"], "lead_score=1", "lead_score=2") == 1


def test_a_history_is_waited_for_and_coherent(updater: UpdaterLine) -> None:
    assert updater("backfill", "--days", "30") == 0, updater.err
    assert updater.out.startswith("a history of 30 days since ")
    assert updater.out.endswith(" runs, 0 of them failed\n")

    checked = updater.json("check")
    assert (updater.code, checked["faultCount"]) == (0, 0)
    assert checked["rows"] > 100
    assert updater("check") == 0
    assert "no fault" in updater.out
    assert updater("firings", "--limit", "5") == 0
    assert updater("metrics") == 0
    metrics = updater.json("metrics")["updaterMetrics"]
    assert sum(each["failedExecutions"] for each in metrics) == 0
    assert updater("backfill", "--days", "30") == 1
    assert "undo" in updater.err
    assert updater("fidelity", "--svg", "drawn.svg") == 0, updater.err
    assert "priority" in updater.out
    assert b"<svg" in (updater.cwd / "drawn.svg").read_bytes()


def test_a_history_may_be_left_to_the_server(updater: UpdaterLine) -> None:
    assert updater("backfill", "--days", "20", "--no-wait") == 0, updater.err
    assert updater.out.endswith(" is being made\n")

    wait_until(lambda: updater.json("status")["backfill"]["isDone"], timeout=30)


def test_tables_fit_a_terminal_of_eighty_columns(
    updater: UpdaterLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    updater("start")
    updater("execute", "business_record_activities")

    for command in ("status", "metrics", "runs", "firings", "test", "health", "preview", "config"):
        updater(command)
        long = [line for line in updater.out.splitlines() if len(line.rstrip()) > 80]
        assert [line for line in long if "tenant " not in line] == [], command
        assert "…" not in updater.out, command


def test_a_bar_shows_how_far_a_history_is(updater: UpdaterLine) -> None:
    arguments = ("updater", "backfill", "--days", "365", "--tenant", updater.tenant_id)

    with TerminalProcess(updater.cwd, *arguments, COLUMNS="100") as terminal:
        assert terminal.wait() == 0
        shown = terminal.read_to_end()

    assert "days of history" in shown
    assert "a history of 365 days" in shown


def test_what_happened_is_logged_newest_first(updater: UpdaterLine) -> None:
    updater("start")
    updater("stop")

    assert updater("logs", "-n", "2") == 0
    first, second = updater.out.splitlines()
    assert "Updaters stopped" in first
    assert "Updaters started" in second
    assert updater.json("logs", "--count", "1")["count"] == 1
    assert updater("logs", "--count", "0") == 64


def test_a_tenant_that_is_no_sandbox_is_never_written_to(
    updater: UpdaterLine, capsys: pytest.CaptureFixture[str]
) -> None:
    root = CommandLine(updater.cwd, capsys)
    root("tenants", "create", "serious", "--name", "Serious")
    updater.tenant_id = "serious"

    for command in (["start"], ["execute", "newLeads"], ["test"], ["backfill", "--days", "1"]):
        assert updater(*command) == 1, command
        assert "sandbox" in updater.err
    assert updater.json("status")["isSandbox"] is False


def test_a_command_without_a_server_does_it_itself(alone: CommandLine) -> None:
    alone("tenants", "create", DEFAULT_TENANT, "--name", "Northwind", "--sandbox")

    assert alone("updater", "backfill", "--days", "3") == 0, alone.err
    assert "a history of 3 days" in alone.out
    assert alone("updater", "start") == 0
    assert "no server runs here" in alone.err
    assert alone.json("updater", "status")["isRunning"] is True


@pytest.mark.parametrize("name", ["basic", "dry-run", "custom"])
def test_an_example_runs_in_a_folder_of_its_own(alone: CommandLine, name: str) -> None:
    assert alone.json("updater", "example", name)["success"] is True, alone.err

    assert list(Path(alone.cwd).iterdir()) == []
    assert alone("updater", "example", name, "--source") == 0
    assert "async def main() -> None:" in alone.out
