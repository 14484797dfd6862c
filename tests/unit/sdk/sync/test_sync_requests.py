"""What every method about syncs sends, and how it reads the answer."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.sdk import Invalid, NotFound, SyncFailed, Unavailable, Unreachable
from tenantry.sdk.access.acting import Acting, TenantUnknown
from tenantry.sdk.reply import Reply
from tenantry.sdk.request import Request
from tenantry.sdk.retry import may_repeat
from tenantry.sdk.sync.requests import SyncRequests
from tests.support.sync_answers import (
    AT,
    CHECK,
    FAILED,
    FAILURE,
    HAPPENED,
    HEALTH,
    METHOD_STATS,
    METRICS,
    RESULT,
    ROW,
    RUN,
    RUN_ID,
    STATISTICS,
    STATUS,
    USERS,
    progress,
)

requests = SyncRequests(Acting(token=None, tenant="acme"))
NOON = datetime(2026, 7, 20, 8, tzinfo=UTC)


def answer(data: Any, status: int = 200, *, cursor: str | None = None) -> Reply:
    meta = {} if cursor is None else {"next_cursor": cursor}
    body = json.dumps({"success": True, "data": data, "meta": meta}).encode()
    return Reply(status, {}, body)


def failure(code: str, *, details: dict[str, Any] | None = None, **headers: str) -> Reply:
    error = {"code": code, "message": f"sync failed [{RUN_ID}]", "details": details}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(503, headers, json.dumps({"success": False, "error": error}).encode())


@pytest.mark.parametrize(
    "request_, expected",
    [
        (requests.trigger(), "POST /api/sync/tenants/acme/trigger"),
        (requests.trigger(tenant="globex"), "POST /api/sync/tenants/globex/trigger"),
        (requests.force(), "POST /api/sync/tenants/acme/force"),
        (requests.status(), "GET /api/sync/tenants/acme/status"),
        (requests.progress(), "GET /api/sync/tenants/acme/progress"),
        (requests.method(), "GET /api/sync/tenants/acme/method"),
        (requests.collections(), "GET /api/sync/tenants/acme/collections"),
        (requests.rows("users"), "GET /api/sync/tenants/acme/collections/users?limit=500"),
        (requests.check(), "POST /api/sync/tenants/acme/check"),
        (requests.unlock(), "DELETE /api/sync/tenants/acme/lock"),
        (requests.runs(), "GET /api/sync/runs?limit=500"),
        (requests.timeline(RUN_ID), f"GET /api/sync/runs/{RUN_ID}"),
        (requests.all(), "GET /api/sync/all?limit=500"),
        (requests.all(status="failed"), "GET /api/sync/all?status=failed&limit=500"),
        (requests.metrics(), "GET /api/sync/metrics"),
        (requests.health(), "GET /api/sync/health"),
        (requests.method_stats(), "GET /api/sync/method-stats"),
        (requests.statistics(), "GET /api/sync/statistics"),
        (requests.cleanup(), "POST /api/sync/cleanup"),
    ],
)
def test_a_request_is_sent_as_it_is(request_: Request[Any], expected: str) -> None:
    assert f"{request_.method} {request_.target}" == expected
    assert (request_.body, request_.headers) == (None, ())


def test_a_tenant_is_named_by_the_call_or_by_the_client() -> None:
    nobody = SyncRequests(Acting(token=None, tenant=None))

    assert nobody.status(tenant="acme").target == "/api/sync/tenants/acme/status"
    with pytest.raises(TenantUnknown):
        nobody.status()
    with pytest.raises(Invalid):
        requests.rows("a/b")
    with pytest.raises(Invalid):
        requests.timeline("")


def test_what_became_of_the_data_is_read() -> None:
    data = {**RESULT, "hasFailedCollections": True, "failedCollections": [FAILED], "newer": 1}

    result = requests.trigger().read_reply(answer(data))

    assert (result.success, result.correlation_id) == (True, RUN_ID)
    assert (result.essential_duration, result.background_duration) == (120.5, None)
    assert result.counts["users"].rows == 5
    assert not result.counts["users"].is_unchanged
    assert result.failed_collections[0].last_sync_at == NOON


def test_how_it_stands_is_read() -> None:
    status = requests.status().read_reply(answer(STATUS))
    far = requests.progress().read_reply(answer(progress(USERS, status="in_progress")))
    (users,) = requests.collections().read_reply(answer({"collections": [USERS]}))
    (check,) = requests.check().read_reply(answer({"checks": [CHECK]}))
    decision = {"method": "direct", "decidedBy": "flag", "reason": "r", "flag": {"value": "direct"}}
    method = requests.method().read_reply(answer(decision))

    assert (status.status, status.ready_at, status.needs_sync) == ("completed", NOON, False)
    assert (far.status, far.synced_collections) == ("in_progress", 1)
    assert (users.record_count, users.last_sync_at) == (5, NOON)
    assert (check.is_ok, check.error_type) == (False, "AUTH_ERROR")
    assert method.flag is not None
    assert (method.decided_by, method.flag.value) == ("flag", "direct")


def test_a_run_and_its_timeline_are_read() -> None:
    timeline = requests.timeline(RUN_ID).read_reply(answer({"run": RUN, "timeline": [HAPPENED]}))
    unlocked = requests.unlock().read_reply(
        answer({"tenantId": "acme", "released": True, "message": "m"})
    )

    assert (timeline.run.error_type, timeline.run.duration) == ("NETWORK_ERROR", 250.4)
    assert timeline.run.essential_at is None
    assert (timeline.timeline[0].kind, timeline.timeline[0].at) == ("page", NOON)
    assert unlocked.is_released
    assert requests.cleanup().read_reply(answer({"takenUp": ["acme"]})) == ("acme",)


def test_figures_are_read() -> None:
    metrics = requests.metrics().read_reply(answer(METRICS))
    stats = requests.method_stats().read_reply(answer(METHOD_STATS))

    assert metrics.orchestration.error_types == {"NETWORK_ERROR": 1}
    assert metrics.orchestration.durations["total"].p50 is None
    assert metrics.collections["users"].total_records == 10
    assert (stats.success_rate["temporal"], stats.durations["direct"].p99) == (None, 1.0)
    assert requests.statistics().read_reply(answer(STATISTICS)).failed_tenants == 1


def test_a_list_is_followed_by_the_cursor_in_its_meta() -> None:
    first = requests.rows("users").read_reply(answer({"rows": [ROW]}, cursor="c1"))
    assert first.items[0].data == {"id": "u1", "n": 1}
    assert first.items[0].synced_at == NOON
    following = first.next_request

    assert following is not None
    assert following.target.endswith("/collections/users?limit=500&cursor=c1")
    last = following.read_reply(answer({"rows": []}))
    assert (last.items, last.next_request) == ((), None)
    with pytest.raises(Unreachable, match="no end"):
        following.read_reply(answer({"rows": []}, cursor="c1"))


def test_bad_health_is_an_answer_and_an_unavailable_server_is_none() -> None:
    assert not requests.health().read_reply(answer(HEALTH, 503)).is_healthy
    assert requests.health().read_reply(answer({**HEALTH, "status": "degraded"})).is_healthy
    with pytest.raises(Unavailable) as refused:
        requests.health().read_reply(failure("not_ready"))
    assert refused.value.code == "not_ready"


def test_a_failure_says_of_which_type_it_is_and_when_to_try_again() -> None:
    with pytest.raises(SyncFailed) as failed:
        requests.trigger().read_reply(
            failure("SYNC_NETWORK_ERROR", details=FAILURE, retry_after="7")
        )

    error = failed.value
    assert (error.type, error.is_retryable, error.correlation_id) == ("NETWORK_ERROR", True, RUN_ID)
    assert (error.retry_after, error.retry_after_seconds) == (7.0, 7.0)
    assert not may_repeat(error, is_repeatable=True)
    with pytest.raises(SyncFailed) as untold:
        requests.check().read_reply(failure("SYNC_AUTH_ERROR"))
    assert (untold.value.type, untold.value.is_retryable) == ("AUTH_ERROR", False)
    assert untold.value.correlation_id is None


def test_only_what_begins_nothing_anew_is_repeated() -> None:
    away = Unavailable("no", status=503)
    lost = Unreachable("no answer")

    assert requests.trigger().is_repeatable
    assert not requests.force().is_repeatable
    assert requests.force().is_repeatable_after(away)
    assert not requests.force().is_repeatable_after(lost)
    assert not requests.unlock().is_repeatable_after(lost)
    assert requests.trigger().wait_seconds > 60
    with pytest.raises(NotFound):
        requests.timeline(RUN_ID).read_reply(Reply(404, {}, b'{"error": {"code": "not_found"}}'))


def test_instants_are_aware() -> None:
    assert requests.status().read_reply(answer(STATUS)).started_at == datetime.fromisoformat(AT)
