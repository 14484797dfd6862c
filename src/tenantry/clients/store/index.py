"""Which clients there are, in memory: what each is called, and what it was made of last."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from tenantry.clients.model import (
    KINDS,
    STREAM_PREFIX,
    ClientApplied,
    ClientRegistered,
    Counts,
    FieldsChanged,
)
from tenantry.clients.store.codec import PREFIX, decode_event
from tenantry.eventlog import RecordedEvent, decode_rows, encode_rows
from tenantry.tenants import TENANT_ERASED

_APPLIED: Final = "clients.client_applied.v1"
_COMPONENTS: Final = "clients.components_changed.v1"
_FIELDS: Final = "clients.fields_changed.v1"
_REGISTERED: Final = "clients.client_registered.v1"


class IndexEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A client at its last revision.

    `version` is that of its stream; `file_digest` the source digest of the last revision that came
    from a file, `applied_at` (µs since 1970) when the last one was applied, `whitelist` the
    origins of its pages, and `has_components` whether it ever declared any.
    One `is_edited` that has been changed since its last file by somebody else; one that
    `is_partial` was applied past errors, so the same declaration is not done with.
    `item_counts` says how many items of each kind it has, as far as they are managed.
    """

    tenant_id: str
    key: str
    client_id: str
    name: str
    revision: int = 0
    version: int = 0
    digest: str = ""
    source_digest: str = ""
    file_digest: str = ""
    file_revision: int = 0
    held_back: tuple[str, ...] = ()
    applied_at: int = 0
    whitelist: tuple[str, ...] = ()
    has_components: bool = False
    is_edited: bool = False
    is_partial: bool = False
    item_counts: dict[str, int] = {}


_PAGE: Final = msgspec.msgpack.Decoder(list[IndexEntry])
_ENCODER: Final = msgspec.msgpack.Encoder()


class ClientIndex:
    """All clients there are, built from the log; their states are in the database."""

    name = "clients"
    state_version = 1

    def __init__(self) -> None:
        self._tenants: dict[str, dict[str, IndexEntry]] = {}
        self._origins: dict[str, dict[tuple[str, str], None]] = {}

    def find(self, tenant_id: str, key: str) -> IndexEntry | None:
        """Return a client of a tenant that has a revision."""
        entry = self._tenants.get(tenant_id, {}).get(key)
        return entry if entry is not None and entry.revision else None

    def of_tenant(self, tenant_id: str) -> list[IndexEntry]:
        """Return a tenant's clients, by key."""
        clients = self._tenants.get(tenant_id, {})
        return [entry for _, entry in sorted(clients.items()) if entry.revision]

    def of_origin(self, origin: str) -> list[IndexEntry]:
        """Return the clients whose whitelist has this web origin."""
        found = (self.find(*known) for known in self._origins.get(origin, ()))
        return [entry for entry in found if entry is not None]

    def apply(self, events: Sequence[RecordedEvent]) -> None:
        """Take in the next events of the log; those of other features pass by."""
        for event in events:
            if event.type == TENANT_ERASED:
                self._forget(event.tenant_id)
            elif event.type.startswith(PREFIX):
                self._apply(event)

    def fresh(self) -> "ClientIndex":
        """Return an empty one."""
        return ClientIndex()

    def copy(self) -> "ClientIndex":
        """Return one that later events do not change; what it holds is shared, being frozen."""
        copied = ClientIndex()
        copied._take(self._rows())
        return copied

    def encode(self) -> Iterable[bytes]:
        """Encode everything in chunks."""
        return encode_rows(self._rows())

    def decode(self, chunks: Iterable[bytes]) -> None:
        """Take everything over from a snapshot's chunks."""
        self._take(decode_rows(chunks, _PAGE))

    def digest(self) -> str:
        """Return SHA-256 over everything, in order."""
        total = hashlib.sha256()
        for row in sorted(_ENCODER.encode(row) for row in self._rows()):
            total.update(row)
        return total.hexdigest()

    def _apply(self, event: RecordedEvent) -> None:
        key = event.stream.removeprefix(STREAM_PREFIX)
        before = self._tenants.get(event.tenant_id, {}).get(key)
        # Most events are about items, which nobody looks for here.
        if event.type == _COMPONENTS and before is not None:
            self._put(msgspec.structs.replace(before, has_components=True))
        if event.type not in (_REGISTERED, _FIELDS, _APPLIED):
            return
        change = decode_event(event)
        if isinstance(change, ClientRegistered):
            self._put(
                IndexEntry(
                    tenant_id=event.tenant_id,
                    key=key,
                    client_id=change.client_id,
                    name=change.name,
                )
            )
        elif before is not None and isinstance(change, FieldsChanged):
            self._put(_with_fields(before, change))
        elif before is not None and isinstance(change, ClientApplied):
            self._put(_with_revision(before, change, event))

    def _put(self, entry: IndexEntry) -> None:
        known = (entry.tenant_id, entry.key)
        before = self._tenants.get(entry.tenant_id, {}).get(entry.key)
        for origin in before.whitelist if before is not None else ():
            self._origins.get(origin, {}).pop(known, None)
        for origin in entry.whitelist:
            self._origins.setdefault(origin, {})[known] = None
        self._tenants.setdefault(entry.tenant_id, {})[entry.key] = entry

    def _forget(self, tenant_id: str) -> None:
        for key, entry in self._tenants.pop(tenant_id, {}).items():
            for origin in entry.whitelist:
                self._origins.get(origin, {}).pop((tenant_id, key), None)

    def _rows(self) -> list[IndexEntry]:
        return [entry for clients in self._tenants.values() for entry in clients.values()]

    def _take(self, rows: Iterable[IndexEntry]) -> None:
        for row in rows:
            self._put(row)


def _with_fields(before: IndexEntry, change: FieldsChanged) -> IndexEntry:
    whitelist = before.whitelist
    if "whitelist" in change.fields:
        whitelist = _origins_of(change.fields["whitelist"])
    elif "whitelist" in change.removed:
        whitelist = ()
    name = before.name if "name" not in change.fields else str(change.fields["name"])
    return msgspec.structs.replace(before, name=name, whitelist=whitelist)


def _with_revision(before: IndexEntry, change: ClientApplied, event: RecordedEvent) -> IndexEntry:
    # As the state has it: what is applied after all is held back no longer.
    held_back = dict.fromkeys((*before.held_back, *change.held_back))
    held_back.pop(change.source_digest, None)
    is_of_file = change.source == "file" and not change.rolled_back_to
    return msgspec.structs.replace(
        before,
        revision=change.revision,
        version=event.version,
        digest=change.digest,
        source_digest=change.source_digest,
        file_digest=change.source_digest if is_of_file else before.file_digest,
        file_revision=change.revision if is_of_file else before.file_revision,
        held_back=tuple(held_back),
        item_counts={kind: _present(getattr(change.counts, kind)) for kind in KINDS},
        is_edited=_is_edited(before, change),
        is_partial=change.is_partial,
        applied_at=event.recorded_at,
    )


def _is_edited(before: IndexEntry, change: ClientApplied) -> bool:
    if change.rolled_back_to:
        # What was edited behind the last file still is where one goes back to it.
        return change.rolled_back_to > before.file_revision
    return change.source != "file"


def _origins_of(whitelist: Iterable[str]) -> tuple[str, ...]:
    """Return a whitelist as browsers write origins; the originals have host names in it too."""
    origins = list[str]()
    for entry in whitelist:
        origin = entry.lower().rstrip("/")
        origins += [origin] if "://" in origin else [f"https://{origin}", f"http://{origin}"]
    return tuple(dict.fromkeys(origins))


def _present(counts: Counts) -> int:
    return counts.added + counts.updated + counts.moved + counts.unchanged
