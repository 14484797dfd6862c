"""`Collector`: has one tenant's stream stored, whole, from whichever host sends it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from tenantry.base import Clock, Looper
from tenantry.base.errors import Unavailable
from tenantry.collector import store
from tenantry.collector.errors import (
    CursorTooOld,
    FrameTooLong,
    HostBlind,
    HostElsewhere,
    StreamBroken,
    StreamBusy,
    StreamError,
    StreamRefused,
    StreamSilent,
)
from tenantry.collector.model import ALL, DeadFrame, Event
from tenantry.collector.remote.jetstream import Connector, Stream, StreamRequest, host_of
from tenantry.collector.rules import silence_seconds
from tenantry.collector.service.claiming import Claim
from tenantry.collector.service.intake import Intake
from tenantry.collector.service.planning import Ask, Hosts
from tenantry.collector.service.pulsing import Pulsing
from tenantry.collector.service.session import Known, Session
from tenantry.collector.service.writing import Written, known_share, prepare, write_events
from tenantry.db import Database, Tenant, Transaction
from tenantry.execution import Backoff
from tenantry.scheduling import Lease, LeaseLost
from tenantry.telemetry import emit, get_logger, span

_FIRST_PAUSE: Final = 0.25
_MOST_PAUSE: Final = 30.0
_LOOKED_AT: Final = 64
_KNOWN_SHARE: Final = 0.5
_LOGGER: Final = get_logger("tenantry.collector")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is collected: the endpoints in their order, and the filter; see `StreamRequest`."""

    endpoints: tuple[str, ...]
    collections: tuple[str, ...] = ()
    dids: tuple[str, ...] = ()
    idle_seconds: float | None = None
    """How long a host may be silent; by default as long as its events' rate makes it likely."""


class Collector(Looper):
    """Collects while it is running, the tenant's switch is on, and it has the tenant's lease.

    A batch, its cursor and the ledger are one transaction. Whatever a host does, it goes on: with
    the same host or the next one, for ever, from where the stream is stored.
    """

    def __init__(
        self,
        *,
        tenant_id: str,
        wanted: Wanted,
        database: Database,
        connector: Connector,
        claim: Claim,
        pulsing: Pulsing,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._tenant_id = tenant_id
        self._wanted = wanted
        self._database = database
        self._connector = connector
        self._claim = claim
        self._pulsing = pulsing
        self._clock = clock
        self._urls = {host_of(url): url for url in wanted.endpoints}
        self._pause = Backoff(first_seconds=_FIRST_PAUSE, most_seconds=_MOST_PAUSE)

    async def _on_start(self) -> None:
        await self._pulsing.start()
        await super()._on_start()

    async def _on_stop(self) -> None:
        await super()._on_stop()
        await self._pulsing.stop()

    async def _run(self) -> None:
        while True:
            await self._pulsing.wanted()
            try:
                async with self._claim.held() as lease:
                    # It may have been switched off while nobody had the right to collect.
                    await self._pulsing.look()
                    await self._collect(lease)
            except LeaseLost:
                _LOGGER.warning("Another process collects now", tenant=self._tenant_id)
            except Unavailable as error:
                _LOGGER.warning("Collecting stands still", reason=error.message)
                await self._clock.sleep(1.0)

    def _on_crash(self, error: Exception) -> None:
        _LOGGER.error("Collecting failed and begins anew", exc_info=error)

    async def _collect(self, lease: Lease) -> None:
        """Have one session after another until the switch is off."""
        known = await self._database.read(Tenant(self._tenant_id), _known, self._tenant_id)
        hosts = Hosts(tuple(self._urls))
        attempt = 0
        while self._pulsing.is_wanted:
            wires = {host: self._connector.wire_of(url) for host, url in self._urls.items()}
            ask = hosts.ask(known, wires, now_us=self._clock.now_us())
            before = known.cursor
            asked_seconds = 0.0
            try:
                await self._session(ask, known, hosts, lease)
                continue
            except StreamError as error:
                self._judge(error, ask, hosts, known)
                if isinstance(error, StreamBusy):
                    asked_seconds = error.retry_after_seconds
                self._pulsing.lost(error.message)
                emit("tenantry.collector.disconnected", host=ask.host, reason=error.code)
                _LOGGER.info("Disconnected", host=ask.host, reason=error.message)
                is_told = isinstance(error, HostBlind | CursorTooOld | HostElsewhere)
                has_moved = known.cursor != before or is_told
            # Whoever gets on is not made to wait; who does not, ever longer.
            attempt = 1 if has_moved else attempt + 1
            pause = self._pause.pause(attempt, asked_seconds=asked_seconds)
            await self._pulsing.sleep_while_wanted(pause)

    def _judge(self, error: StreamError, ask: Ask, hosts: Hosts, known: Known) -> None:
        """Take note of what an error says about its host."""
        now_us = self._clock.now_us()
        if isinstance(error, StreamSilent) and ask.must_overlap and known.cursor == ask.after:
            # What is known should have come: to this host it may be yet to come.
            hosts.was_elsewhere(ask.host)
            hosts.seats.failed(ask.host, now_us=now_us)
            return
        if isinstance(error, HostBlind):
            hosts.seats.left_out(ask.host, error.collection, now_us=now_us)
        elif isinstance(error, CursorTooOld):
            hosts.was_late(ask.host, error.floor_seq)
        elif isinstance(error, HostElsewhere):
            hosts.was_elsewhere(ask.host)
        elif isinstance(error, StreamBroken):
            self._connector.without_compression(self._urls[ask.host], error.message)
        else:
            if isinstance(error, FrameTooLong):
                hosts.was_blocked(ask.host, known.cursor)
            is_bad = isinstance(error, StreamSilent | StreamRefused)
            hosts.seats.failed(ask.host, is_bad=is_bad, now_us=now_us)

    async def _session(self, ask: Ask, known: Known, hosts: Hosts, lease: Lease) -> None:
        """Collect from one host until the switch is off; whatever else ends it is an error."""
        self._pulsing.connecting(ask.host)
        request = StreamRequest(
            collections=self._wanted.collections, dids=self._wanted.dids, cursor=ask.cursor
        )
        idle = self._wanted.idle_seconds or silence_seconds(known.paces.values())
        url = self._urls[ask.host]
        async with self._connector.open(url, request, idle_seconds=idle) as stream:
            intake = Intake(host=ask.host, wire=stream.wire, clock=self._clock)
            session = Session(
                known,
                host=ask.host,
                wire=stream.wire,
                resume_us=ask.resume_us,
                asked_us=ask.asked_us,
                filling=ask.filling,
                has_other=lambda name: hosts.seats.has_other(
                    ask.host, name, now_us=self._clock.now_us()
                ),
            )
            self._pulsing.connected(stream, intake, session)
            _LOGGER.info("Connected", host=ask.host, wire=stream.wire)
            reading = asyncio.create_task(_read(stream, intake))
            writing = asyncio.create_task(self._write(intake, session, ask, hosts, lease))
            unwanted = asyncio.create_task(self._pulsing.unwanted())
            try:
                await asyncio.wait(
                    (reading, writing, unwanted), return_when=asyncio.FIRST_COMPLETED
                )
                reading.cancel()
                await asyncio.wait((reading,))
                intake.end()
                # What has come is stored before anything else is asked for.
                await writing
                if not reading.cancelled():
                    reading.result()
            finally:
                for task in (reading, writing, unwanted):
                    task.cancel()
                await asyncio.gather(reading, writing, unwanted, return_exceptions=True)

    async def _write(
        self, intake: Intake, session: Session, ask: Ask, hosts: Hosts, lease: Lease
    ) -> None:
        try:
            while (batch := await intake.batch()) is not None:
                await self._store(*batch, session, ask, lease)
                if session.has_begun:
                    hosts.was_good(ask.host)
                    for name in session.seen_again():
                        hosts.seats.sees(ask.host, name)
        finally:
            if session.is_stored:
                hosts.came(ask, begins_us=session.begins_us, mark_us=session.mark.us)

    async def _store(
        self,
        events: Sequence[Event],
        dead: Sequence[DeadFrame],
        session: Session,
        ask: Ask,
        lease: Lease,
    ) -> None:
        """Store a batch, however often that takes; nothing is dropped."""
        is_first = not session.is_stored
        await self._look(events, session, ask)
        progress = session.advance(events, now_us=self._clock.now_us())
        if is_first and ask.skipped is not None:
            progress = msgspec.structs.replace(progress, gaps=(ask.skipped, *progress.gaps))
        prepared = prepare(events, dead)
        known_gaps = session.gap_ids()

        def store_batch(tx: Transaction) -> Written:
            self._claim.check_in(tx, lease)
            return write_events(tx, self._tenant_id, prepared, progress)

        with span("tenantry.collector.store", host=session.host, events=len(events)):
            began_at = self._clock.monotonic()
            written = await self._written(store_batch)
        self._pulsing.stored(
            {name: each.events for name, each in written.figures.items()},
            seconds=self._clock.monotonic() - began_at,
            gaps=sum(gap.id not in known_gaps for gap in written.gaps),
            dead_letters=len(dead),
        )
        for gap in progress.gaps:
            emit("tenantry.collector.gap", host=gap.host, reason=gap.reason, state=gap.state)
        session.committed(progress, written)

    async def _written(self, unit: Callable[[Transaction], Written]) -> Written:
        attempt = 0
        while True:
            try:
                return await self._database.write(Tenant(self._tenant_id), unit)
            except Unavailable as error:
                attempt += 1
                self._pulsing.failed(error.message)
                _LOGGER.warning("A batch waits to be stored", reason=error.message)
                pause = self._pause.pause(attempt, asked_seconds=error.retry_after_seconds)
                await self._clock.sleep(pause)

    async def _look(self, events: Sequence[Event], session: Session, ask: Ask) -> None:
        """Look whether the host begins where it was asked to.

        Raises `CursorTooOld` where another host may go back further, and `HostElsewhere` where its
        times are not those of the host before, so that it must be asked for more.
        """
        if session.has_begun:
            return
        begins_us = session.begins(events)
        if begins_us is None:
            return
        now_us = self._clock.now_us()
        late = session.too_late(begins_us, now_us=now_us)
        share = 0.0
        if ask.must_overlap or late is not None:
            share = await self._database.read(
                Tenant(self._tenant_id), known_share, self._tenant_id, events[:_LOOKED_AT]
            )
        if late is not None and share > _KNOWN_SHARE:
            # It says that it is later than it is: nothing is missing.
            late = None
        if late is not None and not ask.is_last:
            raise CursorTooOld(f"{session.host} begins later than was asked for")
        if late is None and ask.must_overlap and not share:
            raise HostElsewhere(f"{session.host} does not overlap with what is stored")
        session.begin(begins_us, late, now_us=now_us)


async def _read(stream: Stream, intake: Intake) -> None:
    async for chunk in stream.chunks():
        await intake.take(chunk)


def _known(tx: Transaction, tenant_id: str) -> Known:
    return Known(
        cursor=max(
            store.cursors_of(tx, tenant_id),
            key=lambda each: (each.time_us, each.host),
            default=None,
        ),
        covered=store.covered_of(tx, tenant_id),
        gaps={gap.id: gap for gap in store.gaps_of(tx, tenant_id)},
        paces={pace.collection: pace for pace in store.paces_of(tx, tenant_id)},
    )


def wanted_collections(names: Sequence[str]) -> tuple[str, ...]:
    """Return the collections to ask a host for: none where all are wanted."""
    return () if ALL in names else tuple(names)
