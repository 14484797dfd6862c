"""Stored projections: rows and checkpoint in one transaction, so each event counts once."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

from tenantry.base import Looper
from tenantry.base.errors import Unavailable
from tenantry.db import System, Transaction
from tenantry.eventlog import store
from tenantry.eventlog.event import RecordedEvent
from tenantry.eventlog.log import EventLog
from tenantry.telemetry import emit

_RETRY_SECONDS = 0.5
_SYSTEM = System("stored projections")


class StoredProjection(Protocol):
    """A read model in tables, built from events alone."""

    name: str

    def apply_in(self, tx: Transaction, events: Sequence[RecordedEvent]) -> None:
        """Write the rows of `events`, which follow on what has been written."""
        ...


class _Moved(Exception):
    """The checkpoint is not where this runner left it."""


class StoredProjectionRunner(Looper):
    """Keeps the tables of one projection at the end of the log.

    Several nodes may run the same one: the checkpoint moves only from where it was read, so of two
    that take the same events one is undone and goes on from where the other has got to.
    """

    def __init__(self, *, log: EventLog, projection: StoredProjection) -> None:
        super().__init__()
        self._log = log
        self._projection = projection

    async def position(self) -> int:
        """Return the last position whose rows are stored."""
        return await self._log.database.read(_SYSTEM, self._read_checkpoint)

    async def advance(self) -> bool:
        """Store the next page; False where there is none. Raises `Unavailable`."""
        position = await self.position()
        events = await self._log.read(after=position)
        if not events:
            return False
        try:
            await self._log.database.write(_SYSTEM, self._store, position, events)
        except _Moved:
            emit("tenantry.projection.overtaken", projection=self._projection.name)
        return True

    async def _run(self) -> None:
        wake = self._log.wake_on_growth().register()
        try:
            while True:
                wake.clear()
                if not await self._advance_quietly():
                    await _wait(wake)
        finally:
            self._log.wake_on_growth().unregister(wake)

    async def _advance_quietly(self) -> bool:
        try:
            return await self.advance()
        except Unavailable as error:
            self._tell(error.message)
        except Exception as error:  # noqa: BLE001 - the loop's outermost guard: rows and checkpoint are undone, it tries again
            self._tell(f"{type(error).__name__}: {error}")
        return False

    def _tell(self, error: str) -> None:
        emit("tenantry.projection.failed", projection=self._projection.name, error=error)

    def _read_checkpoint(self, tx: Transaction) -> int:
        row = store.statements(tx).checkpoint(tx.connection, projection=self._projection.name)
        return row[0] if row else 0

    def _store(self, tx: Transaction, position: int, events: list[RecordedEvent]) -> None:
        named = store.statements(tx)
        last = events[-1].position
        hash_ = store.read_hash(tx, last)
        name = self._projection.name

        # The checkpoint first: of two runners the second waits here for the first, finds it moved,
        # and has written no row by then that the other's could collide with.
        if position == 0:
            named.add_checkpoint(tx.connection, projection=name, position=0, hash=bytes(32))
        moved = named.move_checkpoint(
            tx.connection, projection=name, before=position, position=last, hash=hash_
        )
        if moved is None:
            raise _Moved

        self._projection.apply_in(tx, events)


async def _wait(wake: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RETRY_SECONDS):
            await wake.wait()
