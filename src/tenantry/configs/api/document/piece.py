"""What the routes of settings take and send, piece by piece: for the OpenAPI document."""

from typing import Final

from tenantry.configs.api.listing import MAX_LIMIT
from tenantry.configs.model import MAX_NAME_CHARACTERS, RESERVED_NAMES
from tenantry.configs.rules import MAX_CHANGES
from tenantry.web import HeaderField, Schema

JSON: Final = "application/json"
TEXT: Final = "text/plain"
FORM: Final = "application/x-www-form-urlencoded"
EVENT_STREAM: Final = "text/event-stream"

# Paths and queries.
_NAME: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_NAME_CHARACTERS,
    "pattern": "^[^/\\u0000-\\u001f\\u007f-\\u009f]*$",
    "description": "Reserved are " + ", ".join(sorted(RESERVED_NAMES)) + ".",
}
_POSITION: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
_DIGITS: Final[Schema] = {"type": "string", "pattern": "^[0-9]{1,18}$"}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_MOMENT: Final[Schema] = {"anyOf": [_POSITION, _INSTANT]}
_PREFIX: Final[Schema] = {
    "type": "string",
    "maxLength": MAX_NAME_CHARACTERS,
    "pattern": "^[^/\\u0000-\\u001f\\u007f-\\u009f]*$",
}
_LAYER: Final[Schema] = {"enum": ["own"]}
OF_ONE: Final = {
    "name": _NAME,
    "at": _MOMENT,
    "timestamp": _INSTANT,
    "layer": _LAYER,
    "wait": {
        "type": "string",
        "format": "wait",
        "pattern": "^(([1-9]|[1-5][0-9]|60)s|([1-9][0-9]{3}|[1-5][0-9]{4}|60000)ms)$",
    },
    "version": {"type": "string", "pattern": "^(global:)?(0|[1-9][0-9]{0,17})$"},
}
OF_A_PREFIX: Final = {"prefix": _PREFIX}
OF_THE_WATCH: Final = {"prefix": _PREFIX, "from": _DIGITS}
OF_THE_DIFF: Final = {"prefix": _PREFIX, "from": _MOMENT, "to": _MOMENT, "layer": _LAYER}
OF_THE_LIST: Final = {
    "at": _MOMENT,
    "layer": _LAYER,
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    "cursor": {"type": "string", "format": "cursor"},
}

# Headers of requests.
_TAGS: Final = '(W/)?"[^"]*"'
AWAITED: Final = HeaderField(
    name="X-Position",
    meaning="Answer only when this node has come so far.",
    schema=_DIGITS,
)
IF_NOT_KNOWN: Final = HeaderField(
    name="If-None-Match", meaning="Versions the reader has, in quotes; `*` for any."
)
IF_MATCH: Final = HeaderField(
    name="If-Match",
    meaning="Only where this is the version, in quotes; `*` where there is any value.",
    schema={
        "type": "string",
        "format": "entity-tags",
        "maxLength": 1024,
        "pattern": f"^(\\*|{_TAGS}([ \\t]*,[ \\t]*{_TAGS})*)$",
    },
)
IF_ABSENT: Final = HeaderField(
    name="If-None-Match", meaning="Only where there is no value.", schema={"enum": ["*"]}
)

# Headers of answers.
_VERSION: Final = HeaderField(
    name="ETag",
    meaning="The version of the setting.",
    schema={"type": "string", "pattern": '^"(global:)?[1-9][0-9]*"$'},
    is_always_sent=True,
)
CHANGED_AT: Final = HeaderField(
    name="X-Position",
    meaning="The position in the log of the change that made it so.",
    schema=_DIGITS,
    is_always_sent=True,
)
_VARY: Final = HeaderField(
    name="Vary", meaning="Accept chooses the form.", schema={"const": "accept"}
)
NEXT: Final = HeaderField(
    name="Link",
    meaning="Leads to the next page, where there is one.",
    schema={"type": "string", "pattern": '^<[^>]+>; rel="next"$'},
)
NO_STORE: Final = HeaderField(
    name="Cache-Control", meaning="With the value of a secret.", schema={"const": "no-store"}
)
NO_STORE_EVER: Final = HeaderField(
    name="Cache-Control",
    meaning="A stream is of this moment.",
    schema={"const": "no-store"},
    is_always_sent=True,
)
SECOND_MOMENT: Final = HeaderField(
    name="X-Position",
    meaning="The position in the log of the second moment.",
    schema=_DIGITS,
    is_always_sent=True,
)
LAST_EVENT_ID: Final = HeaderField(
    name="Last-Event-ID",
    meaning="Go on behind this position; it wins over `from`.",
    schema=_DIGITS,
)
OF_A_SETTING: Final = (_VERSION, CHANGED_AT, _VARY)

# Bodies.
VALUE: Final[Schema] = {
    "description": "The value; with `Accept: application/json` all about it, the JSON form.",
    "anyOf": [{"$ref": "#/components/schemas/ConfigJson"}, {}],
}
NEW_VALUE: Final[Schema] = {
    "type": "object",
    "required": ["value"],
    "additionalProperties": False,
    "properties": {
        "value": {"description": "Any JSON of at most 1,000,000 characters."},
        "secret": {
            "type": "boolean",
            "description": "Seal it; a name that is a secret stays one until it is deleted.",
        },
        "force": {
            "type": "boolean",
            "description": "Seal it although the history has values that are not.",
        },
    },
}
NEW_TEXT: Final[Schema] = {
    "type": "object",
    "required": ["value"],
    "additionalProperties": False,
    "properties": {
        "value": {"type": "string"},
        "secret": {"enum": ["true", "false"]},
        "force": {"enum": ["true", "false"]},
    },
}
OK: Final[Schema] = {"const": "OK"}
_ONE_POSITION: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
_CHANGE: Final[Schema] = {
    "oneOf": [
        {
            "type": "object",
            "required": ["op", "name", "value"],
            "additionalProperties": False,
            "properties": {
                "op": {"const": "set"},
                "name": _NAME,
                "value": {"description": "Any JSON of at most 1,000,000 characters."},
                "expected_version": _ONE_POSITION,
                "secret": {"type": "boolean"},
                "force": {"type": "boolean"},
            },
        },
        {
            "type": "object",
            "required": ["op", "name"],
            "additionalProperties": False,
            "properties": {
                "op": {"const": "delete"},
                "name": _NAME,
                "expected_version": {**_ONE_POSITION, "minimum": 1},
            },
        },
    ]
}
CHANGES: Final[Schema] = {
    "type": "object",
    "required": ["changes"],
    "additionalProperties": False,
    "properties": {
        "changes": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_CHANGES,
            "items": _CHANGE,
            "description": "Each name once; `expected_version` 0 where there must be no value.",
        }
    },
}
VERSION_TO_RESTORE: Final[Schema] = {
    "type": "object",
    "required": ["version"],
    "additionalProperties": False,
    "properties": {"version": {**_ONE_POSITION, "minimum": 1}},
}
MOMENT_TO_RESTORE: Final[Schema] = {
    "type": "object",
    "required": ["to"],
    "additionalProperties": False,
    "properties": {
        "to": {"anyOf": [_ONE_POSITION, _INSTANT]},
        "prefix": _PREFIX,
        "expected_position": _ONE_POSITION,
    },
}
SCHEMA: Final[Schema] = {
    "description": "A JSON Schema of draft 2020-12 that refers to nothing outside itself.",
    "type": ["object", "boolean"],
}
STORED_OR_TRIED: Final[Schema] = {
    "type": "object",
    "anyOf": [
        {"required": ["version", "position", "updated_at"]},
        {"required": ["checked", "count", "rejected"]},
    ],
}
STREAMED: Final[Schema] = {
    "description": "One event of the stream; `data` is JSON.",
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["start", "snapshot", "set", "delete"]},
        "id": _DIGITS,
        "data": {"type": "string"},
    },
}
