"""What the routes of settings take and send, piece by piece: for the OpenAPI document."""

from typing import Final

from tenantry.configs.api.listing import MAX_LIMIT
from tenantry.configs.model import MAX_NAME_CHARACTERS, RESERVED_NAMES
from tenantry.web import HeaderField, Schema

JSON: Final = "application/json"
TEXT: Final = "text/plain"
FORM: Final = "application/x-www-form-urlencoded"

# Paths and queries.
_NAME: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_NAME_CHARACTERS,
    "pattern": "^[^/\\u0000-\\u001f\\u007f-\\u009f]*$",
    "not": {"enum": sorted(RESERVED_NAMES)},
}
_POSITION: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
_DIGITS: Final[Schema] = {"type": "string", "pattern": "^[0-9]{1,18}$"}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_MOMENT: Final[Schema] = {"anyOf": [_POSITION, _INSTANT]}
OF_ONE: Final = {"name": _NAME, "at": _MOMENT, "timestamp": _INSTANT}
OF_THE_LIST: Final = {
    "at": _MOMENT,
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
IDEMPOTENCY_KEY: Final = HeaderField(
    name="Idempotency-Key",
    meaning="The same request again, with the same key, gets the first result.",
    schema={"type": "string", "pattern": "^[!-~]{1,255}$"},
)

# Headers of answers.
_VERSION: Final = HeaderField(
    name="ETag",
    meaning="The version of the setting.",
    schema={"type": "string", "pattern": '^"[1-9][0-9]*"$'},
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
        "secret": {"const": False, "description": "This version cannot seal values."},
    },
}
NEW_TEXT: Final[Schema] = {
    "type": "object",
    "required": ["value"],
    "additionalProperties": False,
    "properties": {"value": {"type": "string"}},
}
OK: Final[Schema] = {"const": "OK"}
