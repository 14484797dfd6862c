"""The routes of flags, for the OpenAPI document."""

from typing import Any, Final

from tenantry.base.errors import NotFound, Unavailable
from tenantry.flags.errors import FlagContextInvalid
from tenantry.flags.model import MAX_CONTEXT_BYTES
from tenantry.web import Declaration, Declarations, HeaderField, Reply, Schema

_JSON: Final = "application/json"
_EVENT_STREAM: Final = "text/event-stream"
_KEY: Final[Schema] = {"type": "string", "minLength": 1}
_METADATA: Final[Schema] = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_CODES: Final = ["FLAG_NOT_FOUND", "PARSE_ERROR", "INVALID_CONTEXT", "GENERAL"]
_FAILURE: Final[dict[str, Any]] = {
    "title": "EvaluationFailure",
    "type": "object",
    "required": ["errorCode", "errorDetails"],
    "properties": {
        "key": {"type": "string"},
        "errorCode": {"enum": _CODES},
        "errorDetails": {"type": "string"},
        "metadata": _METADATA,
    },
}
_SUCCESS: Final[Schema] = {
    "type": "object",
    "required": ["key", "reason", "variant"],
    "properties": {
        "key": {"type": "string"},
        "value": {"description": "Not there where whoever asks is to take their own default."},
        "reason": {
            "enum": ["STATIC", "TARGETING_MATCH", "SPLIT", "DEFAULT", "DISABLED"],
        },
        "variant": {"type": "string", "description": "Empty where there is no value."},
        "metadata": _METADATA,
    },
}
_REQUEST: Final[Schema] = {
    "type": "object",
    "description": f"Of at most {MAX_CONTEXT_BYTES} bytes.",
    "properties": {
        "context": {
            "type": ["object", "null"],
            "properties": {
                "targetingKey": {
                    "type": ["string", "null"],
                    "description": "For whom: what shares are dealt by.",
                }
            },
        }
    },
}
_ALL: Final[Schema] = {
    "type": "object",
    "required": ["flags"],
    "properties": {
        "flags": {"type": "array", "items": {"anyOf": [_SUCCESS, _FAILURE]}},
        "eventStreams": {"type": "array", "items": {"type": "object"}},
        "metadata": _METADATA,
    },
}
_FLAGD: Final[Schema] = {
    "type": "object",
    "required": ["flags"],
    "properties": {
        "$schema": {"type": "string"},
        "flags": {"type": "object", "additionalProperties": {"type": "object"}},
        "metadata": _METADATA,
    },
}
_EVENT: Final[Schema] = {
    "description": "One event of the stream; `data` is JSON.",
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"const": "message"},
        "id": {"type": "string"},
        "data": {"type": "string"},
    },
}
_ETAG: Final = HeaderField(
    name="ETag",
    meaning="The same as long as every flag is.",
    schema={"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    is_always_sent=True,
)
_IF_NOT_KNOWN: Final = HeaderField(
    name="If-None-Match", meaning="The ETag of an earlier answer, in quotes."
)
_PRIVATE: Final = HeaderField(
    name="Cache-Control", meaning="What one gets depends on who asks.", is_always_sent=True
)
_VARY: Final = HeaderField(name="Vary", meaning="Who asks, and for which tenant.")
_OF_A_SET: Final = (_ETAG, _PRIVATE, _VARY)
_UNCHANGED: Final = Reply(meaning="It is as `If-None-Match` says.", headers=_OF_A_SET)

DECLARATIONS: Final[Declarations] = {
    "POST /ofrep/v1/evaluate/flags/{key}": Declaration(
        parameters={"key": _KEY},
        body={_JSON: _REQUEST},
        is_body_required=False,
        replies={200: Reply(meaning="What the flag is.", content={_JSON: _SUCCESS})},
        errors=(FlagContextInvalid, NotFound, Unavailable),
        error_shape=_FAILURE,
    ),
    "POST /ofrep/v1/evaluate/flags": Declaration(
        parameters={
            "flagConfigEtag": {"type": "string"},
            "flagConfigLastModified": {"type": ["string", "integer"]},
        },
        headers=(_IF_NOT_KNOWN,),
        body={_JSON: _REQUEST},
        is_body_required=False,
        replies={
            200: Reply(
                meaning="What each flag is, by key.", content={_JSON: _ALL}, headers=_OF_A_SET
            ),
            304: _UNCHANGED,
        },
        errors=(FlagContextInvalid, Unavailable),
        error_shape=_FAILURE,
    ),
    "GET /ofrep/v1/events": Declaration(
        headers=(
            HeaderField(
                name="Last-Event-ID",
                meaning="Go on behind this event.",
                schema={"type": "string", "pattern": "^[0-9]{1,18}$"},
            ),
        ),
        replies={
            200: Reply(
                meaning="A stream that does not end: an event whenever flags have changed.",
                content={_EVENT_STREAM: _EVENT},
                headers=(
                    HeaderField(
                        name="Cache-Control",
                        meaning="A stream is of this moment.",
                        schema={"const": "no-store"},
                        is_always_sent=True,
                    ),
                ),
            )
        },
        errors=(Unavailable,),
        error_shape=_FAILURE,
    ),
    "GET /flags.json": Declaration(
        headers=(_IF_NOT_KNOWN,),
        replies={
            200: Reply(meaning="The flags.", content={_JSON: _FLAGD}, headers=_OF_A_SET),
            304: _UNCHANGED,
        },
        errors=(Unavailable,),
    ),
}
