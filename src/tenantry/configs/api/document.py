"""What the OpenAPI document says of the routes of settings: what each takes and answers.

A route that is not declared here fails the test of the document, so a new one starts with a line.
"""

from typing import Final

import msgspec

from tenantry.base.errors import Unavailable
from tenantry.configs.api.piece import (
    AWAITED,
    CHANGED_AT,
    FORM,
    IDEMPOTENCY_KEY,
    IF_ABSENT,
    IF_MATCH,
    IF_NOT_KNOWN,
    JSON,
    NEW_TEXT,
    NEW_VALUE,
    NEXT,
    OF_A_SETTING,
    OF_ONE,
    OF_THE_LIST,
    OK,
    TEXT,
    VALUE,
)
from tenantry.configs.api.reply import ConfigItem, ConfigJson
from tenantry.configs.errors import (
    ConfigDeleted,
    ConfigNameInvalid,
    ConfigNotFound,
    ConfigTimestampInvalid,
    ConfigValueInvalid,
    ConfigValueTooLarge,
    ConfigVersionMismatch,
    IdempotencyKeyReused,
    SecretsNotSupported,
)
from tenantry.configs.model import ConfigRecord, WorkerStats
from tenantry.configs.service.runtime import ProjectionReport
from tenantry.eventlog import RebuildReport
from tenantry.web import Declaration, Declarations, Envelope, Reply

_PREFIX: Final = "/config"
_TWIN: Final = "/v1/config"
_AS_IT_IS: Final = Reply(
    meaning="The value.",
    content={TEXT: {"type": "string"}, JSON: VALUE},
    headers=OF_A_SETTING,
)
_ERRORS_OF_A_WRITE: Final = (
    ConfigNameInvalid,
    ConfigVersionMismatch,
    IdempotencyKeyReused,
    Unavailable,
)

_SETTINGS: Final[Declarations] = {
    "GET /config": Declaration(
        parameters=OF_THE_LIST,
        headers=(AWAITED,),
        replies={
            200: Reply(
                meaning="The settings, by the code points of their names.",
                content={JSON: list[ConfigItem]},
                headers=(NEXT,),
            )
        },
        errors=(Unavailable,),
    ),
    "GET /config/{name}": Declaration(
        parameters=OF_ONE,
        headers=(IF_NOT_KNOWN, AWAITED),
        replies={
            200: _AS_IT_IS,
            304: Reply(meaning="The reader has this version.", headers=OF_A_SETTING),
        },
        errors=(ConfigNameInvalid, ConfigNotFound, Unavailable),
    ),
    "PUT /config/{name}": Declaration(
        parameters=OF_ONE,
        headers=(IF_MATCH, IF_ABSENT, IDEMPOTENCY_KEY),
        body={JSON: NEW_VALUE, FORM: NEW_TEXT},
        replies={
            200: Reply(
                meaning="Stored: durable, and visible on this node.",
                content={TEXT: OK, JSON: ConfigJson},
                headers=OF_A_SETTING,
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
            SecretsNotSupported,
        ),
    ),
    "DELETE /config/{name}": Declaration(
        parameters=OF_ONE,
        headers=(IF_MATCH, IDEMPOTENCY_KEY),
        replies={
            200: Reply(
                meaning="Deleted; the history stays.",
                content={TEXT: OK},
                headers=(CHANGED_AT,),
                links=("GET /config/{name}", "PUT /config/{name}", "DELETE /config/{name}"),
            )
        },
        errors=(*_ERRORS_OF_A_WRITE, ConfigNotFound, ConfigDeleted),
    ),
    "GET /config/{name}/history": Declaration(
        parameters=OF_ONE,
        replies={
            200: Reply(
                meaning="All that ever happened to the name, oldest first.",
                content={JSON: list[ConfigRecord]},
            )
        },
        errors=(ConfigNameInvalid, Unavailable),
    ),
    "GET /config/{name}/at/{timestamp}": Declaration(
        parameters=OF_ONE,
        replies={200: _AS_IT_IS},
        errors=(ConfigNameInvalid, ConfigTimestampInvalid, ConfigNotFound, Unavailable),
    ),
}


def _figures(meaning: str, data: type) -> Declaration:
    return Declaration(
        replies={200: Reply(meaning=meaning, content={JSON: data})}, errors=(Unavailable,)
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
