"""Two projections for tests: one in memory, one in a table, both strict about what they get."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256

import msgspec

from tenantry.db import Transaction
from tenantry.eventlog import EventLog, ProjectionRunner, RecordedEvent, in_chunks
from tenantry.testing import FakeClock
from tests.conformance.spine import stored_events


class Tally:
    """How often each stream has had an event, in memory; refuses an event out of order."""

    name = "tally"

    def __init__(self, *, state_version: int = 1) -> None:
        self.state_version = state_version
        self.position = 0
        self.counts: dict[str, int] = {}

    def apply(self, events: Sequence[RecordedEvent]) -> None:
        for event in events:
            assert event.position == self.position + 1, "an event was missed or came twice"
            name = f"{event.tenant_id}/{event.stream}"
            self.counts[name] = self.counts.get(name, 0) + 1
            assert self.counts[name] == event.version
            self.position = event.position

    def copy(self) -> "Tally":
        copied = self.fresh()
        copied.position = self.position
        copied.counts = dict(self.counts)
        return copied

    def fresh(self) -> "Tally":
        return type(self)(state_version=self.state_version)

    def encode(self) -> Iterable[bytes]:
        records = [self.position, *self.counts.items()]
        return in_chunks((msgspec.json.encode(r) + b"\n" for r in records), chunk_bytes=64)

    def decode(self, chunks: Iterable[bytes]) -> None:
        first, *rest = b"".join(chunks).splitlines()
        self.position = msgspec.json.decode(first, type=int)
        self.counts = dict(msgspec.json.decode(line, type=tuple[str, int]) for line in rest)

    def digest(self) -> str:
        return sha256(repr((self.position, sorted(self.counts.items()))).encode()).hexdigest()


class Counter:
    """One row for each event, in a table that refuses the same event twice."""

    name = "counter"

    def create(self, tx: Transaction) -> None:
        tx.connection.execute("CREATE TABLE counted (position BIGINT PRIMARY KEY)")
        if tx.dialect == "postgres":
            tx.connection.execute("GRANT ALL ON counted TO tenantry_system")

    def apply_in(self, tx: Transaction, events: Sequence[RecordedEvent]) -> None:
        values = ", ".join(f"({event.position:d})" for event in events)
        tx.connection.execute(f"INSERT INTO counted VALUES {values}")

    def positions(self, tx: Transaction) -> list[int]:
        rows = tx.connection.execute("SELECT position FROM counted ORDER BY position")
        return [position for (position,) in rows]


@asynccontextmanager
async def running(
    log: EventLog, projection: Tally | None = None, *, snapshot_every: int = 10_000
) -> AsyncIterator[ProjectionRunner]:
    runner = ProjectionRunner(
        log=log,
        projection=projection or Tally(),
        clock=FakeClock(),
        snapshot_every=snapshot_every,
    )
    await runner.start()
    try:
        yield runner
    finally:
        await runner.stop()


def tally_of(runner: ProjectionRunner) -> Tally:
    projection = runner.projection
    assert isinstance(projection, Tally)
    return projection


async def expected(log: EventLog) -> Tally:
    """Return the state that all events of the database make."""
    tally = Tally()
    tally.apply(await stored_events(log))
    return tally


async def is_current(log: EventLog, runner: ProjectionRunner) -> bool:
    return (
        runner.is_ready
        and runner.position == (await log.head()).position
        and runner.projection.digest() == (await expected(log)).digest()
    )
