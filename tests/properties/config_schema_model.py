"""What schemas should do: a handful of them, each beside the same rule in plain Python."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from tenantry.configs import GLOBAL_TENANT, SchemaTarget


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


MEETS: dict[bytes, Callable[[Any], bool]] = {
    b'{"type":"integer"}': lambda value: _is_number(value) and value == int(value),
    b'{"type":"string"}': lambda value: isinstance(value, str),
    b'{"maxLength":3}': lambda value: not isinstance(value, str) or len(value) <= 3,
    b'{"enum":["on","off",1]}': lambda value: (
        value in ("on", "off") or (_is_number(value) and value == 1)
    ),
}
SCHEMAS = sorted(MEETS)


class SchemaChange(msgspec.Struct, frozen=True):
    """A schema was set, or deleted where it is None."""

    tenant_id: str
    target: SchemaTarget
    schema: bytes | None
    position: int


class SchemaModel:
    """Every change of every schema in one list."""

    def __init__(self) -> None:
        self.changes: list[SchemaChange] = []

    def fork(self) -> "SchemaModel":
        """Return the same again."""
        copied = SchemaModel()
        copied.changes = self.changes[:]
        return copied

    def at(self, tenant_id: str, position: int = 2**62) -> dict[SchemaTarget, bytes]:
        """Return the schemas that a tenant had set itself at a position."""
        lasts = {
            change.target: change.schema
            for change in self.changes
            if change.tenant_id == tenant_id and change.position <= position
        }
        return {target: schema for target, schema in lasts.items() if schema is not None}

    def version(self, tenant_id: str) -> int:
        """Return how often a tenant's schemas have changed."""
        return sum(change.tenant_id == tenant_id for change in self.changes)

    def position(self, tenant_id: str, target: SchemaTarget) -> int:
        """Return where a schema was changed last."""
        return [c for c in self.changes if (c.tenant_id, c.target) == (tenant_id, target)][
            -1
        ].position

    def meets(self, tenant_id: str, name: str, value: bytes) -> bool:
        """Whether a value meets every schema that binds a tenant's name."""
        return meets_all(name, value, self.at(tenant_id)) and meets_all(
            name, value, self.at(GLOBAL_TENANT)
        )


def meets_all(name: str, value: bytes, schemas: dict[SchemaTarget, bytes]) -> bool:
    """Whether a value of `name` meets those of `schemas` that are about it."""
    return all(
        MEETS[schema](json.loads(value))
        for target, schema in schemas.items()
        if target.covers(name)
    )
