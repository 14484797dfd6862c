"""`ConfigFeed`: every change of a setting, encoded once, for whoever watches."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from tenantry.base import Clock, Looper, Principal
from tenantry.base.errors import Unavailable
from tenantry.configs.service.audience import Audience, Chunk
from tenantry.configs.service.frame import frame_of
from tenantry.configs.service.ring import RING_BYTES, RING_FRAMES, FrameRing
from tenantry.configs.service.watcher import Watcher
from tenantry.eventlog import EventLog, RecordedEvent
from tenantry.telemetry import emit, get_logger

AT_ONCE = 200
"""Up to so many watchers are woken by every change, more of them on a tick."""

TICK_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
_ROUND_SECONDS = 1.0
_RETRY_SECONDS = 0.5
_SHARES = 4

_LOG = get_logger("tenantry.configs")


class ConfigFeed(Looper):
    """Follows the log from where it was started, and wakes those who watch.

    Where the log cannot be read it goes on at the same position once that works again; so nothing
    is skipped, and who watches merely waits. The ring is bounded, and a watcher that it has left
    behind is ended: the client comes back with its last position.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        clock: Clock,
        max_frames: int = RING_FRAMES,
        max_bytes: int = RING_BYTES,
        at_once: int = AT_ONCE,
    ) -> None:
        super().__init__()
        self._log = log
        self._clock = clock
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._at_once = at_once
        self._audience = Audience()
        self._ring = FrameRing(after=0)
        self._served = 0
        self._unserved = (0, 0)
        self._served_at = -TICK_SECONDS
        self._tick: asyncio.Task[None] | None = None
        self._rounds: asyncio.Task[None] | None = None
        self._watchers: set[Watcher] = set()
        self._is_draining = False

    @property
    def position(self) -> int:
        """The last position taken in."""
        return self._ring.last

    @property
    def is_open(self) -> bool:
        """Whether watchers are welcome."""
        return self.is_running and not self._is_draining

    @property
    def watcher_count(self) -> int:
        """How many watch."""
        return len(self._watchers)

    def watch(self, principal: Principal, tenant_id: str, *, prefix: str, after: int) -> Watcher:
        """Return a watcher of what `tenant_id` sees behind the position `after`; close it.

        Whether `principal` may is for the caller to say, now and later: see `end`. Raises
        `Unavailable` where the feed is not open.
        """
        if not self.is_open:
            raise Unavailable("this node starts or stops: watch another one", code="not_ready")
        watcher = Watcher(
            feed=self,
            log=self._log,
            principal=principal,
            tenant_id=tenant_id,
            prefix=prefix,
            after=after,
        )
        self._watchers.add(watcher)
        emit("tenantry.configs.watching", watcher_count=self.watcher_count)
        return watcher

    def end(self, is_over: Callable[[Watcher], bool]) -> int:
        """End those watchers of which `is_over` says so, and return how many these are.

        From now on none of them is handed anything, whatever it waits for.
        """
        over = [watcher for watcher in self._watchers if is_over(watcher)]
        for watcher in over:
            watcher.is_ended = True
            self._audience.dismiss_one(watcher)
        if over:
            self._watchers.difference_update(over)
            emit("tenantry.configs.watching", watcher_count=self.watcher_count)
        return len(over)

    def drain(self) -> None:
        """End every watcher, and take no new one: this node is about to stop."""
        self._is_draining = True
        self._audience.dismiss()

    @property
    def ring(self) -> FrameRing:
        """The newest frames."""
        return self._ring

    def is_served(self, cursor: int) -> bool:
        """Whether whoever has everything up to `cursor` need only wait."""
        return cursor >= self._served

    async def wait(self, watcher: Watcher) -> Chunk:
        """Wait with all others for what is new; None where the feed ends."""
        if self._is_draining:
            return None
        return await self._audience.wait(watcher, now=self._clock.monotonic())

    def leave(self, watcher: Watcher) -> None:
        """Forget a watcher."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)
            emit("tenantry.configs.watching", watcher_count=self.watcher_count)

    async def _on_start(self) -> None:
        position = (await self._log.head()).position
        self._ring = FrameRing(
            after=position, max_frames=self._max_frames, max_bytes=self._max_bytes
        )
        self._served, self._unserved = position, (0, 0)
        self._is_draining = False
        await super()._on_start()
        self._rounds = asyncio.create_task(self._go_round(), name="heartbeats")
        emit("tenantry.worker.started", worker="config_feed")

    async def _on_stop(self) -> None:
        self.drain()
        for task in (self._rounds, self._tick):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._rounds = self._tick = None
        await super()._on_stop()

    async def _run(self) -> None:
        is_waiting = False
        while True:
            try:
                async for events in self._log.subscribe(after=self._ring.last):
                    is_waiting = False
                    self._take(events)
            except Unavailable as error:
                if not is_waiting:
                    _LOG.warning("ConfigFeed waits for the log", reason=error.message)
                is_waiting = True
                await self._clock.sleep(_RETRY_SECONDS)

    def _on_crash(self, error: Exception) -> None:
        _LOG.error("ConfigFeed crashed and is restarted", exc_info=error)
        emit("tenantry.worker.restarted", worker="config_feed")

    def _take(self, events: Sequence[RecordedEvent]) -> None:
        for event in events:
            frame = frame_of(event)
            self._ring.add(event.position, frame)
            if frame is not None:
                frames, size = self._unserved
                self._unserved = (frames + 1, size + len(frame.body))
            if self._is_much_unserved():
                self._serve()
        self._serve_soon()

    def _is_much_unserved(self) -> bool:
        """Whether frames would soon leave the ring before anybody has been handed them."""
        frames, size = self._unserved
        return frames * _SHARES > self._max_frames or size * _SHARES > self._max_bytes

    def _serve_soon(self) -> None:
        if self._tick is not None and not self._tick.done():
            return
        pause = self._served_at + TICK_SECONDS - self._clock.monotonic()
        if self.watcher_count <= self._at_once or pause <= 0:
            self._serve()
            return
        self._tick = asyncio.create_task(self._serve_after(pause), name="tick")

    async def _serve_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._serve()

    def _serve(self) -> None:
        """Hand out what has come since the last time, joined."""
        after, self._served = self._served, self._ring.last
        self._unserved = (0, 0)
        if not self._watchers:
            return
        if not self._ring.has(after):
            # A frame as long as the ring has pushed others out: they come from the log then.
            self._audience.dismiss()
            return
        frames = self._ring.after(after)
        if not frames:
            return
        self._served_at = self._clock.monotonic()
        count = self._audience.deliver(frames, after=after, until=self._served)
        emit("tenantry.configs.frames_sent", frame_count=count)

    async def _go_round(self) -> None:
        """Look once a second who has waited long: a timer for each of thousands would cost more."""
        while True:
            await self._clock.sleep(_ROUND_SECONDS)
            silent_since = self._clock.monotonic() - HEARTBEAT_SECONDS
            self._audience.beat(silent_since=silent_since, until=self._served)
