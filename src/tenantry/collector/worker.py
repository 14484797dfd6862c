"""`CollectorProcess`: the process that collects, kept alive beside the one that serves."""

import asyncio
import contextlib
import multiprocessing
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tenantry.base import Clock, Looper
from tenantry.base.errors import Unavailable
from tenantry.collector.rules import news
from tenantry.collector.service import CollectorViews, Purging
from tenantry.execution import Backoff
from tenantry.telemetry import emit, get_logger

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tenantry.collector.model import PulseCounts

WATCH_SECONDS: Final = 2.0
PURGE_SECONDS: Final = 3_600.0
STOP_SECONDS: Final = 15.0
"""How long a child may take to store what has come."""
_LOOK_SECONDS: Final = 0.2
_HEALTHY_SECONDS: Final = 30.0
_LOGGER: Final = get_logger("tenantry.collector")


class CollectorProcess(Looper):
    """Runs `target(*args, connection)` in a process of its own, and again where that ends.

    The child ends when the connection does, so it never outlives this process.
    """

    def __init__(self, target: Callable[..., None], args: tuple[Any, ...], *, clock: Clock) -> None:
        super().__init__()
        self._target = target
        self._args = args
        self._clock = clock
        self._context = multiprocessing.get_context("spawn")
        self._pause = Backoff(first_seconds=0.5, most_seconds=30.0)
        self._child: BaseProcess | None = None
        self._ours: Connection | None = None

    @property
    def pid(self) -> int | None:
        """The child's, while there is one."""
        return None if self._child is None else self._child.pid

    async def _run(self) -> None:
        attempt = 0
        while True:
            began_at = self._clock.monotonic()
            child = await asyncio.to_thread(self._begin)
            while child.is_alive():
                await self._clock.sleep(_LOOK_SECONDS)
            self._let_go()
            emit("tenantry.collector.died", exit_code=child.exitcode)
            _LOGGER.warning("The collector's process has ended", exit_code=child.exitcode)
            was_healthy = self._clock.monotonic() - began_at > _HEALTHY_SECONDS
            attempt = 1 if was_healthy else attempt + 1
            await self._clock.sleep(self._pause.pause(attempt))

    async def _on_stop(self) -> None:
        await super()._on_stop()
        await asyncio.to_thread(self._end)

    def _on_crash(self, error: Exception) -> None:
        _LOGGER.error("The collector's process could not be started", exc_info=error)

    def _begin(self) -> BaseProcess:
        self._end()
        self._ours, theirs = self._context.Pipe()
        self._child = self._context.Process(
            target=self._target, args=(*self._args, theirs), name="tenantry-collector"
        )
        self._child.start()
        theirs.close()
        return self._child

    def _end(self) -> None:
        """Have the child store what has come and end, or end it."""
        child = self._child
        self._let_go()
        if child is not None:
            child.join(STOP_SECONDS)
            if child.is_alive():
                child.kill()
                child.join()

    def _let_go(self) -> None:
        if self._ours is not None:
            self._ours.close()
            self._ours = None
        self._child = None


class PulseWatch(Looper):
    """Tells this process what the one that collects says of itself, for metrics."""

    def __init__(
        self, views: CollectorViews, *, clock: Clock, seconds: float = WATCH_SECONDS
    ) -> None:
        super().__init__()
        self._views = views
        self._clock = clock
        self._seconds = seconds
        self._before: PulseCounts | None = None

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(self._seconds)
            with contextlib.suppress(Unavailable):
                await self.look()

    async def look(self) -> None:
        """Look now."""
        pulse, is_fresh = await self._views.pulse()
        if pulse is None or pulse.counts is None:
            return
        counts = news(self._before, pulse.counts)
        self._before = pulse.counts
        emit(
            "tenantry.collector.pulse",
            connected=is_fresh and pulse.connection == "connected",
            lag_seconds=pulse.lag_seconds or 0.0,
            queued=pulse.queued,
            **msgspec.structs.asdict(counts),
        )

    def _on_crash(self, error: Exception) -> None:
        _LOGGER.error("The collector's pulse could not be read", exc_info=error)


class PurgeWorker(Looper):
    """Has the content forgotten, each hour, that accounts have left behind which are deleted."""

    def __init__(
        self, purging: Purging, *, tenant_id: str, clock: Clock, seconds: float = PURGE_SECONDS
    ) -> None:
        super().__init__()
        self._purging = purging
        self._tenant_id = tenant_id
        self._clock = clock
        self._seconds = seconds

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(self._seconds)
            count = await self._purging.purge(self._tenant_id)
            if count:
                _LOGGER.info("Deleted accounts forgotten", tenant=self._tenant_id, records=count)

    def _on_crash(self, error: Exception) -> None:
        _LOGGER.error("Deleted accounts could not be forgotten", exc_info=error)
