"""What repeats on its own beside the features: watching the log, and forgetting old keys."""

import contextlib
import os
import time
from typing import Final

from tenantry.base import Clock, Looper
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.db import GuardedDatabase
from tenantry.eventlog import EventLog
from tenantry.operations.service import (
    BreakerControl,
    DatabaseAllowance,
    Doctor,
    Health,
    ProcessFigures,
)
from tenantry.telemetry import emit, get_logger

PULSE_SECONDS: Final = 5.0
SWEEP_SECONDS: Final = 3600.0
FOLLOW_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 1.0

_PROCESSORS: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1

_LOGGER = get_logger("tenantry.operations")


class Pulse(Looper):
    """Keeps the metrics that alerts are made of true while nobody asks anything of this node."""

    def __init__(
        self,
        *,
        health: Health,
        database: GuardedDatabase,
        clock: Clock,
        seconds: float = PULSE_SECONDS,
    ) -> None:
        super().__init__()
        self._health = health
        self._database = database
        self._clock = clock
        self._seconds = seconds

    async def beat(self) -> None:
        """Look once whether the log can be read, and how far the projections are behind it.

        A breaker that waits for somebody to try gets its try.
        """
        await self._database.probe()
        head = await self._health.head_position()
        emit("tenantry.eventlog.up", up=head is not None)
        if head is not None:
            for name, lag in self._health.lags(head).items():
                emit("tenantry.projection.moved", projection=name, position=head - lag, lag=lag)

    async def _run(self) -> None:
        while True:
            await self.beat()
            await self._clock.sleep(self._seconds)


class Sweeper(Looper):
    """Deletes idempotency keys and leases of rates whose time is over, once an hour."""

    def __init__(
        self,
        *,
        log: EventLog,
        allowance: DatabaseAllowance,
        clock: Clock,
        seconds: float = SWEEP_SECONDS,
    ) -> None:
        super().__init__()
        self._log = log
        self._allowance = allowance
        self._clock = clock
        self._seconds = seconds

    async def sweep(self) -> None:
        """Delete them once; a database that is away is left for the next time."""
        try:
            await self._log.forget_expired_keys()
            await self._allowance.sweep()
        except TenantryError as error:
            _LOGGER.warning("What has expired was not deleted", reason=error.message)

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(self._seconds)
            await self.sweep()


class OverrideFollower(Looper):
    """Does on this node, within a second, what operators ordered of breakers on another."""

    def __init__(
        self, *, control: BreakerControl, clock: Clock, seconds: float = FOLLOW_SECONDS
    ) -> None:
        super().__init__()
        self._control = control
        self._clock = clock
        self._seconds = seconds

    async def _run(self) -> None:
        while True:
            # While the database is away nobody can order anything either.
            with contextlib.suppress(Unavailable):
                await self._control.follow()
            await self._clock.sleep(self._seconds)


class ProcessWatch(Looper):
    """Measures how late the loop runs, and what the process uses of its processors."""

    def __init__(
        self, *, figures: ProcessFigures, clock: Clock, seconds: float = WATCH_SECONDS
    ) -> None:
        super().__init__()
        self._figures = figures
        self._clock = clock
        self._seconds = seconds

    async def _run(self) -> None:
        while True:
            asleep_at, used = self._clock.monotonic(), time.process_time()
            await self._clock.sleep(self._seconds)
            passed = self._clock.monotonic() - asleep_at
            self._figures.note(
                lag_seconds=passed - self._seconds,
                cpu_share=(time.process_time() - used) / passed / _PROCESSORS,
            )


class Checkup(Looper):
    """Examines the node once, beside what it does, and logs what the doctor finds."""

    def __init__(self, *, doctor: Doctor) -> None:
        super().__init__()
        self._doctor = doctor

    async def _run(self) -> None:
        await self._doctor.warn()
