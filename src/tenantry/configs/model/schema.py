"""Schemas: what the values of a name, or of all names with a prefix, must look like."""

from typing import Literal

import msgspec

MAX_SCHEMA_BYTES = 128 * 1024
"""A schema's JSON; twice that, the one before included, is an event."""


class SchemaTarget(msgspec.Struct, frozen=True, order=True):
    """What a schema is about: one `name`, or every name that starts with a `prefix`."""

    kind: Literal["name", "prefix"]
    text: str

    def covers(self, name: str) -> bool:
        """Whether values of `name` must meet it."""
        return name == self.text if self.kind == "name" else name.startswith(self.text)


class Schema(msgspec.Struct, frozen=True):
    """One JSON Schema as it stands; `version` counts the changes of all its tenant's schemas."""

    target: SchemaTarget
    schema: bytes
    version: int
    position: int
    updated_at: int


class Schemas(msgspec.Struct, frozen=True):
    """All schemas of one tenant; `version` counts their changes, those of deleted ones included."""

    version: int = 0
    by_target: dict[SchemaTarget, Schema] = {}

    def covering(self, name: str) -> list[Schema]:
        """Return those that values of `name` must meet."""
        return [schema for target, schema in self.by_target.items() if target.covers(name)]

    def same_as(self, other: "Schemas") -> bool:
        """Whether both say the same, whatever was said in between."""
        return {target: s.schema for target, s in self.by_target.items()} == {
            target: s.schema for target, s in other.by_target.items()
        }


NO_SCHEMAS = Schemas()


class Violation(msgspec.Struct, frozen=True):
    """One way in which the value of `name` fails a schema of `layer`.

    `pointer` (RFC 6901) says where in the value, empty for the whole; `message` shows nothing of
    a sealed value.
    """

    name: str
    pointer: str
    message: str
    layer: Literal["own", "global"]
    target: SchemaTarget
