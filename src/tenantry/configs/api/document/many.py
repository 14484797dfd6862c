"""The routes of many settings, for the OpenAPI document."""

from typing import Final

from tenantry.base.errors import Conflict, Unavailable
from tenantry.configs.api.document.piece import (
    AWAITED,
    CHANGED_AT,
    CHANGES,
    EVENT_STREAM,
    JSON,
    LAST_EVENT_ID,
    MOMENT_TO_RESTORE,
    NEXT,
    NO_STORE_EVER,
    OF_THE_DIFF,
    OF_THE_LIST,
    OF_THE_WATCH,
    SECOND_MOMENT,
    STREAMED,
)
from tenantry.configs.api.explaining import DifferenceJson
from tenantry.configs.api.many import ChangesJson, RolledBackJson
from tenantry.configs.api.reply import ConfigItem
from tenantry.configs.errors import (
    ChangesConflict,
    ConfigExposed,
    ConfigNameInvalid,
    ConfigSchemaViolated,
    ConfigValueInvalid,
    ConfigValueTooLarge,
    IdempotencyKeyReused,
)
from tenantry.vault import SealBroken, VaultClosed, WrongMasterKey
from tenantry.web import IDEMPOTENCY_KEY, Declaration, Declarations, Reply

MANY: Final[Declarations] = {
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
    "POST /config": Declaration(
        headers=(IDEMPOTENCY_KEY,),
        body={JSON: CHANGES},
        replies={
            200: Reply(
                meaning="All of it is done, at once.",
                content={JSON: ChangesJson},
                headers=(CHANGED_AT,),
            )
        },
        errors=(
            ConfigNameInvalid,
            ConfigValueInvalid,
            ConfigValueTooLarge,
            ChangesConflict,
            ConfigExposed,
            ConfigSchemaViolated,
            IdempotencyKeyReused,
            VaultClosed,
            WrongMasterKey,
            Unavailable,
        ),
    ),
    "POST /config/rollback": Declaration(
        headers=(IDEMPOTENCY_KEY,),
        body={JSON: MOMENT_TO_RESTORE},
        replies={
            200: Reply(
                meaning="Restored, by one new change.",
                content={JSON: RolledBackJson},
                headers=(CHANGED_AT,),
            )
        },
        errors=(
            Conflict,
            ConfigSchemaViolated,
            IdempotencyKeyReused,
            SealBroken,
            VaultClosed,
            WrongMasterKey,
            Unavailable,
        ),
    ),
    "GET /config/diff": Declaration(
        parameters=OF_THE_DIFF,
        headers=(AWAITED,),
        replies={
            200: Reply(
                meaning="What is not the same, by the code points of the names.",
                content={JSON: list[DifferenceJson]},
                headers=(SECOND_MOMENT,),
            )
        },
        errors=(Unavailable,),
    ),
    "GET /config/watch": Declaration(
        parameters=OF_THE_WATCH,
        headers=(LAST_EVENT_ID, AWAITED),
        replies={
            200: Reply(
                meaning="A stream that does not end: each change as an event.",
                content={EVENT_STREAM: STREAMED},
                headers=(NO_STORE_EVER,),
            )
        },
        errors=(ConfigNameInvalid, Unavailable),
    ),
}
