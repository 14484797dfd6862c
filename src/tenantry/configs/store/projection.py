"""The tree in memory: every live setting of every tenant."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec

from tenantry.configs.model import MAX_NAME_CHARACTERS, ConfigEntry
from tenantry.configs.store.codec import VALUE_DELETED, VALUE_SET, entry_of
from tenantry.eventlog import RecordedEvent, in_chunks

_LAST_OF_A_NAME = "\U0010ffff" * MAX_NAME_CHARACTERS
_RECORDS = 256


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """One entry in a snapshot."""

    tenant_id: str
    name: str
    value: bytes
    version: int
    position: int
    updated_at: int


_PAGE = msgspec.msgpack.Decoder(list[_Row])
_ENCODER = msgspec.msgpack.Encoder()


class ConfigStateProjection:
    """The present tree, built from the log; what is deleted is not in it.

    So its size follows the live settings, and whoever needs a deleted one asks the log.
    """

    name = "configs"
    state_version = 1

    def __init__(self) -> None:
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
            if event.type == VALUE_SET:
                self._put(event.tenant_id, entry_of(event))
            elif event.type == VALUE_DELETED:
                self._remove(event.tenant_id, entry_of(event).name)

    def fresh(self) -> "ConfigStateProjection":
        """Return an empty one."""
        return ConfigStateProjection()

    def copy(self) -> "ConfigStateProjection":
        """Return one that later events do not change; the entries are shared, being frozen."""
        copied = ConfigStateProjection()
        copied._trees = {tenant: dict(tree) for tenant, tree in self._trees.items()}
        return copied

    def encode(self) -> Iterable[bytes]:
        """Encode the tree in chunks."""
        rows = [
            _Row(tenant, e.name, e.value, e.version, e.position, e.updated_at)
            for tenant, tree in self._trees.items()
            for e in tree.values()
        ]
        pages = (rows[at : at + _RECORDS] for at in range(0, len(rows), _RECORDS))
        return in_chunks(_framed(_ENCODER.encode(page)) for page in pages)

    def decode(self, chunks: Iterable[bytes]) -> None:
        """Take the tree over from a snapshot's chunks."""
        for row in chain.from_iterable(_pages(chunk) for chunk in chunks):
            entry = ConfigEntry(row.name, row.value, row.version, row.position, row.updated_at)
            self._put(row.tenant_id, entry)

    def digest(self) -> str:
        """Return SHA-256 over every setting, its version and its position, in order."""
        total = hashlib.sha256()
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

    def _names(self, tenant_id: str) -> list[str]:
        """Return the sorted names, sorted once until one comes or goes."""
        names = self._sorted.get(tenant_id)
        if names is None:
            names = self._sorted[tenant_id] = sorted(self._trees.get(tenant_id, ()))
        return names


def _framed(page: bytes) -> bytes:
    return len(page).to_bytes(4, "big") + page


def _pages(chunk: bytes) -> Iterable[_Row]:
    at = 0
    while at < len(chunk):
        size = int.from_bytes(chunk[at : at + 4], "big")
        yield from _PAGE.decode(chunk[at + 4 : at + 4 + size])
        at += 4 + size
