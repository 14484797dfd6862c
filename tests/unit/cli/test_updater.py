"""What `tenantry updater …` asks and prints, where no server does as a test wants it."""

from typing import Any

import pytest

from tests.support.access_answers import Serve, body
from tests.support.command_line import CommandLine
from tests.support.scripted import Exchange, Script

PATH = "/api/database-updater"
AT = "2026-07-20T08:00:00.000000Z"
EXPLAINED: dict[str, Any] = {
    "expression": "0 */2 9-17 * * 1-5",
    "timezone": "America/New_York",
    "description": "At second 0 of every 2nd minute",
    "next_runs": ["2026-07-20T09:00:00-04:00", "2026-07-20T09:02:00-04:00"],
    "runs_per_week": 1350.0,
    "estimated_rows_per_day": 385.71,
    "warnings": [{"code": "minute_step", "message": "every 2 minutes, and not every 2 hours"}],
}
SCHEDULE: dict[str, Any] = {
    "cron": "0 */2 9-17 * * 1-5",
    "timezone": "America/New_York",
    "intent": None,
    "isEnabled": True,
    "isPaused": True,
    "misfire": "run_all",
    "catchUpSeconds": 1.0,
    "overlap": "skip",
    "jitterSeconds": 0.0,
    "explanation": EXPLAINED,
}
STATUS: dict[str, Any] = {
    "isRunning": False,
    "isDryRun": False,
    "tenantId": "acme",
    "customerId": "cust-1",
    "isSandbox": False,
    "startedAt": None,
    "startedBy": None,
    "updaters": [
        {
            "name": "business_record_activities",
            "scheduleKey": "businessActivities",
            "category": "crm",
            "description": "d",
            "isEnabled": True,
            "lastExecution": None,
            "nextExecution": None,
            "config": SCHEDULE,
        }
    ],
    "nextExecutions": {},
    "running": ["service_tickets"],
    "backfill": None,
    "corpusVersion": "1",
    "seed": "1",
    "revision": 0,
    "isClockBehind": True,
}
HEALTH = {
    "status": "unhealthy",
    "updaterSystemRunning": True,
    "totalUpdaters": 3,
    "reasons": ["nobody runs them"],
    "timestamp": AT,
}
BACKFILL = {"since": AT, "until": AT, "at": AT, "progress": 0.5, "isDone": False}
METRICS = {
    "systemMetrics": {
        "isRunning": True,
        "totalUpdaters": 3,
        "enabledUpdaters": 3,
        "nextExecutions": {},
        "rowsToday": 0,
        "rowsPerDayLimit": 200,
    },
    "updaterMetrics": [],
}


def failing(status: int, code: str, message: str = "") -> Script:
    return lambda exchange: exchange.fail(status, code, message)


def runs(*ids: str) -> Script:
    data = {"runs": [{"runId": each} for each in ids]}
    return lambda exchange: exchange.reply(200, {"success": True, "data": data, "meta": {}})


def test_what_is_not_as_it_seems_is_part_of_a_status(tenantry: CommandLine, serve: Serve) -> None:
    serve({f"GET {PATH}/status": STATUS})

    assert tenantry("updater", "status") == 0
    for told in (
        "not running: tenant acme",
        "no sandbox",
        "clock is behind",
        "under way: service_tickets",
        "businessActivities, paused",
        "1,350 runs a week, about 385.71 rows a day",
        "(minute_step)",
    ):
        assert told in tenantry.out
    assert tenantry.json("updater", "status") == STATUS


def test_an_explanation_is_printed_as_it_was_answered(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({f"POST {PATH}/explain": EXPLAINED})

    printed = tenantry.json(
        "updater", "explain", "0 */2 9-17 * * 1-5", "--after", AT, "--updater", "newLeads"
    )

    assert printed == EXPLAINED
    assert body(server.seen[0]) == {
        "expression": "0 */2 9-17 * * 1-5",
        "count": 10,
        "after": AT,
        "updater": "newLeads",
    }


def test_bad_health_is_printed_and_exits_with_one(tenantry: CommandLine, serve: Serve) -> None:
    def unhealthy(exchange: Exchange) -> None:
        exchange.reply(503, {"success": True, "data": HEALTH})

    serve({f"GET {PATH}/health": unhealthy})

    assert tenantry("updater", "health") == 1
    assert tenantry.out.splitlines() == ["unhealthy: running, 3 updaters", "  nobody runs them"]
    assert tenantry.json("updater", "health") == HEALTH


def test_a_server_that_cannot_answer_is_no_health(tenantry: CommandLine, serve: Serve) -> None:
    serve({f"GET {PATH}/health": failing(503, "database_unavailable", "the database is away")})

    assert tenantry("updater", "health") == 1
    assert "error: the database is away" in tenantry.err


@pytest.mark.parametrize("status", [401, 403])
def test_a_test_that_may_not_be_made_says_nothing_of_updaters(
    tenantry: CommandLine, serve: Serve, status: int
) -> None:
    dry_run = f"POST {PATH}/dry-run/business_record_activities"
    serve({f"GET {PATH}/status": STATUS, dry_run: failing(status, "denied", "no")})

    assert tenantry("updater", "test") == 1
    assert (tenantry.out, tenantry.err.splitlines()[0]) == ("", "error: no")


def test_a_test_of_no_updater_is_no_success(tenantry: CommandLine, serve: Serve) -> None:
    serve({f"GET {PATH}/status": {**STATUS, "updaters": []}})

    assert tenantry.json("updater", "test") == {"success": False, "updaters": []}
    assert tenantry.code == 1


def test_a_run_that_is_meant_by_several_ids_is_none(tenantry: CommandLine, serve: Serve) -> None:
    serve({f"GET {PATH}/runs?limit=500": runs("aa-1", "aa-2", "b-1")})

    assert tenantry("updater", "undo", "aa") == 1
    assert "that of 2 runs" in tenantry.err
    assert tenantry("updater", "run", "c") == 1
    assert "that of no run" in tenantry.err


def test_a_history_is_followed_to_its_end(tenantry: CommandLine, serve: Serve) -> None:
    asked = []

    def progress(exchange: Exchange) -> None:
        asked.append(exchange)
        done = {**BACKFILL, "progress": 1.0, "isDone": True}
        data = done if len(asked) > 2 else BACKFILL
        exchange.reply(200, {"success": True, "data": data, "meta": {}})

    serve(
        {
            f"POST {PATH}/backfill": BACKFILL,
            f"GET {PATH}/backfill": progress,
            f"GET {PATH}/metrics": METRICS,
        }
    )

    assert tenantry("updater", "backfill", "--days", "30") == 0
    assert len(asked) == 3
    assert tenantry.out == (
        "a history of 30 days since 2026-07-20T08:00:00Z is there: 0 runs, 0 of them failed\n"
    )


@pytest.mark.parametrize(
    "given, sent",
    [
        (
            ["scheduleConfig.newLeads=0 0 8 * * 1-5"],
            {"scheduleConfig": {"newLeads": "0 0 8 * * 1-5"}},
        ),
        (["a.b=1", "a.c=true", "a.d=null"], {"a": {"b": 1, "c": True, "d": None}}),
        (['a="1"', "b=x=y", "c="], {"a": "1", "b": "x=y", "c": ""}),
        (['{"a": {"b": 1}}', "a.c=2"], {"a": {"b": 1, "c": 2}}),
    ],
)
def test_changes_are_sent_as_one_object(
    tenantry: CommandLine, serve: Serve, given: list[str], sent: dict[str, Any]
) -> None:
    config = {"config": {}, "given": {}, "version": 1, "schedules": {}}
    server = serve({f"PUT {PATH}/config": config})

    assert tenantry("updater", "config", *given) == 0, tenantry.err
    assert body(server.seen[0]) == {"config": sent}


@pytest.mark.parametrize("given", ["nothing", "=1", "a..b=1", "{nonsense"])
def test_what_is_no_change_is_refused_before_anything_is_asked(
    tenantry: CommandLine, serve: Serve, given: str
) -> None:
    server = serve({})

    assert tenantry("updater", "config", given) == 1
    assert "KEY=VALUE" in tenantry.err
    assert server.seen == []
