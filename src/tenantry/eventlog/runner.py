"""In-memory projections at work: a snapshot, the events behind it, then live, in position order."""

import asyncio
import time

import msgspec

from tenantry.base import Clock, Looper
from tenantry.base.errors import Unavailable
from tenantry.eventlog.event import RecordedEvent
from tenantry.eventlog.log import EventLog
from tenantry.eventlog.projection import Progress, Projection, ProjectionObserver, RebuildReport
from tenantry.eventlog.snapshot import Snapshots
from tenantry.eventlog.subscription import growth
from tenantry.telemetry import emit

_RETRY_SECONDS = 0.5


class ProjectionRunner(Looper):
    """Keeps one projection at the end of the log.

    It subscribes before it catches up, applies strictly in position order and reads what lies
    between when another node appended; so nothing is missed and nothing is applied twice. Where
    the log cannot be read, or holds an event type this program does not know, it is not ready and
    tries again.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        projection: Projection,
        clock: Clock,
        snapshot_every: int = 10_000,
        observer: ProjectionObserver | None = None,
    ) -> None:
        super().__init__()
        self.projection = projection
        self._log = log
        self._snapshot_every = snapshot_every
        self._observer = observer or ProjectionObserver()
        self._snapshots = Snapshots(
            database=log.database,
            clock=clock,
            projection=projection.name,
            state_version=projection.state_version,
        )
        self._position = 0
        self._snapshot_position = 0
        self._events_replayed = 0
        self._replay_seconds = 0.0
        self._is_ready = False
        self._is_listening = False
        self._moved = asyncio.Event()
        self._wake: asyncio.Event | None = None
        self._saving: asyncio.Task[None] | None = None

    @property
    def position(self) -> int:
        """The last position applied."""
        return self._position

    @property
    def is_ready(self) -> bool:
        """Whether the state is the log's, as far as this node knows."""
        return self._is_ready

    @property
    def progress(self) -> Progress:
        """How the projection came to where it is."""
        return Progress(
            position=self._position,
            is_ready=self._is_ready,
            events_replayed=self._events_replayed,
            replay_seconds=self._replay_seconds,
            snapshot_position=self._snapshot_position,
        )

    async def reach(self, position: int, *, timeout_seconds: float = 5.0) -> None:
        """Wait until `position` is applied; raises `Unavailable` after `timeout_seconds`."""
        if self._position >= position:
            return
        try:
            async with asyncio.timeout(timeout_seconds):
                while self._position < position:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError as error:
            raise Unavailable(
                f"this node is at position {self._position}, not yet at {position}",
                code="projection_behind",
            ) from error

    async def ready(self) -> None:
        """Wait until the projection is ready."""
        while not self._is_ready:
            self._moved.clear()
            await self._moved.wait()

    async def rebuild(self) -> RebuildReport:
        """Build the state anew beside the live one, compare the two, and put the new one in place.

        Requests are answered from the live one meanwhile. Snapshots made before are dropped.
        """
        started_at = time.monotonic()
        rebuilt = self.projection.fresh()
        position, count = 0, 0

        # Nothing is awaited between reaching the live position and the swap.
        while position < self._position:
            events = await self._read(position)
            events = [event for event in events if event.position <= self._position]
            rebuilt.apply(events)
            count += len(events)
            position = events[-1].position
        live, self.projection = self.projection, rebuilt

        live_digest, rebuilt_digest = await asyncio.gather(
            asyncio.to_thread(live.copy().digest), asyncio.to_thread(rebuilt.copy().digest)
        )
        await self._forget_snapshots()
        return RebuildReport(
            position=position,
            is_equal=live_digest == rebuilt_digest,
            live_digest=live_digest,
            rebuilt_digest=rebuilt_digest,
            events_replayed=count,
            seconds=time.monotonic() - started_at,
        )

    def reconnect(self) -> None:
        """Look at the log now rather than at the next hint."""
        if self._wake is not None:
            self._wake.set()

    async def save_snapshot(self) -> None:
        """Store the present state, unless the latest snapshot is it."""
        position = self._position
        if position <= self._snapshot_position:
            return
        frozen = self.projection.copy()
        chunks = await asyncio.to_thread(lambda: list(frozen.encode()))
        await self._snapshots.save(position=position, chunks=chunks)
        self._snapshot_position = position

    async def _run(self) -> None:
        self._observer.starting()
        self._wake = self._log.wake_on_growth().register()
        if not self._is_listening:
            self._log.on_recorded(self._recorded)
            self._is_listening = True
        try:
            while True:
                await self._follow_until_failure()
        finally:
            self._log.wake_on_growth().unregister(self._wake)

    async def _follow_until_failure(self) -> None:
        is_rebuilt = False
        try:
            await self._rebuild_state()
            is_rebuilt = True
            self._observer.following()
            await self._follow()
        except Exception as error:  # noqa: BLE001 - the loop's outermost guard: not ready, said, and tried again
            if not isinstance(error, Unavailable):
                self._discard()
            self._set_ready(is_ready=False)
            self._observer.failed(error, is_rebuilt=is_rebuilt)
            emit("tenantry.projection.failed", projection=self.projection.name, error=str(error))
            await asyncio.sleep(_RETRY_SECONDS)

    async def _rebuild_state(self) -> None:
        """Come from nothing, or from where a failure left the state, to the end of the log."""
        started_at = time.monotonic()
        self._observer.rebuilding()
        if self._position == 0:
            self.projection, self._position = await self._newest_state()
            self._snapshot_position = self._position

        target = (await self._log.head()).position
        before = self._position
        self._observer.replaying(max(0, target - before))
        while self._position < target:
            self._apply(await self._read(self._position))

        self._events_replayed = self._position - before
        self._replay_seconds = time.monotonic() - started_at
        self._set_ready(is_ready=True)
        self._observer.rebuilt(
            self.projection, seconds=self._replay_seconds, event_count=self._events_replayed
        )
        emit(
            "tenantry.projection.rebuilt",
            projection=self.projection.name,
            seconds=self._replay_seconds,
            event_count=self._events_replayed,
        )

    async def _newest_state(self) -> tuple[Projection, int]:
        """Return the state of the latest usable snapshot and its position, or an empty one."""
        snapshot = await self._snapshots.load()
        if snapshot is None:
            return self.projection.fresh(), 0

        state = self.projection.fresh()
        try:
            await asyncio.to_thread(state.decode, snapshot.chunks)
        except (msgspec.MsgspecError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # A snapshot only saves time; what it cannot tell, the log does.
            emit("tenantry.projection.snapshot_unreadable", error=type(error).__name__)
            return self.projection.fresh(), 0
        return state, snapshot.position

    async def _follow(self) -> None:
        assert self._wake is not None  # noqa: S101 - registered before
        while True:
            self._wake.clear()
            events = await self._log.read(after=self._position)
            # Meanwhile `_recorded` may have failed, and the state with it.
            if not self._is_ready:
                return
            if events:
                self._apply(events)
                if not self._log.is_end(self._position):
                    continue
            # Most hints announce what `_recorded` has applied already.
            await growth(self._wake, is_end=lambda: self._log.is_end(self._position))

    async def _read(self, position: int) -> list[RecordedEvent]:
        """Read what the head, or our own position, says must be there."""
        events = await self._log.read(after=position)
        if not events:
            raise Unavailable(
                f"the log ends at position {position}, before its head", code="log_truncated"
            )
        return events

    def _recorded(self, events: list[RecordedEvent]) -> None:
        """Apply what this node has just appended, if it follows on; else the loop reads the gap."""
        if not self._is_ready or events[0].position != self._position + 1:
            return
        try:
            self._apply(events)
        except Exception:  # noqa: BLE001 - these events are durable; the loop meets the same error and reports it
            self._discard()

    def _discard(self) -> None:
        """Give the state up, since only some of the last events may be in it: it is built anew."""
        self._position = self._snapshot_position = 0
        self._set_ready(is_ready=False)

    def _apply(self, events: list[RecordedEvent]) -> None:
        # The loop may read what `_recorded` has applied while it waited.
        events = [event for event in events if event.position > self._position]
        if not events:
            return
        self.projection.apply(events)
        self._position = events[-1].position
        self._moved.set()
        self._observer.applied(events)
        emit("tenantry.projection.moved", projection=self.projection.name, position=self._position)
        if self._position - self._snapshot_position >= self._snapshot_every:
            self._save_soon()

    def _save_soon(self) -> None:
        if self._is_ready and (self._saving is None or self._saving.done()):
            self._saving = asyncio.create_task(self._save_quietly(), name="snapshot")

    async def _save_quietly(self) -> None:
        try:
            await self.save_snapshot()
        except Unavailable as error:
            emit("tenantry.projection.snapshot_failed", error=error.message)

    async def _on_stop(self) -> None:
        if self._saving is not None:
            await self._saving
        if self._is_ready:
            await self._save_quietly()
        await super()._on_stop()
        self._is_ready = False

    async def _forget_snapshots(self) -> None:
        """Delete what was stored, also what is being stored, of the state before."""
        if self._saving is not None:
            await self._saving
        await self._snapshots.forget()
        self._snapshot_position = 0

    def _set_ready(self, *, is_ready: bool) -> None:
        self._is_ready = is_ready
        self._moved.set()
