"""The tree in memory: every live setting of every tenant, and the schemas they must meet."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tenantry.configs.model import (
    MAX_NAME_CHARACTERS,
    NO_SCHEMAS,
    ConfigEntry,
    Schema,
    Schemas,
    layer_of,
)
from tenantry.configs.store.codec import SCHEMA_TYPES, VALUE_SET, VALUE_TYPES, entry_of
from tenantry.configs.store.schemas import schemas_after
from tenantry.eventlog import RecordedEvent, decode_rows, encode_rows
from tenantry.tenants import TENANT_ERASED

_LAST_OF_A_NAME = "\U0010ffff" * MAX_NAME_CHARACTERS


class _Row(msgspec.Struct, frozen=True, array_like=True, tag="v"):
    """One entry in a snapshot."""

    tenant_id: str
    name: str
    value: bytes
    version: int
    position: int
    updated_at: int
    sealed: str | None


class _SchemasRow(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """All schemas of one tenant in a snapshot."""

    tenant_id: str
    version: int
    schemas: list[Schema]


class _ErasedRow(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """A tenant that was erased, in a snapshot."""

    tenant_id: str


_AnyRow = _Row | _SchemasRow | _ErasedRow
_PAGE = msgspec.msgpack.Decoder(list[_AnyRow])
_ENCODER = msgspec.msgpack.Encoder()


class ConfigStateProjection:
    """The present tree, built from the log; what is deleted is not in it.

    So its size follows the live settings, and whoever needs a deleted one asks the log. Of a tenant
    that was erased there is only that it was.
    """

    name = "configs"
    state_version = 3

    def __init__(self) -> None:
        self._erased: set[str] = set()
        self._schemas: dict[str, Schemas] = {}
        self._trees: dict[str, dict[str, ConfigEntry]] = {}
        self._sorted: dict[str, list[str]] = {}

    def get(self, tenant_id: str, name: str) -> ConfigEntry | None:
        """Return a live setting."""
        tree = self._trees.get(tenant_id)
        return tree.get(name) if tree is not None else None

    def entries(
        self,
        tenant_id: str,
        *,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
    ) -> list[ConfigEntry]:
        """Return live settings by the code points of their names, behind the name `after`."""
        names = self._names(tenant_id)
        start = bisect_left(names, prefix)
        if after is not None:
            start = max(start, bisect_left(names, after + "\x00"))
        stop = bisect_left(names, prefix + _LAST_OF_A_NAME) if prefix else len(names)
        if limit is not None:
            stop = min(stop, start + limit)
        tree = self._trees.get(tenant_id, {})
        return [tree[name] for name in names[start:stop]]

    def trees(self) -> dict[str, list[ConfigEntry]]:
        """Return the live settings of every tenant."""
        return {tenant: list(tree.values()) for tenant, tree in self._trees.items() if tree}

    def schemas(self, tenant_id: str) -> Schemas:
        """Return the schemas that a tenant has set itself."""
        return self._schemas.get(tenant_id, NO_SCHEMAS)

    @property
    def count(self) -> int:
        """How many live settings there are, of all tenants."""
        return sum(len(tree) for tree in self._trees.values())

    def get_state(self, tenant_id: str) -> dict[str, Any]:
        """Return one tenant's settings as plain values by name."""
        tree = self._trees.get(tenant_id, {})
        return {name: msgspec.json.decode(tree[name].value) for name in self._names(tenant_id)}

    def apply(self, events: Sequence[RecordedEvent]) -> None:
        """Take in the next events of the log; those of other features pass by."""
        for event in events:
            if event.tenant_id in self._erased:
                continue
            if event.type == VALUE_SET:
                self._put(event.tenant_id, entry_of(event))
            elif event.type in VALUE_TYPES:
                self._remove(event.tenant_id, entry_of(event).name)
            elif event.type in SCHEMA_TYPES:
                before = self.schemas(event.tenant_id)
                self._schemas[event.tenant_id] = schemas_after(before, event)
            elif event.type == TENANT_ERASED:
                self._erase(event.tenant_id)

    def has_erased(self, tenant_id: str) -> bool:
        """Whether a tenant was erased, for good."""
        return tenant_id in self._erased

    def fresh(self) -> "ConfigStateProjection":
        """Return an empty one."""
        return ConfigStateProjection()

    def copy(self) -> "ConfigStateProjection":
        """Return one that later events do not change; the entries are shared, being frozen."""
        copied = ConfigStateProjection()
        copied._trees = {tenant: dict(tree) for tenant, tree in self._trees.items()}
        copied._schemas = dict(self._schemas)
        copied._erased = set(self._erased)
        return copied

    def encode(self) -> Iterable[bytes]:
        """Encode tree, schemas and erased tenants in chunks."""
        rows: list[_AnyRow] = [
            _Row(tenant, e.name, e.value, e.version, e.position, e.updated_at, e.sealed)
            for tenant, tree in self._trees.items()
            for e in tree.values()
        ]
        rows += [
            _SchemasRow(tenant, schemas.version, list(schemas.by_target.values()))
            for tenant, schemas in self._schemas.items()
        ]
        rows += [_ErasedRow(tenant) for tenant in self._erased]
        return encode_rows(rows)

    def decode(self, chunks: Iterable[bytes]) -> None:
        """Take everything over from a snapshot's chunks."""
        for row in decode_rows(chunks, _PAGE):
            if isinstance(row, _ErasedRow):
                self._erased.add(row.tenant_id)
                continue
            if isinstance(row, _SchemasRow):
                by_target = {schema.target: schema for schema in row.schemas}
                self._schemas[row.tenant_id] = Schemas(row.version, by_target)
                continue
            entry = ConfigEntry(
                row.name,
                row.value,
                row.version,
                row.position,
                row.updated_at,
                layer=layer_of(row.tenant_id),
                sealed=row.sealed,
            )
            self._put(row.tenant_id, entry)

    def digest(self) -> str:
        """Return SHA-256 over every setting and schema, with version and position, in order.

        And over the tenants that were erased.
        """
        total = hashlib.sha256()
        total.update(_ENCODER.encode(sorted(self._erased)))
        for tenant, schemas in sorted(self._schemas.items()):
            total.update(_ENCODER.encode((tenant, schemas.version)))
            for _, schema in sorted(schemas.by_target.items()):
                total.update(_ENCODER.encode(schema))
        for tenant in sorted(tenant for tenant, tree in self._trees.items() if tree):
            for entry in self.entries(tenant):
                total.update(_ENCODER.encode((tenant, entry)))
        return total.hexdigest()

    def _put(self, tenant_id: str, entry: ConfigEntry) -> None:
        tree = self._trees.get(tenant_id)
        if tree is None:
            tree = self._trees[tenant_id] = {}
        if entry.name not in tree:
            self._sorted.pop(tenant_id, None)
        tree[entry.name] = entry

    def _remove(self, tenant_id: str, name: str) -> None:
        tree = self._trees.get(tenant_id)
        if tree is not None and tree.pop(name, None) is not None:
            self._sorted.pop(tenant_id, None)

    def _erase(self, tenant_id: str) -> None:
        self._erased.add(tenant_id)
        for of_tenants in (self._trees, self._schemas, self._sorted):
            of_tenants.pop(tenant_id, None)

    def _names(self, tenant_id: str) -> list[str]:
        """Return the sorted names, sorted once until one comes or goes."""
        names = self._sorted.get(tenant_id)
        if names is None:
            names = self._sorted[tenant_id] = sorted(self._trees.get(tenant_id, ()))
        return names
