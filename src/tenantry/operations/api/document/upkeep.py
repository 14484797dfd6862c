"""What the OpenAPI document says of probes, metrics, log, backup and master key."""

from typing import Final

from tenantry.base.errors import Denied, Unauthenticated, Unavailable
from tenantry.eventlog import VerifyReport
from tenantry.operations.api.document.piece import NO_STORE, RETRY_AFTER
from tenantry.operations.model import (
    DatabaseStatus,
    KeyStatus,
    LogHead,
    NodeHealthReport,
    ReadinessReport,
    RotationReport,
)
from tenantry.web import Declaration, Declarations, Envelope, HeaderField, Reply

NDJSON: Final = "application/x-ndjson"
OCTETS: Final = "application/octet-stream"
_JSON: Final = "application/json"

_POSITION: Final = HeaderField(
    name="X-Position",
    meaning="The last position in it.",
    schema={"type": "string", "pattern": "^[0-9]{1,18}$"},
    is_always_sent=True,
)
_FILE_NAME: Final = HeaderField(
    name="Content-Disposition", meaning="Proposes a file name.", is_always_sent=True
)

_LIVE: Final = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"const": "live"}},
}
_EXPECT: Final = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "expect": {
            "type": ["string", "null"],
            "description": "`POSITION:HASH`, written down earlier: with it also a log that was "
            "cut off or written anew is found.",
            "pattern": "^([0-9]{1,18}:[0-9a-fA-F]{64})?$",
        }
    },
}


def _probe(report: type, *, good: str, bad: str) -> Declaration:
    return Declaration(
        replies={
            200: Reply(meaning=good, content={_JSON: report}, headers=(NO_STORE,)),
            503: Reply(meaning=bad, content={_JSON: report}, headers=(NO_STORE, RETRY_AFTER)),
        }
    )


_NEW_KEY: Final = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "new_master_key": {
            "type": ["string", "null"],
            "description": "Base64 of 32 bytes, where `MASTER_KEY` is set.",
            "pattern": "^[A-Za-z0-9+/]{43}=$",
        }
    },
}

UPKEEP: Final[Declarations] = {
    "GET /livez": Declaration(
        replies={
            200: Reply(meaning="It lives.", content={_JSON: _LIVE}, headers=(NO_STORE,)),
        }
    ),
    "GET /readyz": _probe(ReadinessReport, good="Ready.", bad="Not ready."),
    "GET /v1/health": _probe(NodeHealthReport, good="Healthy.", bad="Unhealthy."),
    "GET /metrics": Declaration(
        replies={
            200: Reply(
                meaning="Every metric.",
                content={"text/plain": {"type": "string"}},
                headers=(NO_STORE,),
            )
        },
        errors=(Unauthenticated, Denied),
    ),
    "GET /api/db/status": Declaration(
        replies={
            200: Reply(
                meaning="Where the database stands.", content={_JSON: Envelope[DatabaseStatus]}
            )
        },
        errors=(Unavailable,),
    ),
    "GET /api/log/head": Declaration(
        replies={200: Reply(meaning="The end of the log.", content={_JSON: Envelope[LogHead]})},
        errors=(Unavailable,),
    ),
    "POST /api/log/verify": Declaration(
        body={_JSON: _EXPECT},
        is_body_required=False,
        replies={
            200: Reply(
                meaning="A line of JSON for each step; one envelope where Accept asks for it.",
                content={NDJSON: {"type": "string"}, _JSON: Envelope[VerifyReport]},
            )
        },
        errors=(Unavailable,),
    ),
    "GET /api/keys/status": Declaration(
        replies={
            200: Reply(
                meaning="How many data keys there are, and the master key's fingerprint.",
                content={_JSON: Envelope[KeyStatus]},
            )
        },
        errors=(Unavailable,),
    ),
    "POST /api/keys/rotate-master": Declaration(
        body={_JSON: _NEW_KEY},
        is_body_required=False,
        replies={
            200: Reply(
                meaning="All data keys are wrapped under the new master key.",
                content={_JSON: Envelope[RotationReport]},
            )
        },
        errors=(Unavailable,),
    ),
    "GET /api/backup": Declaration(
        replies={
            200: Reply(
                meaning="A backup of everything up to now.",
                content={OCTETS: {"type": "string", "format": "binary"}},
                headers=(_POSITION, _FILE_NAME, NO_STORE),
            )
        },
        errors=(Unavailable,),
    ),
}
