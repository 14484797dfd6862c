"""Values against the schemas they must meet, and how an append rests on those schemas."""

from functools import lru_cache
from typing import Any, Literal

from tenantry.configs import rules
from tenantry.configs.errors import ConfigSchemaViolated
from tenantry.configs.model import (
    GLOBAL_TENANT,
    SCHEMAS_STREAM,
    Schema,
    Schemas,
    SetConfigValue,
    Violation,
    layer_of,
)
from tenantry.configs.service.states import ConfigStates
from tenantry.eventlog import StreamAppend

_CACHED_CONDITIONS = 4_096

Layered = tuple[Literal["own", "global"], Schema]


class SchemaGuard:
    """Checks what is about to be stored."""

    def __init__(self, *, states: ConfigStates) -> None:
        self._states = states

    def violations(
        self, tenant_id: str, command: SetConfigValue, *, is_secret: bool
    ) -> list[Violation]:
        """Return how the value fails the schemas of the tenant and of global.

        As they stand on this node; an append rests on them by `conditions`.
        """
        own, inherited = self._states.schemas(tenant_id), self._states.schemas(GLOBAL_TENANT)
        if not own.by_target and not inherited.by_target:
            return []
        schemas = applying(tenant_id, own, inherited)
        return rules.violations_of(command.name, command.value, schemas, is_secret=is_secret)

    def conditions(self, tenant_id: str) -> tuple[StreamAppend, ...]:
        """Return what an append rests on: that no schema has been set or deleted meanwhile."""
        return schema_conditions(
            tenant_id,
            self._states.schemas(tenant_id).version,
            self._states.schemas(GLOBAL_TENANT).version,
        )


def applying(tenant_id: str, own: Schemas, inherited: Schemas) -> list[Layered]:
    """Return every schema that values of a tenant must meet, with its layer."""
    schemas: list[Layered] = [(layer_of(tenant_id), each) for each in own.by_target.values()]
    if tenant_id != GLOBAL_TENANT:
        schemas += [("global", each) for each in inherited.by_target.values()]
    return schemas


@lru_cache(maxsize=_CACHED_CONDITIONS)
def schema_conditions(
    tenant_id: str, version: int, global_version: int
) -> tuple[StreamAppend, ...]:
    """Return the conditions that the schemas are at these versions."""
    own = StreamAppend(SCHEMAS_STREAM, version)
    if tenant_id == GLOBAL_TENANT:
        return (own,)
    return own, StreamAppend(SCHEMAS_STREAM, global_version, tenant_id=GLOBAL_TENANT)


def violated(violations: list[Violation]) -> ConfigSchemaViolated:
    """Build the error that lists every violation."""
    first = violations[0]
    where = f"{first.name}{first.pointer and ' at ' + first.pointer}"
    more = f", and {len(violations) - 1} more" if len(violations) > 1 else ""
    return ConfigSchemaViolated(
        f"{where}: {first.message}{more}",
        details={"violations": [told_violation(violation) for violation in violations]},
    )


def told_violation(violation: Violation) -> dict[str, Any]:
    """Return a violation as it is told: which name, where in it, what, and by which schema."""
    return {
        "name": violation.name,
        "pointer": violation.pointer,
        "message": violation.message,
        "schema": {"layer": violation.layer, violation.target.kind: violation.target.text},
    }
