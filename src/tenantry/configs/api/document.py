"""What the OpenAPI document says of the routes of settings: what each takes and answers.

A route that is not declared here fails the test of the document, so a new one starts with a line.
"""

from typing import Final

import msgspec

from tenantry.base.errors import Unavailable
from tenantry.configs.api.listing import MAX_LIMIT
from tenantry.configs.api.reply import ConfigItem, ConfigJson
from tenantry.configs.errors import (
    ConfigDeleted,
    ConfigExposed,
    ConfigNameInvalid,
    ConfigNotFound,
    ConfigSchemaViolated,
    ConfigTimestampInvalid,
    ConfigValueInvalid,
    ConfigValueTooLarge,
    ConfigVersionMismatch,
    IdempotencyKeyReused,
)
from tenantry.configs.model import MAX_NAME_CHARACTERS, RESERVED_NAMES, ConfigRecord, WorkerStats
from tenantry.configs.service.runtime import ProjectionReport
from tenantry.eventlog import RebuildReport
from tenantry.web import Declaration, Declarations, Envelope, HeaderField, Reply, Schema

_PREFIX: Final = "/config"
_TWIN: Final = "/v1/config"
_JSON: Final = "application/json"
_TEXT: Final = "text/plain"
_FORM: Final = "application/x-www-form-urlencoded"

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
_OF_ONE: Final = {"name": _NAME, "at": _MOMENT, "timestamp": _INSTANT}
_OF_THE_LIST: Final = {
    "at": _MOMENT,
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    "cursor": {"type": "string", "format": "cursor"},
}

# Headers of requests.
_TAGS: Final = '(W/)?"[^"]*"'
_AWAITED: Final = HeaderField(
    name="X-Position",
    meaning="Answer only when this node has come so far.",
    schema=_DIGITS,
)
_IF_NOT_KNOWN: Final = HeaderField(
    name="If-None-Match", meaning="Versions the reader has, in quotes; `*` for any."
)
_IF_MATCH: Final = HeaderField(
    name="If-Match",
    meaning="Only where this is the version, in quotes; `*` where there is any value.",
    schema={
        "type": "string",
        "format": "entity-tags",
        "maxLength": 1024,
        "pattern": f"^(\\*|{_TAGS}( *, *{_TAGS})*)$",
    },
)
_IF_ABSENT: Final = HeaderField(
    name="If-None-Match", meaning="Only where there is no value.", schema={"enum": ["*"]}
)
_IDEMPOTENCY_KEY: Final = HeaderField(
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
_CHANGED_AT: Final = HeaderField(
    name="X-Position",
    meaning="The position in the log of the change that made it so.",
    schema=_DIGITS,
    is_always_sent=True,
)
_VARY: Final = HeaderField(
    name="Vary", meaning="Accept chooses the form.", schema={"const": "accept"}
)
_NEXT: Final = HeaderField(
    name="Link",
    meaning="Leads to the next page, where there is one.",
    schema={"type": "string", "pattern": '^<[^>]+>; rel="next"$'},
)
_OF_A_SETTING: Final = (_VERSION, _CHANGED_AT, _VARY)

# Bodies.
_VALUE: Final[Schema] = {
    "description": "The value; with `Accept: application/json` all about it, the JSON form.",
    "anyOf": [{"$ref": "#/components/schemas/ConfigJson"}, {}],
}
_NEW_VALUE: Final[Schema] = {
    "type": "object",
    "required": ["value"],
    "additionalProperties": False,
    "properties": {
        "value": {"description": "Any JSON of at most 1,000,000 characters."},
        "secret": {
            "type": "boolean",
            "description": "Seal it: it is never shown, but to whom may.",
        },
        "force": {"type": "boolean", "description": "Seal it whatever its history shows."},
    },
}
_NEW_TEXT: Final[Schema] = {
    "type": "object",
    "required": ["value"],
    "additionalProperties": False,
    "properties": {
        "value": {"type": "string"},
        "secret": {"enum": ["true", "false"]},
        "force": {"enum": ["true", "false"]},
    },
}
_OK: Final[Schema] = {"const": "OK"}

_AS_IT_IS: Final = Reply(
    meaning="The value.",
    content={_TEXT: {"type": "string"}, _JSON: _VALUE},
    headers=_OF_A_SETTING,
)
_ERRORS_OF_A_WRITE: Final = (
    ConfigNameInvalid,
    ConfigVersionMismatch,
    IdempotencyKeyReused,
    Unavailable,
)

_SETTINGS: Final[Declarations] = {
    "GET /config": Declaration(
        parameters=_OF_THE_LIST,
        headers=(_AWAITED,),
        replies={
            200: Reply(
                meaning="The settings, by the code points of their names.",
                content={_JSON: list[ConfigItem]},
                headers=(_NEXT,),
            )
        },
        errors=(Unavailable,),
    ),
    "GET /config/{name}": Declaration(
        parameters=_OF_ONE,
        headers=(_IF_NOT_KNOWN, _AWAITED),
        replies={
            200: _AS_IT_IS,
            304: Reply(meaning="The reader has this version.", headers=_OF_A_SETTING),
        },
        errors=(ConfigNameInvalid, ConfigNotFound, Unavailable),
    ),
    "PUT /config/{name}": Declaration(
        parameters=_OF_ONE,
        headers=(_IF_MATCH, _IF_ABSENT, _IDEMPOTENCY_KEY),
        body={_JSON: _NEW_VALUE, _FORM: _NEW_TEXT},
        replies={
            200: Reply(
                meaning="Stored: durable, and visible on this node.",
                content={_TEXT: _OK, _JSON: ConfigJson},
                headers=_OF_A_SETTING,
                links=(
                    "GET /config/{name}",
                    "DELETE /config/{name}",
                    "GET /config/{name}/history",
                ),
            )
        },
        errors=(
            *_ERRORS_OF_A_WRITE,
            ConfigValueInvalid,
            ConfigValueTooLarge,
            ConfigExposed,
            ConfigSchemaViolated,
        ),
    ),
    "DELETE /config/{name}": Declaration(
        parameters=_OF_ONE,
        headers=(_IF_MATCH, _IDEMPOTENCY_KEY),
        replies={
            200: Reply(
                meaning="Deleted; the history stays.",
                content={_TEXT: _OK},
                headers=(_CHANGED_AT,),
                links=("GET /config/{name}", "PUT /config/{name}", "DELETE /config/{name}"),
            )
        },
        errors=(*_ERRORS_OF_A_WRITE, ConfigNotFound, ConfigDeleted),
    ),
    "GET /config/{name}/history": Declaration(
        parameters=_OF_ONE,
        replies={
            200: Reply(
                meaning="All that ever happened to the name, oldest first.",
                content={_JSON: list[ConfigRecord]},
            )
        },
        errors=(ConfigNameInvalid, Unavailable),
    ),
    "GET /config/{name}/at/{timestamp}": Declaration(
        parameters=_OF_ONE,
        replies={200: _AS_IT_IS},
        errors=(ConfigNameInvalid, ConfigTimestampInvalid, ConfigNotFound, Unavailable),
    ),
}


def _figures(meaning: str, data: type) -> Declaration:
    return Declaration(
        replies={200: Reply(meaning=meaning, content={_JSON: data})}, errors=(Unavailable,)
    )


_RUNTIME: Final[Declarations] = {
    "GET /api/config/worker": _figures("Its figures.", Envelope[WorkerStats]),
    "POST /api/config/worker/restart": _figures("Its figures.", Envelope[WorkerStats]),
    "POST /api/config/worker/test": _figures("Its figures.", Envelope[WorkerStats]),
    "GET /api/config/projection": _figures("Where it stands.", Envelope[ProjectionReport]),
    "POST /api/config/projection/rebuild": _figures("What was built.", Envelope[RebuildReport]),
    "POST /api/config/projection/reconnect": _figures(
        "Where it stands.", Envelope[ProjectionReport]
    ),
}


def _twin(route: str) -> str:
    return route.replace(f" {_PREFIX}", f" {_TWIN}", 1)


def _twin_of(declaration: Declaration) -> Declaration:
    """Return `declaration` with its links leading to twins."""
    replies = {
        status: msgspec.structs.replace(reply, links=tuple(_twin(link) for link in reply.links))
        for status, reply in declaration.replies.items()
    }
    return msgspec.structs.replace(declaration, replies=replies)


DECLARATIONS: Final[Declarations] = {
    **_SETTINGS,
    **{_twin(route): _twin_of(declaration) for route, declaration in _SETTINGS.items()},
    **_RUNTIME,
}
"""By route; each of a setting under both its prefixes."""
