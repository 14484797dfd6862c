"""What the OpenAPI document says of health, breakers and limits."""

from typing import Any, Final

import msgspec

from tenantry.base.errors import NotFound, Unavailable, Unprocessable
from tenantry.operations.api.document.piece import NO_STORE, RETRY_AFTER
from tenantry.operations.model import (
    MAX_OVERRIDE_SECONDS,
    MAX_REASON_CHARACTERS,
    OVERRIDES,
    BreakerStatus,
)
from tenantry.operations.service import DatabaseFigures
from tenantry.reliability import HEALTH_JSON, HealthReport
from tenantry.web import (
    IDEMPOTENCY_KEY,
    Declaration,
    Declarations,
    Envelope,
    Meta,
    Reply,
    Standing,
)

_JSON: Final = "application/json"
_REASON: Final = {
    "type": ["string", "null"],
    "maxLength": MAX_REASON_CHARACTERS,
    "pattern": "^[^\\u0000]*$",
    "description": "Why; it stands in the event log.",
}
_SECONDS: Final = {
    "type": ["number", "null"],
    "exclusiveMinimum": 0,
    "maximum": MAX_OVERRIDE_SECONDS,
    "description": "After how long it ends by itself; never, where it is left out.",
}


class HealthAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How everything is; `success` is false where something is unhealthy."""

    success: bool
    data: HealthReport
    meta: Meta


def _order(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _declared(action: str) -> Declaration:
    is_reset = action == "reset"
    properties = {"reason": _REASON} if is_reset else {"reason": _REASON, "seconds": _SECONDS}
    return Declaration(
        body={_JSON: _order(properties)},
        is_body_required=False,
        headers=(IDEMPOTENCY_KEY,),
        replies={
            200: Reply(meaning="The breaker after that.", content={_JSON: Envelope[BreakerStatus]})
        },
        errors=(NotFound, Unprocessable, Unavailable),
    )


RELIABILITY: Final[Declarations] = {
    "GET /health": Declaration(
        replies={
            200: Reply(
                meaning="Healthy or degraded.",
                content={_JSON: HealthAnswer, HEALTH_JSON: {"type": "object"}},
                headers=(NO_STORE,),
            ),
            503: Reply(
                meaning="Unhealthy.",
                content={_JSON: HealthAnswer, HEALTH_JSON: {"type": "object"}},
                headers=(NO_STORE, RETRY_AFTER),
            ),
        }
    ),
    "GET /api/reliability/breakers": Declaration(
        replies={
            200: Reply(
                meaning="Every breaker of this node.",
                content={_JSON: Envelope[list[BreakerStatus]]},
            )
        }
    ),
    "GET /api/reliability/database": Declaration(
        replies={
            200: Reply(
                meaning="What this node has asked of its database.",
                content={_JSON: Envelope[DatabaseFigures]},
            )
        }
    ),
    "GET /api/reliability/limits": Declaration(
        replies={
            200: Reply(
                meaning="Where who asks stands with each limit.",
                content={_JSON: Envelope[list[Standing]]},
            )
        }
    ),
    **{
        f"POST /api/reliability/breakers/{{name}}/{action}": _declared(action)
        for action in OVERRIDES
    },
}
