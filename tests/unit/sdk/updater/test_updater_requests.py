"""What every method about updaters sends, and how it reads the answer."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.sdk import Invalid, Unavailable, Unprocessable
from tenantry.sdk.access.acting import Acting
from tenantry.sdk.reply import Reply
from tenantry.sdk.request import Request
from tenantry.sdk.updater.requests import UpdaterRequests

PATH = "/api/database-updater"
AT = "2026-07-20T08:00:00.000000Z"
NOON = datetime(2026, 7, 20, 8, tzinfo=UTC)
JSON = ("Content-Type", "application/json")
requests = UpdaterRequests(Acting(token=None, tenant="acme"))


def answer(data: Any, status: int = 200, *, cursor: str | None = None) -> Reply:
    meta = {} if cursor is None else {"next_cursor": cursor}
    body = json.dumps({"success": True, "data": data, "meta": meta}).encode()
    return Reply(status, {}, body)


def failure(status: int, code: str) -> Reply:
    body = {"success": False, "error": {"code": code, "message": "it failed"}}
    return Reply(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    "request_, expected, body",
    [
        (requests.status(), "GET /status", None),
        (requests.start(dry_run=True), "POST /start", {"dryRun": True}),
        (requests.start(log_level="debug"), "POST /start", {"dryRun": False, "logLevel": "debug"}),
        (requests.stop(), "POST /stop", None),
        (requests.config(), "GET /config", None),
        (requests.configure({"a": None}), "PUT /config", {"config": {"a": None}}),
        (
            requests.explain("@daily", after=NOON, intent="every day"),
            "POST /explain",
            {
                "expression": "@daily",
                "count": 10,
                "intent": "every day",
                "after": "2026-07-20T08:00:00Z",
            },
        ),
        (requests.preview(count=3), "GET /preview?count=3", None),
        (requests.execute("newLeads"), "POST /execute/newLeads", {}),
        (requests.execute("newLeads", token="t"), "POST /execute/newLeads", {"token": "t"}),
        (requests.execute("newLeads", dry_run=True), "POST /dry-run/newLeads", None),
        (requests.dry_run("newLeads"), "POST /dry-run/newLeads", None),
        (requests.undo("r1"), "POST /undo/r1", None),
        (requests.undo_all(), "POST /undo/all", None),
        (requests.backfill(365), "POST /backfill", {"days": 365}),
        (requests.backfill_progress(), "GET /backfill", None),
        (requests.logs(count=5), "GET /logs?count=5", None),
        (requests.metrics(), "GET /metrics", None),
        (requests.health(), "GET /health", None),
        (requests.runs(), "GET /runs?limit=500", None),
        (requests.run("r1"), "GET /runs/r1", None),
        (requests.firings(), "GET /firings?limit=500", None),
        (requests.rows("customers"), "GET /tables/customers/rows?limit=500", None),
        (requests.row("customers", "cust-1"), "GET /tables/customers/rows/cust-1", None),
        (
            requests.edit("customers", "cust-1", {"name": "N"}),
            "PATCH /tables/customers/rows/cust-1",
            {"name": "N"},
        ),
        (requests.check(), "GET /check", None),
        (requests.fidelity(), "GET /fidelity", None),
        (requests.fidelity_svg(), "GET /fidelity.svg", None),
    ],
)
def test_a_request_is_sent_as_it_is(request_: Request[Any], expected: str, body: Any) -> None:
    method, _, target = expected.partition(" ")

    assert (request_.method, request_.target) == (method, PATH + target)
    assert (None if request_.body is None else json.loads(request_.body)) == body
    assert (JSON in request_.headers) is (body is not None)


def test_a_tenant_is_named_by_a_header() -> None:
    assert ("X-Tenant-ID", "globex") in requests.status(tenant="globex").headers
    assert ("X-Tenant-ID", "globex") in requests.runs(tenant="globex").headers
    assert ("X-Tenant-ID", "globex") in requests.execute("a", tenant="globex").headers
    assert requests.status().headers == ()


def test_what_leads_somewhere_else_is_no_name() -> None:
    for request in (requests.execute, requests.undo, requests.run, requests.rows):
        with pytest.raises(Invalid):
            request("a/b")
    with pytest.raises(Invalid):
        requests.execute("newLeads", dry_run=True, token="t")


def test_what_changes_something_is_sent_once_unless_nothing_was_done() -> None:
    once: list[Request[Any]] = [
        requests.start(),
        requests.stop(),
        requests.execute("a"),
        requests.undo("r"),
        requests.backfill(1),
    ]
    again: list[Request[Any]] = [
        requests.status(),
        requests.dry_run("a"),
        requests.configure({"a": 1}),
    ]

    assert [request.is_repeatable for request in once] == [False] * len(once)
    assert [request.is_repeatable for request in again] == [True] * len(again)
    busy = Unavailable("busy", status=503)
    assert all(request.is_repeatable_after(busy) for request in once)


def test_a_run_is_read_and_its_failure_is_raised() -> None:
    done = {
        "runId": "r1",
        "updater": "business_records",
        "success": True,
        "recordsUpdated": 2,
        "rowsCreated": 1,
        "rowsChanged": 1,
        "executionTime": 1.5,
        "isDryRun": False,
        "slot": AT,
        "newer": 1,
    }

    execution = requests.execute("newLeads").read_reply(answer(done))

    assert (execution.run_id, execution.rows_created, execution.slot) == ("r1", 1, NOON)
    assert execution.token is None
    with pytest.raises(Unprocessable) as raised:
        requests.execute("newLeads").read_reply(failure(422, "updater_failed"))
    assert raised.value.code == "updater_failed"


def test_a_warning_of_a_schedule_is_read() -> None:
    explained = {
        "expression": "0 */2 9-17 * * 1-5",
        "timezone": "America/New_York",
        "description": "d",
        "next_runs": ["2026-07-20T09:00:00-04:00"],
        "runs_per_week": 1350.0,
        "estimated_rows_per_day": 385.7,
        "warnings": [{"code": "minute_step", "message": "m"}],
    }

    found = requests.explain("0 */2 9-17 * * 1-5").read_reply(answer(explained))

    assert found.warnings[0].code == "minute_step"
    assert found.next_runs[0] == datetime(2026, 7, 20, 13, tzinfo=UTC)


def test_that_they_do_not_do_well_is_an_answer() -> None:
    health = {
        "status": "unhealthy",
        "updaterSystemRunning": False,
        "totalUpdaters": 3,
        "reasons": ["nobody runs them"],
        "timestamp": AT,
    }
    request = requests.health()

    assert not request.read_reply(answer(health, 503)).is_healthy
    with pytest.raises(Unavailable):
        request.read_reply(failure(503, "database_unavailable"))


def test_a_list_is_followed_by_the_cursor_in_its_meta() -> None:
    first = requests.rows("customers", tenant="globex").read_reply(
        answer({"rows": [{"id": "cust-1"}]}, cursor="c1")
    )

    assert first.items == ({"id": "cust-1"},)
    following = first.next_request
    assert following is not None
    assert following.target.endswith("/tables/customers/rows?limit=500&cursor=c1")
    assert ("X-Tenant-ID", "globex") in following.headers
