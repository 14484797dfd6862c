"""What the SQLite appender keeps in memory: the end of the log and the versions of streams."""

from collections.abc import Iterable

import msgspec

from tenantry.db import Transaction
from tenantry.eventlog.event import Head
from tenantry.eventlog.store import read_head, statements

CACHED_STREAMS = 100_000
"""Streams whose version is kept; a stream beyond that is asked for again."""

StreamKey = tuple[str, str]


class Heads:
    """The head and the streams' versions, as the next append of this process will find them.

    Sound because one process writes the file. Whatever is undone calls `forget`, after which the
    database is asked again.
    """

    def __init__(self) -> None:
        self._head: Head | None = None
        self._versions: dict[StreamKey, int] = {}

    def head(self, tx: Transaction) -> Head:
        """Return the end of the log."""
        if self._head is None:
            self._head = read_head(tx)
        return self._head

    def versions(self, tx: Transaction, keys: Iterable[StreamKey]) -> dict[StreamKey, int]:
        """Return the version of each stream, 0 where it has no event."""
        wanted = dict.fromkeys(keys)
        missing = [key for key in wanted if key not in self._versions]
        if missing:
            found = statements(tx).versions_of_streams(
                tx.connection, streams=msgspec.json.encode(missing).decode()
            )
            ((versions,),) = found
            self._versions.update(zip(missing, msgspec.json.decode(versions), strict=True))
        return {key: self._versions[key] for key in wanted}

    def advance(self, head: Head, versions: dict[StreamKey, int]) -> None:
        """Note what has been appended."""
        self._head = head
        self._versions.update(versions)
        if len(self._versions) > CACHED_STREAMS:
            self._versions.clear()

    def forget(self) -> None:
        """Drop everything: what was noted may not be in the database."""
        self._head = None
        self._versions.clear()
