"""Two read models of the same simple thing, events a stream: one in memory, one in a table."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from tenantry.db import System, Transaction
from tenantry.eventlog import EventLog, RecordedEvent, in_chunks

SYSTEM = System("fault tests")

_CREATE = "CREATE TABLE IF NOT EXISTS fault_counts (stream TEXT PRIMARY KEY, count BIGINT NOT NULL)"
_GRANT = "GRANT SELECT, INSERT, UPDATE ON fault_counts TO tenantry_system"
_ADD = """
INSERT INTO fault_counts (stream, count) VALUES ({0}, {0})
ON CONFLICT (stream) DO UPDATE SET count = fault_counts.count + excluded.count
"""


class Counts:
    """Events a stream, in memory."""

    name = "fault-counts"
    state_version = 1

    def __init__(self) -> None:
        self.by_stream: Counter[str] = Counter()

    def apply(self, events: Sequence[RecordedEvent]) -> None:
        self.by_stream.update(event.stream for event in events)

    def copy(self) -> "Counts":
        copied = Counts()
        copied.by_stream = self.by_stream.copy()
        return copied

    def fresh(self) -> "Counts":
        return Counts()

    def encode(self) -> Iterable[bytes]:
        # Small chunks, so that a kill also finds a snapshot half written.
        lines = (msgspec.json.encode(item) + b"\n" for item in sorted(self.by_stream.items()))
        return in_chunks(lines, chunk_bytes=16)

    def decode(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.json.Decoder(tuple[str, int])
        self.by_stream = Counter(
            dict(item for chunk in chunks for item in decoder.decode_lines(chunk))
        )

    def digest(self) -> str:
        return repr(sorted(self.by_stream.items()))


class StoredCounts:
    """Events a stream, in a table."""

    name = "fault-stored-counts"

    def apply_in(self, tx: Transaction, events: Sequence[RecordedEvent]) -> None:
        statement = _ADD.format("?" if tx.dialect == "sqlite" else "%s")
        for stream, count in Counter(event.stream for event in events).items():
            tx.connection.execute(statement, (stream, count))


def create_counts_table(tx: Transaction) -> None:
    """Make the table of `StoredCounts`, where it is missing."""
    tx.connection.execute(_CREATE)
    if tx.dialect == "postgres":
        tx.connection.execute(_GRANT)


def read_counts(tx: Transaction) -> dict[str, int]:
    """Return what `StoredCounts` has stored."""
    return dict(tx.connection.execute("SELECT stream, count FROM fault_counts").fetchall())


async def fold(log: EventLog) -> dict[str, int]:
    """Count the events of each stream from the log itself."""
    counts: Counter[str] = Counter()
    position = 0
    while page := await log.read(after=position):
        position = page[-1].position
        counts.update(event.stream for event in page)
    return dict(counts)
