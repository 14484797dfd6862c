"""What the OpenAPI document says of these routes: what each takes and answers."""

from collections.abc import Mapping
from typing import Any, Final

from tenantry.base.errors import Denied, Invalid, NotFound, TenantryError, Unavailable
from tenantry.sync.api.figure_routes import Runs, Tenants
from tenantry.sync.api.tenant_routes import Checks, Collections, Rows
from tenantry.sync.model import (
    Cleanup,
    Decision,
    MethodStats,
    Progress,
    SyncHealth,
    SyncMetrics,
    SyncResult,
    TenantFigures,
    TenantSync,
    Timeline,
    Unlocked,
)
from tenantry.sync.service import MAX_LIMIT
from tenantry.web import Declaration, Declarations, Envelope, HeaderField, Reply, Schema

_JSON: Final = "application/json"
_OF_TENANT: Final = (Denied, Unavailable)
_OF_SOMETHING: Final = (NotFound, *_OF_TENANT)
_OF_ALL: Final = (Invalid, Denied, Unavailable)
_CORRELATION: Final = HeaderField(name="X-Correlation-ID", meaning="The run that this tells of.")
_PAGED: Final[Mapping[str, Schema]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    "cursor": {"type": "string", "format": "cursor"},
}
_RUNS_PAGED: Final[Mapping[str, Schema]] = {
    **_PAGED,
    "cursor": {"type": "string", "pattern": "^[0-9]{1,18}:[!-~]{1,128}$"},
}


def _answer(
    kind: Any,
    meaning: str,
    *,
    errors: tuple[type[TenantryError], ...] = _OF_TENANT,
    parameters: Mapping[str, Schema] | None = None,
    names_run: bool = False,
) -> Declaration:
    return Declaration(
        replies={
            200: Reply(
                meaning=meaning,
                content={_JSON: Envelope[kind]},
                headers=(_CORRELATION,) if names_run else (),
            )
        },
        errors=errors,
        parameters=parameters or {},
    )


_TENANT: Final = "/api/sync/tenants/{tenant}"

DECLARATIONS: Final[Declarations] = {
    f"POST {_TENANT}/trigger": _answer(
        SyncResult, "The essential data are there.", errors=_OF_SOMETHING, names_run=True
    ),
    f"POST {_TENANT}/force": _answer(
        SyncResult, "The essential data were fetched.", errors=_OF_SOMETHING, names_run=True
    ),
    f"GET {_TENANT}/status": _answer(TenantSync, "How it stands.", names_run=True),
    f"GET {_TENANT}/progress": _answer(Progress, "How far it is."),
    f"GET {_TENANT}/method": _answer(Decision, "The method, and why."),
    f"GET {_TENANT}/collections": _answer(Collections, "How the collections stand."),
    f"GET {_TENANT}/collections/{{collection}}": _answer(
        Rows, "Some rows.", errors=(Invalid, *_OF_SOMETHING), parameters=_PAGED
    ),
    f"POST {_TENANT}/check": _answer(Checks, "What the source has answered.", errors=_OF_SOMETHING),
    f"DELETE {_TENANT}/lock": _answer(Unlocked, "What has become of the lease."),
    "GET /api/sync/metrics": _answer(SyncMetrics, "The figures.", errors=_OF_ALL),
    "GET /api/sync/health": Declaration(
        replies={
            200: Reply(
                meaning="Syncs go well, or not quite.", content={_JSON: Envelope[SyncHealth]}
            ),
            503: Reply(meaning="Too many fail.", content={_JSON: Envelope[SyncHealth]}),
        },
        errors=(Invalid, Denied),
    ),
    "GET /api/sync/method-stats": _answer(
        MethodStats, "How the methods have done.", errors=_OF_ALL
    ),
    "GET /api/sync/statistics": _answer(
        TenantFigures, "How many tenants stand how.", errors=_OF_ALL
    ),
    "GET /api/sync/all": _answer(
        Tenants,
        "How the syncs of tenants stand.",
        errors=_OF_ALL,
        parameters={
            **_PAGED,
            "status": {"enum": ["not_started", "in_progress", "completed", "failed"]},
        },
    ),
    "GET /api/sync/runs": _answer(Runs, "The runs.", errors=_OF_ALL, parameters=_RUNS_PAGED),
    "GET /api/sync/runs/{correlation}": _answer(
        Timeline, "What has happened.", errors=_OF_SOMETHING
    ),
    "POST /api/sync/cleanup": _answer(Cleanup, "What was taken up.", errors=(Denied, Unavailable)),
}
