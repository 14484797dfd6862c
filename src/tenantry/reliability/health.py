"""Health: what the program depends on, looked at whenever somebody asks, and not more often.

    health = HealthRegistry()
    health.register("database", database.ping)
    report = await health.report()

A check is an `async def` that really touches what it is named after. It returns nothing where all
is well, a `CheckOutcome` where it has more to say, and raises where it could not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import TypeAlias

import msgspec

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid, TenantryError
from tenantry.base.instant import format_millisecond
from tenantry.reliability.health_report import (
    CheckOutcome,
    HealthReport,
    ServiceHealth,
    overall_health,
)

Check: TypeAlias = Callable[[], Awaitable[CheckOutcome | None]]

_SYSTEM_CLOCK = SystemClock()
_WELL = CheckOutcome("healthy")


class _Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A check, and how long it may take."""

    name: str
    check: Check
    degraded_after_seconds: float
    timeout_seconds: float


class HealthRegistry:
    """The health checks of a process, for one event loop.

    They run at the same time, each for `timeout_seconds` at most. Who asks while they run waits for
    the same run, and one who gives up does not end it; what they found is the answer for another
    `cache_seconds`.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float = 5.0,
        cache_seconds: float = 1.0,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        _must_be_positive(timeout_seconds=timeout_seconds)
        if not cache_seconds >= 0:
            raise Invalid(field="cache_seconds", got=cache_seconds, wants="0 or more")

        self._timeout_seconds = timeout_seconds
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._checks: dict[str, _Registered] = {}
        self._report: HealthReport | None = None
        self._fresh_until = 0.0
        self._run: asyncio.Task[HealthReport] | None = None
        # An event loop itself holds its tasks weakly.
        self._tasks: set[asyncio.Task[HealthReport]] = set()

    def register(
        self,
        name: str,
        check: Check,
        *,
        degraded_after_seconds: float = 1.0,
        timeout_seconds: float | None = None,
    ) -> None:
        """Look at `name` by `check` too; one that takes longer than so long is degraded.

        Raises `Invalid` where the name is taken, is empty, or holds a colon.
        """
        if not name or ":" in name:
            raise Invalid(field="name", got=name, wants="a name without a colon")
        if name in self._checks:
            raise Invalid(field="name", got=name, wants="a name that is not registered yet")
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        _must_be_positive(degraded_after_seconds=degraded_after_seconds, timeout_seconds=timeout)

        self._checks[name] = _Registered(
            name=name,
            check=check,
            degraded_after_seconds=degraded_after_seconds,
            timeout_seconds=timeout,
        )
        self._forget()

    def unregister(self, name: str) -> None:
        """Look at `name` no more; does nothing where it is not registered."""
        if self._checks.pop(name, None) is not None:
            self._forget()

    async def report(self) -> HealthReport:
        """Return how everything is, looking at it unless that was done just now."""
        if self._report is not None and self._clock.monotonic() < self._fresh_until:
            return self._report

        if self._run is None or self._run.done():
            # In a context of its own: the first caller's deadline is not that of the others.
            self._run = asyncio.create_task(self._look(), context=Context())
            self._tasks.add(self._run)
            self._run.add_done_callback(self._tasks.discard)
        return await asyncio.shield(self._run)

    def _forget(self) -> None:
        """Let the next who asks start a run: what is known, or under way, is of other checks."""
        self._report = None
        self._run = None

    async def _look(self) -> HealthReport:
        run = asyncio.current_task()
        checks = tuple(self._checks.values())
        services = tuple(await asyncio.gather(*map(self._ask, checks)))
        report = HealthReport(
            overall=overall_health(services), services=services, timestamp=self._timestamp()
        )

        if run is self._run:
            self._report = report
            self._fresh_until = self._clock.monotonic() + self._cache_seconds
        return report

    async def _ask(self, registered: _Registered) -> ServiceHealth:
        started_at = self._clock.monotonic()
        outcome = await self._answer(registered)
        seconds = self._clock.monotonic() - started_at

        if outcome.status == "healthy" and seconds > registered.degraded_after_seconds:
            outcome = CheckOutcome("degraded", f"took {seconds * 1000:,.0f} ms")
        return ServiceHealth(
            service=registered.name,
            status=outcome.status,
            response_time=round(seconds * 1000),
            timestamp=self._timestamp(),
            message=outcome.message,
        )

    async def _answer(self, registered: _Registered) -> CheckOutcome:
        """Return the check's own word, or that there was none in time."""
        answer = asyncio.create_task(_outcome_of(registered.check))
        alarm = asyncio.create_task(self._clock.sleep(registered.timeout_seconds))
        try:
            await asyncio.wait({answer, alarm}, return_when=asyncio.FIRST_COMPLETED)
            is_answered = answer.done()
        finally:
            # Without waiting for it to end: one that will not be stopped holds nobody up.
            answer.cancel()
            alarm.cancel()

        if not is_answered:
            seconds = registered.timeout_seconds
            return CheckOutcome("unhealthy", f"no answer within {seconds:g} s")
        return CheckOutcome("unhealthy", "cancelled") if answer.cancelled() else answer.result()

    def _timestamp(self) -> str:
        return format_millisecond(self._clock.now_us())


async def _outcome_of(check: Check) -> CheckOutcome:
    try:
        outcome: object = await check()
    except TenantryError as error:
        return CheckOutcome("unhealthy", error.message)
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its answer
        # Only its kind: a foreign message may hold an address with its password.
        return CheckOutcome("unhealthy", type(error).__name__)

    if outcome is None:
        return _WELL
    if isinstance(outcome, CheckOutcome):
        return outcome
    # `False`, say, is not taken for good health.
    kind = type(outcome).__name__
    return CheckOutcome("unhealthy", f"the check returned a {kind}, wants a CheckOutcome or None")


def _must_be_positive(**seconds: float) -> None:
    for name, value in seconds.items():
        if not value > 0:
            raise Invalid(field=name, got=value, wants="more than 0")
