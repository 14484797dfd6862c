"""`Watcher`: one reader's way through the changes, first from the log, then with the feed."""

from collections.abc import AsyncIterator
from typing import Protocol

from tenantry.base import Principal
from tenantry.base.errors import Unavailable
from tenantry.configs.model import GLOBAL_TENANT, STREAM_PREFIX
from tenantry.configs.service.audience import Chunk
from tenantry.configs.service.frame import frame_of
from tenantry.configs.service.ring import FrameRing
from tenantry.eventlog import EventLog
from tenantry.telemetry import emit, get_logger

_LOG = get_logger("tenantry.configs")

WINDOW_POSITIONS = 2_000
"""How much of the log one read looks through for somebody who comes from far behind."""


class Feed(Protocol):
    """The feed as a watcher knows it."""

    @property
    def ring(self) -> FrameRing:
        """The newest frames."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether the feed goes on."""
        ...

    def is_served(self, cursor: int) -> bool:
        """Whether whoever has everything up to `cursor` need only wait."""
        ...

    async def wait(self, watcher: "Watcher") -> Chunk:
        """Wait with all others for what is new."""
        ...

    def leave(self, watcher: "Watcher") -> None:
        """Forget a watcher."""
        ...


class Watcher:
    """Every change that one tenant sees behind a position: once, in order, until it is closed.

    These are the tenant's own and those of the layer beneath, of names that start with `prefix`.
    `cursor` is the position up to which `next` has returned everything. `principal` is who reads,
    and `is_ended` that nothing more is for them.
    """

    def __init__(
        self,
        *,
        feed: Feed,
        log: EventLog,
        principal: Principal,
        tenant_id: str,
        prefix: str,
        after: int,
    ) -> None:
        self.principal = principal
        self.tenant_id = tenant_id
        self.prefix = prefix
        self.cursor = after
        self.is_ended = False
        self._feed = feed
        self._log = log
        self._is_live = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield what comes until the feed ends or has left this reader behind; then close.

        It ends too where the log cannot be read: whoever comes back goes on where it was.
        """
        try:
            while (chunk := await self.next()) is not None:
                if chunk:
                    yield chunk
        except Unavailable as error:
            _LOG.warning("A watch ended, as the log cannot be read", reason=error.message)
        finally:
            self.close()

    async def next(self) -> Chunk:
        """Return what comes next, which may be nothing or a heartbeat; None at the end.

        Raises `Unavailable` where the log must be read and cannot be.
        """
        chunk = await self._next()
        # What was on its way when it was ended is not handed out either.
        return None if self.is_ended else chunk

    def close(self) -> None:
        """Leave the feed; a no-op the second time."""
        self._feed.leave(self)

    async def _next(self) -> Chunk:
        if self.is_ended or not self._feed.is_open:
            return None
        if not self._feed.ring.has(self.cursor):
            if not self._is_live:
                return await self._read_log()
            emit("tenantry.configs.watcher_cut", position=self.cursor)
            return None
        if not self._feed.is_served(self.cursor):
            return self._read_ring()

        self._is_live = True
        return await self._feed.wait(self)

    async def _read_log(self) -> bytes:
        """Read the next window of the log, which ends where the ring begins at the latest."""
        positions = min(WINDOW_POSITIONS, self._feed.ring.floor - self.cursor)
        events = await self._log.read_window(
            (self.tenant_id, GLOBAL_TENANT),
            prefix=STREAM_PREFIX + self.prefix,
            after=self.cursor,
            positions=positions,
        )
        # Positions are dense, so the window ends here also where nothing in it is for this reader.
        self.cursor += positions
        bodies = [frame.body for event in events if (frame := frame_of(event))]
        _tell_sent(len(bodies))
        return b"".join(bodies)

    def _read_ring(self) -> bytes:
        joined = self._feed.ring.joined(self.tenant_id, self.prefix, after=self.cursor)
        self.cursor = joined.until
        _tell_sent(joined.frame_count)
        return joined.body


def _tell_sent(frame_count: int) -> None:
    if frame_count:
        emit("tenantry.configs.frames_sent", frame_count=frame_count)
