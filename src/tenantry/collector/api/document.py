"""What the OpenAPI document says of these routes: what each takes and answers."""

from collections.abc import Mapping
from typing import Any, Final

from tenantry.base.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    TenantryError,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from tenantry.collector.api.analytics_routes import (
    GROWING,
    LEADING,
    TRENDING,
    EngagementLeaders,
    GrowthVelocity,
    Trending,
)
from tenantry.collector.api.collecting_routes import DeadLetters
from tenantry.collector.api.questions import MAX_LIMIT, NDJSON, PATH
from tenantry.collector.api.strategy_routes import FoundUsers, StrategyRuns
from tenantry.collector.model import (
    CollectorStatus,
    Figures,
    Ledger,
    Network,
    StrategyPlan,
    StrategyRunView,
    Switch,
)
from tenantry.web import Declaration, Declarations, Envelope, Reply, Schema

_JSON: Final = "application/json"
_OF_TENANT: Final = (Denied, Conflict, Unavailable)
_OF_SOMETHING: Final = (NotFound, *_OF_TENANT)


def _limited(most: int = MAX_LIMIT) -> Mapping[str, Schema]:
    return {"limit": {"type": "integer", "minimum": 1, "maximum": most}}


_NUMBERED: Final[Mapping[str, Schema]] = {
    **_limited(),
    "cursor": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
_RUNS_PAGED: Final[Mapping[str, Schema]] = {
    **_limited(),
    "cursor": {"type": "string", "format": "strategy-cursor"},
}
_DRY_RUN: Final[Mapping[str, Schema]] = {"dryRun": {"type": "boolean"}}
_PARAMETERS: Final[Schema] = {
    "type": "object",
    "description": "The strategy's parameters; docs/reference/collector.md has every one.",
}


def _answer(
    kind: Any,
    meaning: str,
    *,
    errors: tuple[type[TenantryError], ...] = _OF_TENANT,
    parameters: Mapping[str, Schema] | None = None,
) -> Declaration:
    return Declaration(
        replies={200: Reply(meaning=meaning, content={_JSON: Envelope[kind]})},
        errors=errors,
        parameters=parameters or {},
    )


DECLARATIONS: Final[Declarations] = {
    f"GET {PATH}/status": _answer(CollectorStatus, "How collecting goes."),
    f"GET {PATH}/ledger": _answer(Ledger, "What is covered, and what is missing."),
    f"GET {PATH}/stats": _answer(Figures, "What came of all events."),
    f"GET {PATH}/dead-letters": _answer(
        DeadLetters, "Some of them.", errors=(Invalid, *_OF_TENANT), parameters=_NUMBERED
    ),
    f"POST {PATH}/start": _answer(Switch, "It is wanted."),
    f"POST {PATH}/stop": _answer(Switch, "It is not wanted any more."),
    f"POST {PATH}/replay": Declaration(
        body={NDJSON: {"type": "string", "description": "Events as JSON, one a line."}},
        is_body_required=False,
        replies={200: Reply(meaning="What came of them.", content={_JSON: Envelope[Figures]})},
        errors=(Invalid, TooLarge, UnsupportedMediaType, *_OF_TENANT),
    ),
    "GET /api/trending": _answer(
        Trending,
        "Who has gained the most followers.",
        errors=(Invalid, *_OF_TENANT),
        parameters=_limited(TRENDING[1]),
    ),
    "GET /api/growth-velocity": _answer(
        GrowthVelocity,
        "Who grows the fastest.",
        errors=(Invalid, *_OF_TENANT),
        parameters=_limited(GROWING[1]),
    ),
    "GET /api/engagement-leaders": _answer(
        EngagementLeaders,
        "Whose posts have got the most.",
        errors=(Invalid, *_OF_TENANT),
        parameters=_limited(LEADING[1]),
    ),
    "GET /api/network-stats": _answer(Network, "What there is."),
    f"POST {PATH}/strategies/{{name}}": Declaration(
        body={_JSON: _PARAMETERS},
        is_body_required=False,
        replies={
            200: Reply(meaning="What a run would be.", content={_JSON: Envelope[StrategyPlan]}),
            202: Reply(meaning="It is queued.", content={_JSON: Envelope[StrategyRunView]}),
        },
        errors=(Invalid, *_OF_SOMETHING),
        parameters=_DRY_RUN,
    ),
    f"GET {PATH}/strategies": _answer(
        StrategyRuns, "Some runs.", errors=(Invalid, *_OF_TENANT), parameters=_RUNS_PAGED
    ),
    f"GET {PATH}/strategies/runs/{{run}}": _answer(
        StrategyRunView, "How far it is.", errors=_OF_SOMETHING
    ),
    f"GET {PATH}/strategies/runs/{{run}}/users": _answer(
        FoundUsers, "Some of them.", errors=(Invalid, *_OF_SOMETHING), parameters=_RUNS_PAGED
    ),
    f"DELETE {PATH}/strategies/runs/{{run}}": _answer(
        StrategyRunView, "It has ended.", errors=_OF_SOMETHING
    ),
}
