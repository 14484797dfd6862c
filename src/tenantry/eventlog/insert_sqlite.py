"""Appending to SQLite: decided in memory, written with one statement a table.

One statement, because beside a busy event loop it is the statement step that costs (each waits
for the interpreter again), not the row.
"""

import msgspec

from tenantry.db import Transaction
from tenantry.eventlog.chain import chain_hash
from tenantry.eventlog.event import (
    Appended,
    AppendRequest,
    Conflict,
    Fate,
    Head,
    KeyReused,
    Outcome,
    StaleStream,
    Unchanged,
    is_expected,
)
from tenantry.eventlog.heads import Heads, StreamKey
from tenantry.eventlog.store import has_changed, statements

_Known = tuple[bytes, int, int]
_Row = tuple[int, str, str, int, str, str, str, int, str]


class SqliteInserter:
    """Appends batches of requests; each request is all or nothing, all share one transaction."""

    is_only_one = True

    def __init__(self) -> None:
        self._heads = Heads()

    def insert(self, tx: Transaction, requests: list[AppendRequest], now_us: int) -> list[Outcome]:
        """Append `requests` in order and return their outcomes, in order."""
        # Whatever undoes this transaction also undoes what is remembered of it.
        tx.on_rollback(self._heads.forget)

        batch = _Batch(
            head=self._heads.head(tx),
            versions=self._heads.versions(tx, _stream_keys(requests)),
            known=_known_keys(tx, requests, now_us),
            now_us=now_us,
            tx=tx,
        )
        outcomes = [batch.decide(request) for request in requests]
        batch.write()
        self._heads.advance(batch.head, batch.versions)
        return outcomes


class _Batch:
    """The rows to be written, and the state each next request of the batch is decided on."""

    def __init__(
        self,
        *,
        head: Head,
        versions: dict[StreamKey, int],
        known: dict[tuple[str, str], _Known],
        now_us: int,
        tx: Transaction,
    ) -> None:
        self.head = head
        self.versions = versions
        self._known = known
        self._now_us = now_us
        self._tx = tx
        self._rows: list[_Row] = []
        self._key_rows: list[tuple[object, ...]] = []
        self._appended: set[Fate | None] = set()

    def decide(self, request: AppendRequest) -> Outcome:
        if (earlier := self._earlier(request)) is not None:
            return earlier

        stale = tuple(self._stale(request))
        stands = all(map(self._stands, request.only_after))
        if stale or not stands or self._has_changed(request.unchanged):
            return Conflict(stale)

        self._appended.add(request.fate)
        return self._append(request)

    def write(self) -> None:
        named, connection = statements(self._tx), self._tx.connection
        if self._rows:
            named.insert_events(connection, rows=msgspec.json.encode(self._rows).decode())
        if self._key_rows:
            named.insert_appends(connection, rows=msgspec.json.encode(self._key_rows).decode())

    def _earlier(self, request: AppendRequest) -> Outcome | None:
        key = request.idempotency_key
        if key is None:
            return None
        known = self._known.get((request.tenant_id, key.key))
        if known is None:
            return None
        digest, first, last = known
        if digest != key.request_digest:
            return KeyReused(key.key)
        return Appended(first=first, last=last, is_replay=True)

    def _stale(self, request: AppendRequest) -> list[StaleStream]:
        return [
            StaleStream(stream.stream, stream.expected_version, actual)
            for stream in request.streams
            if not is_expected(
                stream.expected_version,
                actual := self.versions[request.tenant_of(stream), stream.stream],
            )
        ]

    def _stands(self, earlier: Fate) -> bool:
        return earlier.is_appended or earlier in self._appended

    def _has_changed(self, unchanged: Unchanged | None) -> bool:
        if unchanged is None:
            return False
        is_in_batch = any(
            position > unchanged.after and unchanged.covers(tenant_id, stream)
            for position, tenant_id, stream, *_ in self._rows
        )
        return is_in_batch or has_changed(self._tx, unchanged)

    def _append(self, request: AppendRequest) -> Appended:
        first = self.head.position + 1
        recorded_at = max(self._now_us, self.head.recorded_at + 1)
        before = tuple(self.versions[request.tenant_of(s), s.stream] for s in request.streams)

        position, hash_, at = self.head.position, self.head.hash, recorded_at - 1
        for stream in request.streams:
            if not stream.events:
                continue
            version = self.versions[request.tenant_id, stream.stream]
            for event in stream.events:
                position, version, at = position + 1, version + 1, at + 1
                hash_ = chain_hash(
                    hash_,
                    position,
                    request.tenant_id,
                    stream.stream,
                    version,
                    event.type,
                    event.data,
                    event.metadata,
                    at,
                )
                self._rows.append(
                    (
                        position,
                        request.tenant_id,
                        stream.stream,
                        version,
                        event.type,
                        event.data.decode(),
                        event.metadata.decode(),
                        at,
                        hash_.hex(),
                    )
                )
            self.versions[request.tenant_id, stream.stream] = version

        if position >= first:
            self.head = Head(position=position, hash=hash_, recorded_at=at)
        self._remember(request, first, position)
        return Appended(first=first, last=position, recorded_at=recorded_at, versions=before)

    def _remember(self, request: AppendRequest, first: int, last: int) -> None:
        key = request.idempotency_key
        if key is None:
            return
        if key.expires_at > self._now_us:
            self._known[request.tenant_id, key.key] = (key.request_digest, first, last)
        self._key_rows.append(
            (request.tenant_id, key.key, key.request_digest.hex(), first, last, key.expires_at)
        )


def _stream_keys(requests: list[AppendRequest]) -> list[StreamKey]:
    return [(request.tenant_of(s), s.stream) for request in requests for s in request.streams]


def _known_keys(
    tx: Transaction, requests: list[AppendRequest], now_us: int
) -> dict[tuple[str, str], _Known]:
    keys = [(r.tenant_id, r.idempotency_key.key) for r in requests if r.idempotency_key]
    if not keys:
        return {}
    rows = statements(tx).appends_of_keys(
        tx.connection, keys=msgspec.json.encode(keys).decode(), now_us=now_us
    )
    return {(tenant, key): (digest, first, last) for tenant, key, digest, first, last in rows}
