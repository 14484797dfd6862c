"""What the OpenAPI document says of drills."""

from typing import Any, Final

from tenantry.base.errors import Conflict, TenantryError, Unavailable
from tenantry.operations.model import (
    MAX_DELAY_SECONDS,
    MAX_LOST_CALLS,
    MECHANISMS,
    DrillBegun,
    ReadEvidence,
    WorkerEvidence,
)
from tenantry.reliability import BreakerOpen
from tenantry.web import Declaration, Declarations, Envelope, Reply

_JSON: Final = "application/json"
_SECONDS: Final = {"type": "number", "minimum": 0, "maximum": MAX_DELAY_SECONDS}
_BOOLEAN: Final = {"type": "boolean"}


def _declared(
    answer: Any,
    meaning: str,
    properties: dict[str, Any],
    *required: str,
    errors: tuple[type[TenantryError], ...] = (Conflict, Unavailable),
) -> Declaration:
    body: dict[str, Any] = {
        "type": "object" if required else ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }
    if required:
        body["required"] = list(required)
    return Declaration(
        body={_JSON: body} if properties else {},
        is_body_required=bool(required),
        replies={200: Reply(meaning=meaning, content={_JSON: Envelope[answer]})},
        errors=errors,
    )


DRILL: Final[Declarations] = {
    "POST /api/drill/begin": _declared(
        DrillBegun,
        "The drill may go on.",
        {"sabotaged": {"enum": [*MECHANISMS, None]}},
    ),
    "POST /api/drill/end": _declared(None, "It is over.", {}, errors=()),
    "POST /api/drill/read": _declared(
        ReadEvidence,
        "How the read went.",
        {
            "lost_calls": {"type": "integer", "minimum": 0, "maximum": MAX_LOST_CALLS},
            "delay_seconds": _SECONDS,
            "is_statement_wrong": _BOOLEAN,
        },
    ),
    "POST /api/drill/call": _declared(
        None,
        "The call was made.",
        {"is_failing": _BOOLEAN, "seconds": _SECONDS},
        errors=(Conflict, Unavailable, BreakerOpen),
    ),
    "POST /api/drill/limited": _declared(None, "There was a token left.", {}),
    "POST /api/drill/health": _declared(
        None,
        "The health check says so.",
        {"status": {"enum": ["healthy", "degraded"]}},
        "status",
    ),
    "POST /api/drill/worker": _declared(WorkerEvidence, "How the worker is.", {"kill": _BOOLEAN}),
}
