"""Answers about syncs as a server gives them."""

from typing import Any, Final

AT: Final = "2026-07-20T08:00:00.000000Z"
RUN_ID: Final = "sync-acme-1784534400000-abcdefghi"
FAILED: Final[dict[str, Any]] = {
    "collection": "creditConfigs",
    "error": "no list",
    "errorType": "VALIDATION_ERROR",
    "lastSyncAt": AT,
}
RESULT: Final[dict[str, Any]] = {
    "success": True,
    "tenantId": "acme",
    "correlationId": RUN_ID,
    "syncMethod": "direct",
    "workflowId": None,
    "runId": None,
    "duration": 250.0,
    "essentialDuration": 120.5,
    "backgroundDuration": None,
    "backgroundSyncStarted": True,
    "alreadySynced": False,
    "stale": False,
    "ageSeconds": None,
    "fallbackUsed": False,
    "temporalError": None,
    "error": None,
    "errorType": None,
    "hasFailedCollections": False,
    "failedCollections": [],
    "counts": {"users": {"rows": 5, "written": 5, "pages": 1, "unchanged": False}},
}
STATUS: Final[dict[str, Any]] = {
    "tenantId": "acme",
    "status": "completed",
    "phase": "completed",
    "needsSync": False,
    "isStuck": False,
    "syncMethod": "direct",
    "fallbackUsed": False,
    "hasSource": True,
    "correlationId": RUN_ID,
    "attemptCount": 0,
    "startedAt": AT,
    "readyAt": AT,
    "ageSeconds": 1.5,
    "progress": 100,
    "error": None,
    "hasFailedCollections": False,
    "failedCollections": [],
}
USERS: Final[dict[str, Any]] = {
    "collection": "users",
    "phase": "essential",
    "status": "completed",
    "recordCount": 5,
    "page": 1,
    "lastSyncAt": AT,
    "error": None,
    "errorType": None,
    "nextAttemptAt": None,
}
BROKEN: Final[dict[str, Any]] = {
    **USERS,
    "collection": "creditConfigs",
    "phase": "background",
    "status": "failed",
    "error": "no list",
    "errorType": "VALIDATION_ERROR",
    "nextAttemptAt": AT,
}
RUN: Final[dict[str, Any]] = {
    "tenantId": "acme",
    "correlationId": RUN_ID,
    "status": "failed",
    "phase": "essential",
    "kind": "full",
    "syncMethod": "direct_fallback",
    "reason": "the flag says so",
    "triggerSource": "login",
    "triggeredBy": "user:u1",
    "fallbackUsed": True,
    "temporalError": "unreachable: no server",
    "workflowId": "tenant-sync/acme",
    "runId": "r1",
    "error": "the source was not reached",
    "errorType": "NETWORK_ERROR",
    "startedAt": AT,
    "essentialAt": None,
    "finishedAt": AT,
    "duration": 250.4,
    "essentialDuration": None,
}
HAPPENED: Final[dict[str, Any]] = {
    "at": AT,
    "source": "sync",
    "kind": "page",
    "collection": "users",
    "details": {"page": 1, "note": "first"},
}
ROW: Final[dict[str, Any]] = {
    "key": "u1",
    "data": {"id": "u1", "n": 1},
    "deleted": False,
    "syncedAt": AT,
}
HEALTH: Final[dict[str, Any]] = {
    "status": "unhealthy",
    "successRate": 50.0,
    "failureRate": 50.0,
    "stuckSyncs": 0,
    "activeSyncs": 1,
    "timestamp": AT,
}
METHOD_STATS: Final[dict[str, Any]] = {
    "totalSyncs": 3,
    "completedSyncs": 2,
    "directSyncs": 1,
    "temporalSyncs": 1,
    "fallbackSyncs": 1,
    "successRate": {"direct": 100.0, "temporal": None},
    "durations": {"direct": {"count": 1, "average": 1.0, "p50": 1.0, "p95": 1.0, "p99": 1.0}},
    "since": AT,
}
STATISTICS: Final[dict[str, Any]] = {
    "totalTenants": 2,
    "completedTenants": 1,
    "failedTenants": 1,
    "inProgressTenants": 0,
    "pendingTenants": 0,
    "successRate": 50.0,
    "failureRate": 50.0,
    "averageDuration": None,
    "totalRecordsSynced": 10,
}
METRICS: Final[dict[str, Any]] = {
    "orchestration": {
        "totalSyncs": 3,
        "successfulSyncs": 2,
        "failedSyncs": 1,
        "successRate": 66.7,
        "failureRate": 33.3,
        "errorTypes": {"NETWORK_ERROR": 1},
        "averageDuration": 1.0,
        "averageEssentialDuration": 1.0,
        "averageBackgroundDuration": None,
        "durations": {"total": {"count": 0}},
    },
    "database": STATISTICS,
    "collections": {
        "users": {
            "total": 2,
            "completed": 2,
            "failed": 0,
            "pending": 0,
            "successRate": 100.0,
            "failureRate": 0.0,
            "totalRecords": 10,
        }
    },
    "since": AT,
    "timestamp": AT,
}
CHECK: Final[dict[str, Any]] = {
    "collection": "users",
    "is_ok": False,
    "row_count": 0,
    "total": None,
    "error_type": "AUTH_ERROR",
    "error": "who are you?",
}
FAILURE: Final[dict[str, Any]] = {
    "errorType": "NETWORK_ERROR",
    "retryable": True,
    "tenantId": "acme",
    "correlationId": RUN_ID,
    "duration": 12.5,
}
"""The details of the error of a run that failed."""


def progress(*collections: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    """Return how far a sync with these collections is."""
    synced = sum(each["status"] == "completed" for each in collections)
    return {
        "tenantId": "acme",
        "status": status,
        "phase": "dependent",
        "progress": round(100 * synced / max(len(collections), 1)),
        "syncedCollections": synced,
        "totalCollections": len(collections),
        "collections": list(collections),
        "message": f"{synced} of {len(collections)} collections are up to date",
    }
