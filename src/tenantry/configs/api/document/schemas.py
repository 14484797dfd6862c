"""The routes of schemas, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Final

from tenantry.base.errors import Unavailable
from tenantry.configs.api.document.piece import (
    CHANGED_AT,
    JSON,
    OF_A_PREFIX,
    OF_ONE,
    OK,
    SCHEMA,
    STORED_OR_TRIED,
    TEXT,
)
from tenantry.configs.errors import (
    ConfigNameInvalid,
    ConfigNotFound,
    ConfigSchemaInvalid,
    ConfigSchemaViolated,
)
from tenantry.vault import SealBroken, VaultClosed, WrongMasterKey
from tenantry.web import Declaration, Declarations, Reply, Schema


def _routes(
    path: str, parameters: Mapping[str, Schema], *, also: tuple[str, ...] = ()
) -> Declarations:
    shown = {**SCHEMA, "type": ["object", "boolean", *also]}
    return {
        f"GET {path}": Declaration(
            parameters=parameters,
            replies={200: Reply(meaning="The schema.", content={JSON: shown})},
            errors=(ConfigNameInvalid, ConfigNotFound, Unavailable),
        ),
        f"PUT {path}": Declaration(
            parameters=parameters,
            body={JSON: SCHEMA},
            replies={
                200: Reply(
                    meaning="Set; or, with `dry_run`, what it would reject.",
                    content={TEXT: OK, JSON: STORED_OR_TRIED},
                )
            },
            errors=(
                ConfigNameInvalid,
                ConfigSchemaInvalid,
                ConfigSchemaViolated,
                SealBroken,
                VaultClosed,
                WrongMasterKey,
                Unavailable,
            ),
        ),
        f"DELETE {path}": Declaration(
            parameters=parameters,
            replies={200: Reply(meaning="Deleted.", content={TEXT: OK}, headers=(CHANGED_AT,))},
            errors=(ConfigNameInvalid, ConfigNotFound, Unavailable),
        ),
    }


SCHEMAS: Final[Declarations] = {
    **_routes("/config/{name}/schema", OF_ONE, also=("array",)),
    **_routes("/config/schema", OF_A_PREFIX),
}
