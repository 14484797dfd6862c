"""What `tenantry sync …` asks and prints."""

import json
from typing import Any

import pytest

from tests.support.access_answers import ME, ROOT, Serve, rows
from tests.support.command_line import CommandLine
from tests.support.scripted import Exchange, Script, refusing
from tests.support.sync_answers import (
    AT,
    BROKEN,
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

OF_ACME = "/api/sync/tenants/acme"
PROGRESS = f"GET {OF_ACME}/progress"
TRIGGER = f"POST {OF_ACME}/trigger"
DONE = progress(USERS)


def paged(data: Any, cursor: str | None) -> Script:
    """Answer with a list whose cursor stands in `meta`."""
    meta = {} if cursor is None else {"next_cursor": cursor}
    return lambda exchange: exchange.reply(200, {"success": True, "data": data, "meta": meta})


def unhealthy(exchange: Exchange) -> None:
    exchange.reply(503, {"success": True, "data": HEALTH})


@pytest.mark.parametrize(
    "result, told",
    [
        (RESULT, f"essential data synced in 0.12 s (direct), run {RUN_ID}"),
        ({**RESULT, "alreadySynced": True}, f"up to date already, run {RUN_ID}"),
        (
            {**RESULT, "fallbackUsed": True, "temporalError": "no"},
            f"essential data synced in 0.12 s (direct, since Temporal could not: no), run {RUN_ID}",
        ),
    ],
)
def test_a_run_is_told(
    tenantry: CommandLine, serve: Serve, result: dict[str, Any], told: str
) -> None:
    serve({TRIGGER: result, PROGRESS: DONE})

    assert tenantry("sync", "run", "--tenant", "acme") == 0
    assert tenantry.out.splitlines()[0] == f"acme: {told}"
    assert rows(tenantry)[1] == ["users", "essential", "completed", "5", AT]
    assert tenantry.json("sync", "run", "--tenant", "acme") == {**result, "progress": DONE}


def test_a_run_of_old_data_is_followed_from_its_begin(tenantry: CommandLine, serve: Serve) -> None:
    stale = {**RESULT, "alreadySynced": True, "stale": True, "ageSeconds": 1200.4}
    other = {**STATUS, "correlationId": "sync-acme-1784534400001-abcdefghi"}
    server = serve({TRIGGER: stale, f"GET {OF_ACME}/status": other, PROGRESS: DONE})

    assert tenantry("sync", "run", "--tenant", "acme") == 0
    assert "the data were 1200 s old, and are refreshed" in tenantry.out
    asked = [exchange.target for exchange in server.seen]
    assert asked.index(f"{OF_ACME}/status") < len(asked) - 1
    assert asked[-1] == f"{OF_ACME}/progress"


def test_a_run_with_a_failed_collection_exits_with_1(tenantry: CommandLine, serve: Serve) -> None:
    serve({TRIGGER: RESULT, PROGRESS: progress(USERS, BROKEN)})

    assert tenantry("sync", "run", "--tenant", "acme") == 1
    assert tenantry.out.splitlines()[-1] == (
        f"creditConfigs: VALIDATION_ERROR: no list (again at {AT})"
    )
    assert tenantry("sync", "run", "--tenant", "acme", "--essential") == 0
    assert tenantry.json("sync", "run", "--tenant", "acme", "--essential") == RESULT


def test_a_run_that_fails_is_asked_for_once(tenantry: CommandLine, serve: Serve) -> None:
    refusal = refusing(503, "SYNC_NETWORK_ERROR", f"sync failed [{RUN_ID}]", details=FAILURE)
    server = serve({f"POST {OF_ACME}/force": refusal, PROGRESS: DONE})

    assert tenantry("sync", "run", "--force", "--tenant", "acme") == 1
    assert tenantry.err == f"error: sync failed [{RUN_ID}]\n"
    assert [each.method for each in server.seen].count("POST") == 1
    assert tenantry.json("sync", "run", "--force", "--tenant", "acme")["error"] == {
        "code": "SYNC_NETWORK_ERROR",
        "message": f"sync failed [{RUN_ID}]",
        "details": FAILURE,
    }


def test_the_tenant_is_the_own_one_unless_another_is_named(
    tenantry: CommandLine, serve: Serve
) -> None:
    server = serve({"GET /api/auth/me": ME, f"GET {OF_ACME}/status": STATUS})

    assert tenantry("sync", "status") == 0
    assert tenantry("sync", "status", "--tenant", "acme") == 0
    assert server.seen[-1].headers["x-tenant-id"] == "acme"


def test_root_names_the_tenant_of_a_server_elsewhere(tenantry: CommandLine, serve: Serve) -> None:
    serve({"GET /api/auth/me": ROOT})

    assert tenantry("sync", "status") == 64
    assert "root belongs to no tenant: name one with --tenant ID" in tenantry.err


def test_how_it_stands_is_shown_without_what_is_not_there(
    tenantry: CommandLine, serve: Serve
) -> None:
    status = {**STATUS, "failedCollections": [FAILED]}
    serve({f"GET {OF_ACME}/status": status})

    assert tenantry("sync", "status", "--tenant", "acme") == 0
    assert ["status", "completed"] in rows(tenantry)
    assert "error " not in tenantry.out
    assert tenantry.out.splitlines()[-1] == (
        f"creditConfigs: VALIDATION_ERROR: no list (synced last: {AT})"
    )
    assert tenantry.json("sync", "status", "--tenant", "acme") == status


def test_collections_and_progress_are_tables(tenantry: CommandLine, serve: Serve) -> None:
    serve({f"GET {OF_ACME}/collections": {"collections": [USERS]}, PROGRESS: progress(BROKEN)})

    assert tenantry("sync", "collections", "--tenant", "acme") == 0
    assert rows(tenantry) == [["users", "essential", "completed", "5", AT]]
    assert tenantry("sync", "progress", "--tenant", "acme") == 0
    assert tenantry.out.startswith("acme: completed, 0 %: 0 of 1 collections are up to date\n")
    assert tenantry("sync", "progress", "--follow", "--tenant", "acme") == 0
    assert tenantry.json("sync", "progress", "--tenant", "acme") == progress(BROKEN)


def test_a_method_is_explained_with_what_the_flag_says(tenantry: CommandLine, serve: Serve) -> None:
    decision = {
        "method": "temporal",
        "decidedBy": "flag",
        "reason": "flag sync-method: temporal",
        "flag": {"value": "temporal", "variant": "on", "reason": "SPLIT", "layer": "global"},
    }
    serve({f"GET {OF_ACME}/method": decision})

    assert tenantry("sync", "explain", "--tenant", "acme") == 0
    assert tenantry.out.splitlines() == [
        "temporal: flag sync-method: temporal (decided by the flag)",
        'flag: "temporal", SPLIT',
    ]
    assert tenantry.json("sync", "explain", "--tenant", "acme") == decision


def test_a_list_is_followed_by_the_cursor_in_its_meta(tenantry: CommandLine, serve: Serve) -> None:
    path = f"GET {OF_ACME}/collections/users"
    other = {**ROW, "key": "u2"}
    serve(
        {
            f"{path}?limit=500": paged({"rows": [ROW]}, "c1"),
            f"{path}?limit=500&cursor=c1": paged({"rows": [other]}, None),
            f"{path}?limit=2": paged({"rows": [ROW]}, "c1"),
            f"{path}?limit=1&cursor=c1": paged({"rows": [other]}, "c2"),
        }
    )
    command = ["sync", "rows", "users", "--tenant", "acme"]

    assert tenantry(*command, "--all") == 0
    assert [json.loads(line) for line in tenantry.out.splitlines()] == [ROW, other]
    assert tenantry.err == ""
    assert tenantry(*command, "--limit", "2") == 0
    assert len(tenantry.out.splitlines()) == 2
    assert "there is more" in tenantry.err
    assert tenantry.json(*command, "--limit", "2") == {"items": [ROW, other], "next_cursor": "c2"}


def test_runs_are_listed_and_one_is_told_in_full(tenantry: CommandLine, serve: Serve) -> None:
    timeline = {"run": RUN, "timeline": [HAPPENED]}
    serve(
        {
            "GET /api/sync/runs?limit=20": paged({"runs": [RUN]}, None),
            f"GET /api/sync/runs/{RUN_ID}": timeline,
        }
    )

    assert tenantry("sync", "runs") == 0
    assert rows(tenantry) == [
        [AT, RUN_ID, "failed", "direct_fallback", "login", "250", "NETWORK_ERROR"]
    ]
    assert tenantry("sync", "timeline", RUN_ID) == 0
    assert tenantry.out.splitlines()[:3] == [
        "acme: failed in 250 ms, direct_fallback",
        "  the flag says so",
        "  NETWORK_ERROR: the source was not reached",
    ]
    assert tenantry.out.splitlines()[-1].split() == [
        *(AT, "sync", "page", "users"),
        *("page", "1,", "note", "first"),
    ]
    assert tenantry.json("sync", "timeline", RUN_ID) == timeline


def test_syncs_of_tenants_are_listed(tenantry: CommandLine, serve: Serve) -> None:
    stuck = {**STATUS, "isStuck": True, "status": "in_progress", "failedCollections": [FAILED]}
    serve(
        {
            "GET /api/sync/all?limit=1": paged({"tenants": [stuck]}, "c1"),
            "GET /api/sync/all?status=failed&limit=100": paged({"tenants": []}, None),
        }
    )

    assert tenantry("sync", "list", "--limit", "1") == 0
    assert rows(tenantry) == [
        ["acme", "in_progress,", "stuck", "100", "direct", AT, "creditConfigs"]
    ]
    assert "there is more" in tenantry.err
    assert tenantry.json("sync", "list", "--status", "failed") == {
        "items": [],
        "next_cursor": None,
    }


def test_bad_health_exits_with_1_and_is_printed(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({"GET /api/sync/health": unhealthy})

    assert tenantry("sync", "health") == 1
    assert ["status", "unhealthy"] in rows(tenantry)
    assert tenantry.json("sync", "health") == HEALTH
    assert len(server.seen) == 2


def test_figures_are_printed(tenantry: CommandLine, serve: Serve) -> None:
    serve(
        {
            "GET /api/sync/health": {**HEALTH, "status": "degraded"},
            "GET /api/sync/metrics": METRICS,
            "GET /api/sync/method-stats": METHOD_STATS,
            "GET /api/sync/statistics": STATISTICS,
        }
    )

    assert tenantry("sync", "health") == 0
    assert tenantry("sync", "metrics") == 0
    assert ["orchestration.errorTypes.NETWORK_ERROR", "1"] in rows(tenantry)
    assert tenantry.json("sync", "method-stats") == METHOD_STATS
    assert tenantry.json("sync", "statistics") == STATISTICS


def test_a_source_that_does_not_answer_exits_with_1(tenantry: CommandLine, serve: Serve) -> None:
    serve({f"POST {OF_ACME}/check": {"checks": [CHECK]}})

    assert tenantry("sync", "sources", "check", "--tenant", "acme") == 1
    assert rows(tenantry) == [["users", "no", "0", "AUTH_ERROR:", "who", "are", "you?"]]
    assert tenantry.json("sync", "sources", "check", "--tenant", "acme") == {"checks": [CHECK]}


def test_what_an_operator_does_by_hand(tenantry: CommandLine, serve: Serve) -> None:
    unlocked = {"tenantId": "acme", "released": True, "message": "Lock released"}
    serve(
        {
            f"DELETE {OF_ACME}/lock": unlocked,
            "POST /api/sync/cleanup": {"takenUp": ["acme", "globex"]},
        }
    )

    assert tenantry("sync", "unlock", "--tenant", "acme") == 0
    assert ["released", "true"] in rows(tenantry)
    assert tenantry.json("sync", "unlock", "--tenant", "acme") == unlocked
    assert tenantry("sync", "cleanup") == 0
    assert tenantry.out == "taken up: acme, globex\n"
