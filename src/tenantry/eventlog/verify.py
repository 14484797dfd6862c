"""`log verify`: every position, every hash, and everything that remembers one."""

import asyncio
from collections.abc import Callable

import msgspec

from tenantry.db import Database, System, Transaction
from tenantry.eventlog import store
from tenantry.eventlog.chain import GENESIS, chain_hash
from tenantry.eventlog.event import Head, RecordedEvent

PAGE_EVENTS = 5_000
_SYSTEM = System("log verify")

_Row = tuple[int, str, str, int, str, bytes, bytes, int, bytes]


class Fault(msgspec.Struct, frozen=True):
    """One thing that is not as it was recorded: the position, and what is wrong there."""

    position: int
    problem: str


class VerifyReport(msgspec.Struct, frozen=True):
    """What a verification found; `fault` is the first bad position, None where there is none."""

    events_checked: int
    head_position: int
    head_hash: str
    fault: Fault | None

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None


async def verify(
    database: Database,
    *,
    expect: tuple[int, bytes] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> VerifyReport:
    """Walk the whole log and check it against itself, its head, checkpoints and snapshots.

    `expect` is a (position, hash) written down elsewhere: with it also a log that was cut off and
    rewritten as a whole is found out. `progress` is told (done, all). Raises `Unavailable`.
    """
    # On one snapshot: what is remembered meanwhile may be of positions behind this head.
    head, remembered = await database.read(_SYSTEM, _head_and_remembered)
    walk = _Walk(remembered=[*remembered, *_expected(expect)])

    while walk.fault is None and walk.position < head.position:
        page = await database.read(_SYSTEM, _page, walk.position)
        if not page:
            walk.fault = Fault(walk.position + 1, "this position and all behind it are missing")
        # Hashing a page would hold up the event loop for milliseconds.
        await asyncio.to_thread(walk.check, page[: head.position - walk.position])
        if progress is not None:
            progress(walk.position, head.position)

    return VerifyReport(
        events_checked=walk.position,
        head_position=head.position,
        head_hash=head.hash.hex(),
        fault=walk.fault or walk.beyond_end() or await _check_head(database, head, walk),
    )


class _Walk:
    """The chain as far as it has been walked."""

    def __init__(self, *, remembered: list[tuple[str, int, bytes]]) -> None:
        self.position = 0
        self.hash = GENESIS
        self.recorded_at = 0
        self.fault: Fault | None = None
        self._versions: dict[tuple[str, str], int] = {}
        self._remembered: dict[int, list[tuple[str, bytes]]] = {}
        for what, position, hash_ in remembered:
            self._remembered.setdefault(position, []).append((what, hash_))

    def check(self, page: list[_Row]) -> None:
        for row in page:
            self.fault = self._fault_of(row)
            if self.fault is not None:
                return
            self.position, self.hash, self.recorded_at = row[0], row[8], row[7]

    def beyond_end(self) -> Fault | None:
        """What was remembered of positions that are not there any more."""
        beyond = sorted(position for position in self._remembered if position > self.position)
        if not beyond:
            return None
        what = self._remembered[beyond[0]][0][0]
        return Fault(self.position + 1, f"the log ends here, but {what} is at {beyond[0]}")

    def _fault_of(self, row: _Row) -> Fault | None:
        position, tenant_id, stream, version, *_, recorded_at, hash_ = row
        if position != self.position + 1:
            return Fault(self.position + 1, "this position is missing")
        if version != self._versions.get((tenant_id, stream), 0) + 1:
            return Fault(position, f"version {version} is not the next of its stream")
        if recorded_at <= self.recorded_at:
            return Fault(position, "its time is not after the one before")
        if chain_hash(self.hash, *row[:8]) != hash_:
            return Fault(position, "its hash is not that of its columns and the one before")
        for what, remembered in self._remembered.get(position, ()):
            if remembered != hash_:
                return Fault(position, f"{what} remembers another hash")
        self._versions[tenant_id, stream] = version
        return None


def _page(tx: Transaction, after: int) -> list[_Row]:
    rows = store.statements(tx).page_with_hashes(tx.connection, after=after, limit=PAGE_EVENTS)
    return list(rows)


def _head_and_remembered(tx: Transaction) -> tuple[Head, list[tuple[str, int, bytes]]]:
    return store.read_head(tx), _remembered(tx)


def _remembered(tx: Transaction) -> list[tuple[str, int, bytes]]:
    named = store.statements(tx)
    return [
        *((f"checkpoint {name}", at, bytes(h)) for name, at, h in named.checkpoints(tx.connection)),
        *((f"snapshot {name}", at, bytes(h)) for name, at, h in named.snapshots(tx.connection)),
    ]


def _expected(expect: tuple[int, bytes] | None) -> list[tuple[str, int, bytes]]:
    return [("the expected hash", *expect)] if expect else []


async def _check_head(database: Database, head: Head, walk: _Walk) -> Fault | None:
    if head.hash != walk.hash or head.recorded_at != walk.recorded_at:
        return Fault(head.position, "the head remembers another hash")
    extra = await database.read(_SYSTEM, _behind_head)
    return Fault(extra[0].position, "an event behind the head") if extra else None


def _behind_head(tx: Transaction) -> list[RecordedEvent]:
    # The head of this snapshot: the one that was walked to may have moved on.
    return store.read_page(tx, store.read_head(tx).position, 1)
