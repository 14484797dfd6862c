"""`Replaying`: events from a file, stored as if they had come over the wire."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from tenantry.base import Clock, Principal
from tenantry.base.errors import TooLarge
from tenantry.collector import store
from tenantry.collector.model import (
    Account,
    Commit,
    DeadFrame,
    DeadLetter,
    Event,
    Figures,
    Identity,
    Sync,
    Wire,
)
from tenantry.collector.rules import added, parse_v1, parse_v2, wire_of
from tenantry.collector.service.intake import BATCH_EVENTS
from tenantry.collector.service.permissions import RUN
from tenantry.collector.service.writing import (
    Prepared,
    Progress,
    Written,
    prepare,
    write_events,
)
from tenantry.db import Database, Tenant, Transaction
from tenantry.eventlog import EventLog
from tenantry.telemetry import get_logger

MOST_REPLAYED_BYTES: Final = 8 * 1024 * 1024
"""So much is taken at a time; whoever has more sends it in parts."""
HOST: Final = "replay"
"""Where frames of a file come from, among dead letters."""
_LOGGER: Final = get_logger("tenantry.collector")


class _Read(NamedTuple):
    prepared: Prepared
    events: int
    dead_letters: int
    cursor: int | None


class Replaying:
    """Stores what files hold. What is stored already is a duplicate, so a file may come twice.

    `admit` raises where nothing more may be stored for a tenant.
    """

    def __init__(
        self,
        *,
        database: Database,
        log: EventLog,
        clock: Clock,
        admit: Callable[[str], None],
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._admit = admit

    async def replay(self, principal: Principal, tenant_id: str, lines: bytes) -> Figures:
        """Store the frames of `lines`, one a line, of either wire; returns what came of them.

        The figures' `cursor` is the time of the latest event, µs since 1970. Empty lines are passed
        over, and what is no event is kept as a dead letter. Raises `Denied` and `TooLarge`.
        """
        principal.authorise(tenant_id, RUN)
        if len(lines) > MOST_REPLAYED_BYTES:
            raise TooLarge(field="body", got=len(lines), wants=f"at most {MOST_REPLAYED_BYTES}")
        details = {"bytes": len(lines)}
        await self._log.append(store.acted(tenant_id, "replayed", details, principal))

        total = Figures()
        given = [line for line in lines.splitlines() if line.strip()]
        for batch in _batches(given):
            # On a thread, so that requests go on meanwhile.
            read = await asyncio.to_thread(self._read, batch)
            # The tenant may have been erased since the last one.
            self._admit(tenant_id)
            total = added(total, await self._store(tenant_id, read))
        _LOGGER.info("Replayed", tenant=tenant_id, events=total.events, stored=total.stored)
        return total

    def _read(self, lines: Sequence[bytes]) -> _Read:
        events: list[Event] = []
        dead: list[DeadFrame] = []
        for line in lines:
            wire: Wire | None = wire_of(line)
            found = parse_v2(line) if wire == "v2" else parse_v1(line)
            if isinstance(found, Commit | Identity | Account | Sync):
                events.append(found)
            elif isinstance(found, DeadLetter):
                dead.append(
                    DeadFrame(
                        at=self._clock.now_us(),
                        host=HOST,
                        reason=found.reason,
                        size=found.size,
                        frame=found.frame,
                    )
                )
        cursor = max((event.time_us for event in events), default=None)
        return _Read(prepare(events, dead), len(events), len(dead), cursor)

    async def _store(self, tenant_id: str, read: _Read) -> Figures:
        def unit(tx: Transaction) -> Written:
            return write_events(tx, tenant_id, read.prepared, Progress())

        written = await self._database.write(Tenant(tenant_id), unit)
        return Figures(
            events=read.events,
            stored=sum(each.stored for each in written.figures.values()),
            duplicates=sum(each.duplicates for each in written.figures.values()),
            deletes=sum(each.deletes for each in written.figures.values()),
            dead_letters=read.dead_letters,
            cursor=read.cursor,
            by_collection=written.figures,
        )


def _batches(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for begin in range(0, len(lines), BATCH_EVENTS):
        yield lines[begin : begin + BATCH_EVENTS]
