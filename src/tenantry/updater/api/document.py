"""What the OpenAPI document says of these routes: what each takes and answers."""

from collections.abc import Mapping
from typing import Any, Final

from tenantry.base.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    TenantryError,
    Unavailable,
    Unprocessable,
)
from tenantry.updater.api.history_routes import Firings, UpdaterLogs, UpdaterRuns
from tenantry.updater.api.questions import (
    MAX_LIMIT,
    PATH,
    BackfillOrder,
    Change,
    Execution,
    Question,
    Start,
)
from tenantry.updater.api.running_routes import Preview, Told
from tenantry.updater.api.table_routes import TableRows
from tenantry.updater.model import (
    BackfillView,
    CheckView,
    ConfigView,
    ExecutionView,
    Explained,
    FidelityReport,
    HealthView,
    MetricsView,
    RunDetail,
    StatusView,
    UndoView,
)
from tenantry.web import Declaration, Declarations, Envelope, Reply, Schema

_JSON: Final = "application/json"
_OF_TENANT: Final = (Denied, Conflict, Unavailable)
_OF_SOMETHING: Final = (NotFound, *_OF_TENANT)
_COUNTED: Final[Mapping[str, Schema]] = {
    "count": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
}
_LIMITED: Final[Mapping[str, Schema]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
}
_RUNS_PAGED: Final[Mapping[str, Schema]] = {
    **_LIMITED,
    "cursor": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
_FIRINGS_PAGED: Final[Mapping[str, Schema]] = {
    **_LIMITED,
    "cursor": {"type": "string", "pattern": "^[0-9]{1,18}:[A-Za-z0-9_]{1,64}$"},
}
_COLUMNS: Final[Schema] = {
    "type": "object",
    "minProperties": 1,
    "description": "Columns and their values; docs/reference/updater.md has every one.",
}
_ROWS_PAGED: Final[Mapping[str, Schema]] = {
    **_LIMITED,
    "cursor": {"type": "string", "pattern": "^[!-~]{1,64}$"},
}


def _answer(
    kind: Any,
    meaning: str,
    *,
    errors: tuple[type[TenantryError], ...] = _OF_TENANT,
    parameters: Mapping[str, Schema] | None = None,
    body: Any = None,
    is_body_required: bool = True,
    status: int = 200,
) -> Declaration:
    return Declaration(
        body={} if body is None else {_JSON: body},
        is_body_required=is_body_required,
        replies={status: Reply(meaning=meaning, content={_JSON: Envelope[kind]})},
        errors=errors,
        parameters=parameters or {},
    )


DECLARATIONS: Final[Declarations] = {
    f"GET {PATH}/status": _answer(StatusView, "How they stand."),
    f"POST {PATH}/start": _answer(
        Told,
        "They run.",
        errors=(Invalid, *_OF_TENANT),
        body=Start,
        is_body_required=False,
    ),
    f"POST {PATH}/stop": _answer(Told, "They run no more."),
    f"GET {PATH}/config": _answer(ConfigView, "The configuration."),
    f"PUT {PATH}/config": _answer(
        ConfigView,
        "The configuration as it counts now.",
        errors=(Invalid, *_OF_TENANT),
        body=Change,
    ),
    f"POST {PATH}/explain": _answer(
        Explained, "What it means.", errors=(Invalid, *_OF_SOMETHING), body=Question
    ),
    f"GET {PATH}/preview": _answer(
        Preview, "What is due next.", errors=(Invalid, *_OF_TENANT), parameters=_COUNTED
    ),
    f"POST {PATH}/execute/{{updater}}": _answer(
        ExecutionView,
        "What the run has done.",
        errors=(Invalid, Unprocessable, *_OF_SOMETHING),
        body=Execution,
        is_body_required=False,
    ),
    f"POST {PATH}/dry-run/{{updater}}": _answer(
        ExecutionView, "What a run would do.", errors=(Invalid, Unprocessable, *_OF_SOMETHING)
    ),
    f"POST {PATH}/undo/{{run}}": _answer(UndoView, "What is undone.", errors=_OF_SOMETHING),
    f"POST {PATH}/backfill": _answer(
        BackfillView,
        "The history is being made.",
        errors=(Invalid, *_OF_TENANT),
        body=BackfillOrder,
        status=202,
    ),
    f"GET {PATH}/backfill": _answer(BackfillView, "How far it is.", errors=_OF_SOMETHING),
    f"GET {PATH}/logs": _answer(
        UpdaterLogs, "The newest lines.", errors=(Invalid, *_OF_TENANT), parameters=_COUNTED
    ),
    f"GET {PATH}/metrics": _answer(MetricsView, "The figures."),
    f"GET {PATH}/health": Declaration(
        replies={
            200: Reply(
                meaning="They do well, or not quite.", content={_JSON: Envelope[HealthView]}
            ),
            503: Reply(meaning="Nobody runs them.", content={_JSON: Envelope[HealthView]}),
        },
        errors=(Denied, Conflict),
    ),
    f"GET {PATH}/runs": _answer(
        UpdaterRuns, "Some runs.", errors=(Invalid, *_OF_TENANT), parameters=_RUNS_PAGED
    ),
    f"GET {PATH}/runs/{{run}}": _answer(RunDetail, "The run.", errors=_OF_SOMETHING),
    f"GET {PATH}/firings": _answer(
        Firings, "Some fire times.", errors=(Invalid, *_OF_TENANT), parameters=_FIRINGS_PAGED
    ),
    f"GET {PATH}/tables/{{table}}/rows": _answer(
        TableRows, "Some rows.", errors=(Invalid, *_OF_SOMETHING), parameters=_ROWS_PAGED
    ),
    f"GET {PATH}/tables/{{table}}/rows/{{row}}": _answer(
        dict[str, Any], "The row.", errors=_OF_SOMETHING
    ),
    f"PATCH {PATH}/tables/{{table}}/rows/{{row}}": _answer(
        dict[str, Any],
        "The row as it is now.",
        errors=(Invalid, *_OF_SOMETHING),
        body=_COLUMNS,
    ),
    f"GET {PATH}/check": _answer(CheckView, "What was found."),
    f"GET {PATH}/fidelity": _answer(FidelityReport, "The comparison."),
    f"GET {PATH}/fidelity.svg": Declaration(
        replies={200: Reply(meaning="The drawing.", content={"image/svg+xml": str})},
        errors=_OF_TENANT,
    ),
}
