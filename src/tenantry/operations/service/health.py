"""What works: every check touches its thing, now, and none may take longer than two seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from tenantry.base import Clock
from tenantry.base.instant import format_instant
from tenantry.db import Database
from tenantry.eventlog import EventLog
from tenantry.operations.model import NodeHealthReport, ReadinessReport
from tenantry.reliability import CheckOutcome, HealthRegistry, HealthReport

CHECK_SECONDS: Final = 2.0
LAG_MAX: Final = 1_000
"""Events a projection may be behind the log before it counts as stuck, not busy."""


class Follower(Protocol):
    """A projection that follows the log."""

    @property
    def position(self) -> int:
        """The last position it has applied."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether it answers with the log's own state."""
        ...


class Health:
    """The checks of one node; `followers` are its projections by name.

    `is_started` says whether everything has been opened, `is_draining` whether it is about to stop.
    `services` are the checks of `overview`; others may be registered there.
    """

    def __init__(
        self,
        *,
        database: Database,
        log: EventLog,
        followers: Mapping[str, Follower],
        clock: Clock,
        is_started: Callable[[], bool],
        is_draining: Callable[[], bool],
        check_seconds: float = CHECK_SECONDS,
        services: HealthRegistry | None = None,
    ) -> None:
        self.services = services or HealthRegistry(timeout_seconds=check_seconds, clock=clock)
        self._database = database
        self._log = log
        self._followers = followers
        self._clock = clock
        self._is_started = is_started
        self._is_draining = is_draining
        self._check_seconds = check_seconds
        self._register_own()

    async def overview(self) -> HealthReport:
        """Say how everything is that is registered with `services`, as of the last second."""
        return await self.services.report()

    async def report(self) -> NodeHealthReport:
        """Check the log, the projections and the database."""
        head, is_database_up = await asyncio.gather(self.head_position(), self._is_database_up())
        checks = {
            "eventstore": "ok" if head is not None else "down",
            "projection": "ok" if self._are_followers_current(head) else "down",
            "database": "ok" if is_database_up else "error",
        }
        is_healthy = set(checks.values()) == {"ok"}
        return NodeHealthReport(
            status="healthy" if is_healthy else "unhealthy",
            timestamp=format_instant(self._clock.now_us()),
            checks=checks,
        )

    async def readiness(self) -> ReadinessReport:
        """Check the same, and that this node is neither starting nor stopping."""
        checks = {
            "started": "ok" if self._is_started() else "starting",
            "accepting": "draining" if self._is_draining() else "ok",
            **(await self.report()).checks,
        }
        is_ready = set(checks.values()) == {"ok"}
        return ReadinessReport(status="ready" if is_ready else "not_ready", checks=checks)

    async def head_position(self) -> int | None:
        """Return where the log ends; None where it cannot be read within the time of a check."""
        try:
            async with asyncio.timeout(self._check_seconds):
                return await self._log.touch()
        except Exception:  # noqa: BLE001 - the outermost guard of a check: whatever it was, it is down
            return None

    def lags(self, head: int) -> dict[str, int]:
        """Return how many events each projection is behind `head`, by its name."""
        return {
            name: max(0, head - follower.position) for name, follower in self._followers.items()
        }

    def _register_own(self) -> None:
        # The database first: where it is away, what follows is its consequence.
        self.services.register("database", self._check_database)
        self.services.register("eventlog", self._check_log)
        self.services.register("projections", self._check_followers)

    async def _check_database(self) -> CheckOutcome | None:
        await self._database.ping()
        if not self._database.is_ready:
            return CheckOutcome("unhealthy", "the database answers and cannot be written to")
        return None

    async def _check_log(self) -> None:
        await self._log.touch()

    async def _check_followers(self) -> CheckOutcome | None:
        building = [name for name, follower in self._followers.items() if not follower.is_ready]
        if building:
            return CheckOutcome("unhealthy", f"not built yet: {', '.join(building)}")
        lags = self.lags(await self._log.touch())
        behind = [f"{name} is {lag:,} events behind" for name, lag in lags.items() if lag > LAG_MAX]
        return CheckOutcome("unhealthy", ", ".join(behind)) if behind else None

    async def _is_database_up(self) -> bool:
        return await self._passes(self._database.ping()) and self._database.is_ready

    def _are_followers_current(self, head: int | None) -> bool:
        if not all(follower.is_ready for follower in self._followers.values()):
            return False
        return head is None or all(lag <= LAG_MAX for lag in self.lags(head).values())

    async def _passes(self, check: Awaitable[None]) -> bool:
        try:
            async with asyncio.timeout(self._check_seconds):
                await check
        except Exception:  # noqa: BLE001 - the outermost guard of a check: whatever it was, it failed
            return False
        return True
