"""The routes of one setting, for the OpenAPI document."""

from typing import Final

from tenantry.base.errors import Unavailable
from tenantry.configs.api.document.piece import (
    AWAITED,
    CHANGED_AT,
    FORM,
    IF_ABSENT,
    IF_MATCH,
    IF_NOT_KNOWN,
    JSON,
    NEW_TEXT,
    NEW_VALUE,
    NO_STORE,
    OF_A_SETTING,
    OF_ONE,
    OK,
    TEXT,
    VALUE,
    VERSION_TO_RESTORE,
)
from tenantry.configs.api.many import RolledBackJson
from tenantry.configs.api.reply import ConfigJson
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
    NothingSealed,
)
from tenantry.configs.model import ConfigRecord
from tenantry.vault import SealBroken, Shredded, VaultClosed, WrongMasterKey
from tenantry.web import IDEMPOTENCY_KEY, Declaration, Declarations, Reply

_AS_IT_IS: Final = Reply(
    meaning="The value; `[secret]` in the place of one that the caller may not see.",
    content={TEXT: {"type": "string"}, JSON: VALUE},
    headers=(*OF_A_SETTING, NO_STORE),
)
_ERRORS_OF_A_SEAL: Final = (VaultClosed, WrongMasterKey)
_ERRORS_OF_A_READ: Final = (
    ConfigNameInvalid,
    ConfigNotFound,
    Shredded,
    SealBroken,
    *_ERRORS_OF_A_SEAL,
    Unavailable,
)
_ERRORS_OF_A_WRITE: Final = (
    ConfigNameInvalid,
    ConfigVersionMismatch,
    IdempotencyKeyReused,
    *_ERRORS_OF_A_SEAL,
    Unavailable,
)

ONE: Final[Declarations] = {
    "GET /config/{name}": Declaration(
        parameters=OF_ONE,
        headers=(IF_NOT_KNOWN, AWAITED),
        replies={
            200: _AS_IT_IS,
            304: Reply(
                meaning="The reader has this version, or it was still that one after `wait`.",
                headers=OF_A_SETTING,
            ),
        },
        errors=_ERRORS_OF_A_READ,
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
                    "POST /config/{name}/rollback",
                ),
            )
        },
        errors=(
            *_ERRORS_OF_A_WRITE,
            ConfigValueInvalid,
            ConfigValueTooLarge,
            ConfigSchemaViolated,
            ConfigExposed,
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
        errors=(*_ERRORS_OF_A_WRITE, ConfigNotFound, ConfigDeleted, NothingSealed),
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
        headers=(IF_NOT_KNOWN,),
        replies={
            200: _AS_IT_IS,
            304: Reply(meaning="The reader has this version.", headers=OF_A_SETTING),
        },
        errors=(ConfigTimestampInvalid, *_ERRORS_OF_A_READ),
    ),
    "POST /config/{name}/rollback": Declaration(
        parameters=OF_ONE,
        headers=(IDEMPOTENCY_KEY,),
        body={JSON: VERSION_TO_RESTORE},
        replies={
            200: Reply(
                meaning="Restored, by a new change.",
                content={JSON: RolledBackJson},
                headers=(CHANGED_AT,),
            )
        },
        errors=(
            ConfigNameInvalid,
            ConfigNotFound,
            ConfigSchemaViolated,
            IdempotencyKeyReused,
            SealBroken,
            *_ERRORS_OF_A_SEAL,
            Unavailable,
        ),
    ),
}
