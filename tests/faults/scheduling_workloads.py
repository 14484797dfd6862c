"""The workloads of scheduling: nodes that run one line until it is through, or are killed."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from tenantry.base import SystemClock
from tenantry.scheduling import FireTime
from tests.conformance.spine import running_database
from tests.faults.life import Life
from tests.support.lines import (
    SECOND,
    EffectLine,
    add_effects,
    effects,
    firings,
    runner_of,
    schedule,
)
from tests.support.waiting import wait_until

START: Final = 1_700_000_000 * SECOND
TIMES: Final = 1_000
END: Final = START + TIMES * SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEASE_SECONDS: Final = 0.5
_HELD_BATCH: Final = 5
_IDLE_SECONDS: Final = 0.005
# Every second from START to a minute behind END, and no more: a slow machine gets to the end too.
TICK: Final = schedule(cron="* 13-30 22 14 11 *", overlap="allow", retry_seconds=0.0)


class FastClock(SystemClock):
    """The time since `real` runs `speed` times as fast, from `start` on."""

    def __init__(self, *, start: int, real: int, speed: float) -> None:
        self._start = start
        self._real = real
        self._speed = speed

    def now_us(self) -> int:
        """The time in microseconds."""
        passed = time.time_ns() // 1_000 - self._real
        return self._start + int(passed * self._speed)

    def now(self) -> datetime:
        """The time."""
        return _EPOCH + timedelta(microseconds=self.now_us())

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock."""
        await asyncio.sleep(seconds / self._speed)


async def begin_line(life: Life) -> None:
    """Let the schedule begin at `START`."""
    clock = FastClock(start=START, real=time.time_ns() // 1_000, speed=1e-6)
    async with running_database(life.url) as database:
        await add_effects(database)
        result = await runner_of(database, clock).step(EffectLine(database, TICK))
        assert result.error is None


async def run_line(life: Life) -> None:
    """Run what is due, up to `END` at least, and report each batch before it is committed.

    With a `gate`, the whole process stands still in the fifth one until that file is there.
    """
    speed = life.arguments["speed"]
    clock = FastClock(start=life.arguments["start"], real=life.arguments["real"], speed=speed)
    holder, gate = life.arguments["holder"], life.arguments["gate"]
    batches = count(1)

    async def tell(times: Sequence[FireTime]) -> None:
        life.report("fires", [time.at for time in times])
        if next(batches) == _HELD_BATCH and gate is not None:
            # As a machine that is suspended: nothing of the process goes on but what was under way.
            wait_until(Path(gate).exists, timeout=60)

    async with running_database(life.url) as database:
        ttl_seconds = _LEASE_SECONDS * speed
        runner = runner_of(database, clock, holder, ttl_seconds=ttl_seconds, batch_max=7)
        await runner.release_those_of_the_dead()
        line = EffectLine(database, TICK)
        line.before = tell
        while True:
            result = await runner.step(line)
            if result.error is not None:
                life.report("lost", result.error)
            standing = await runner.standing(line)
            if standing.marks["tick"].decided_until >= END and not standing.running:
                return
            await asyncio.sleep(_IDLE_SECONDS)


async def tell_line(life: Life) -> None:
    """Report what has run, and what was recorded of it."""
    async with running_database(life.url) as database:
        life.report("effects", [at for at, _ in await effects(database)])
        found = await firings(database)
        life.report("firings", [(each.fire_at, each.status) for each in found])
