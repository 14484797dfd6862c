"""What the collector says of itself, once a second, and whether it is wanted."""

import asyncio
import contextlib
from typing import Final

import msgspec

from tenantry.base import Clock, Looper
from tenantry.base.errors import Unavailable
from tenantry.collector import store
from tenantry.collector.model import Connection, Pulse, PulseCounts, Switch
from tenantry.collector.remote.jetstream import Stream
from tenantry.collector.rules import counted
from tenantry.collector.service.intake import Intake
from tenantry.collector.service.session import Session
from tenantry.db import Database, Tenant, Transaction

BEAT_SECONDS: Final = 1.0
KEPT_US: Final = 86_400_000_000
"""So long it is known what a process last said that says nothing any more."""


class Pulsing(Looper):
    """Stores the pulse, and reads the tenant's switch, each second."""

    def __init__(
        self,
        *,
        tenant_id: str,
        database: Database,
        node: str,
        clock: Clock,
        seconds: float = BEAT_SECONDS,
    ) -> None:
        super().__init__()
        self._tenant_id = tenant_id
        self._database = database
        self._node = node
        self._clock = clock
        self._seconds = seconds
        self._on = asyncio.Event()
        self._off = asyncio.Event()
        self._connection: Connection = "stopped"
        self._host: str | None = None
        self._stream: Stream | None = None
        self._intake: Intake | None = None
        self._session: Session | None = None
        self._connected_at: int | None = None
        self._stored = 0
        self._counted_at = clock.monotonic()
        self._rate = 0.0
        self._reconnects = 0
        self._counts = PulseCounts(began_at=clock.now_us())
        self._error: str | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether the tenant wants its stream collected, as far as is known."""
        return self._on.is_set()

    async def wanted(self) -> None:
        """Wait until the tenant wants its stream collected."""
        await self._on.wait()

    async def unwanted(self) -> None:
        """Wait until it does not."""
        await self._off.wait()

    async def look(self) -> None:
        """Look now whether the tenant wants its stream collected."""
        tenant_id = self._tenant_id
        self._take_note(await self._database.read(Tenant(tenant_id), store.find_switch, tenant_id))

    async def sleep_while_wanted(self, seconds: float) -> None:
        """Wait, but not longer than the tenant wants it."""
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        leaving = asyncio.ensure_future(self._off.wait())
        try:
            await asyncio.wait((sleeping, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            leaving.cancel()
            await asyncio.gather(sleeping, leaving, return_exceptions=True)

    def connecting(self, host: str) -> None:
        """Say that a host is being asked."""
        self._connection = "connecting" if self._connected_at is None else "reconnecting"
        self._host = host

    def connected(self, stream: Stream, intake: Intake, session: Session) -> None:
        """Say that a host sends."""
        if self._connected_at is not None:
            self._reconnects += 1
        self._connection = "connected"
        self._connected_at = self._clock.now_us()
        self._stream, self._intake, self._session = stream, intake, session

    def lost(self, reason: str) -> None:
        """Say that the connection is lost, or was not to be had."""
        self._connection = "reconnecting"
        self._error = reason

    def stored(
        self, events: dict[str, int], *, seconds: float, gaps: int, dead_letters: int
    ) -> None:
        """Say that a batch was stored: its events by collection, and what was found with it."""
        self._stored += sum(events.values())
        self._counts = counted(
            self._counts, events, seconds=seconds, gaps=gaps, dead_letters=dead_letters
        )
        self._error = None

    def failed(self, reason: str) -> None:
        """Say that something does not work at the moment."""
        self._error = reason

    async def _on_stop(self) -> None:
        await super()._on_stop()
        self._connection = "stopped"
        with contextlib.suppress(Unavailable):
            await self._beat()

    async def _run(self) -> None:
        while True:
            try:
                await self._beat()
            except Unavailable as error:
                # The next one tells; meanwhile it goes on as it was.
                self._error = error.message
            await self._clock.sleep(self._seconds)

    async def _beat(self) -> None:
        pulse = self._pulse()

        def unit(tx: Transaction) -> Switch | None:
            forget_before = pulse.at - KEPT_US
            store.keep_pulse(tx, self._tenant_id, pulse, forget_before=forget_before)
            return store.find_switch(tx, self._tenant_id)

        self._take_note(await self._database.write(Tenant(self._tenant_id), unit))

    def _take_note(self, switch: Switch | None) -> None:
        if switch is None or switch.is_on:
            self._off.clear()
            self._on.set()
        else:
            self._on.clear()
            self._off.set()
            self._connection = "stopped"

    def _pulse(self) -> Pulse:
        now, at = self._clock.monotonic(), self._clock.now_us()
        if now > self._counted_at:
            self._rate = self._stored / (now - self._counted_at)
        self._stored, self._counted_at = 0, now
        stream = self._stream if self._connection == "connected" else None
        mark = self._session.mark.us if stream is not None and self._session is not None else 0
        return Pulse(
            node=self._node,
            connection=self._connection,
            host=self._host,
            wire=None if stream is None else stream.wire,
            is_compressed=stream is not None and stream.is_compressed,
            connected_at=self._connected_at,
            events_per_second=round(self._rate, 1),
            lag_seconds=(at - mark) / 1e6 if mark else None,
            queued=0 if self._intake is None else self._intake.count,
            reconnects=self._reconnects,
            error=self._error,
            at=at,
            counts=msgspec.structs.replace(self._counts, reconnects=self._reconnects),
        )
