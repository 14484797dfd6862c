"""Snapshots: a projection's state at a position, so that a start need not replay the whole log."""

from collections.abc import Iterable

import msgspec

from tenantry.base import Clock
from tenantry.db import Database, System, Transaction
from tenantry.eventlog import store

_SYSTEM = System("snapshots")


class Snapshot(msgspec.Struct, frozen=True):
    """The state of a projection at `position`, whose hash was `hash`, as it encoded itself."""

    position: int
    hash: bytes
    chunks: tuple[bytes, ...]


class Snapshots:
    """The snapshots of one projection.

    `state_version` belongs to the encoding: another version's snapshots are passed over.
    """

    def __init__(
        self, *, database: Database, clock: Clock, projection: str, state_version: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._projection = projection
        self._state_version = state_version

    async def load(self) -> Snapshot | None:
        """Return the latest usable snapshot.

        One whose hash is not the log's at that position belongs to another history (a restored
        database, a tampered log) and is passed over; `tenantry log verify` reports it.
        """
        found = None
        # Another node may store a newer one, and forget this, while its chunks are being read.
        while (row := await self._database.read(_SYSTEM, self._find)) not in (None, found):
            found = row
            position, hash_, chunk_count = row
            chunks = await self._read_chunks(position, chunk_count)
            if len(chunks) == chunk_count:
                return Snapshot(position=position, hash=hash_, chunks=chunks)
        return None

    async def save(self, *, position: int, chunks: Iterable[bytes]) -> None:
        """Store the state at `position`, then forget the older ones.

        A crash in the middle leaves chunks that count for nothing until the next save.
        """
        hash_ = await self._database.read(_SYSTEM, store.read_hash, position)
        if hash_ is None:
            return

        count = 0
        for count, data in enumerate(chunks, 1):
            await self._database.write(_SYSTEM, self._write_chunk, position, count - 1, data)
        await self._database.write(_SYSTEM, self._complete, position, hash_, count)

    async def forget(self) -> None:
        """Delete every snapshot of the projection."""
        await self._database.write(_SYSTEM, self._forget)

    async def _read_chunks(self, position: int, count: int) -> tuple[bytes, ...]:
        """Return the chunks up to the first that is not there."""
        chunks: list[bytes] = []
        while len(chunks) < count:
            chunk = await self._database.read(_SYSTEM, self._read_chunk, position, len(chunks))
            if chunk is None:
                break
            chunks.append(chunk)
        return tuple(chunks)

    def _find(self, tx: Transaction) -> tuple[int, bytes, int] | None:
        row = store.statements(tx).latest_snapshot(
            tx.connection, projection=self._projection, state_version=self._state_version
        )
        if row is None or store.read_hash(tx, row[0]) != bytes(row[1]):
            return None
        return row[0], bytes(row[1]), row[2]

    def _read_chunk(self, tx: Transaction, position: int, chunk: int) -> bytes | None:
        found = store.statements(tx).snapshot_chunk(
            tx.connection,
            projection=self._projection,
            state_version=self._state_version,
            position=position,
            chunk=chunk,
        )
        return None if found is None else bytes(found)

    def _write_chunk(self, tx: Transaction, position: int, chunk: int, data: bytes) -> None:
        store.statements(tx).add_snapshot_chunk(
            tx.connection,
            projection=self._projection,
            state_version=self._state_version,
            position=position,
            chunk=chunk,
            data=data,
        )

    def _complete(self, tx: Transaction, position: int, hash_: bytes, count: int) -> None:
        named = store.statements(tx)
        named.add_snapshot(
            tx.connection,
            projection=self._projection,
            position=position,
            hash=hash_,
            state_version=self._state_version,
            chunk_count=count,
            created_at=self._clock.now_us(),
        )
        named.forget_snapshots_before(tx.connection, projection=self._projection, position=position)
        named.forget_chunks_before(tx.connection, projection=self._projection, position=position)

    def _forget(self, tx: Transaction) -> None:
        named = store.statements(tx)
        named.forget_snapshots(tx.connection, projection=self._projection)
        named.forget_chunks(tx.connection, projection=self._projection)
