"""What updaters do on their own: they run when they are due, whichever node sees it first."""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from tenantry.base import Clock, Looper
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.telemetry import get_logger
from tenantry.updater.service import UpdaterUpkeep

POLL_SECONDS: Final = 2.0
"""How long it may take until this node hears what was decided on another one."""
_RECHECK_US: Final = 60_000_000
"""So often a tenant is looked at although nothing seems to be due."""
_TROUBLE_US: Final = 2_000_000
_AT_ONCE: Final = 4
PLACE_SECONDS: Final = 60.0
"""How long a tenant keeps one of the places: longer than any step, but for what never returns."""
_FORGET_US: Final = 3_600_000_000

_LOGGER: Final = get_logger("tenantry.updater")


class _Seen(msgspec.Struct):
    """What a tenant's settings were when it was last looked at, and when to look again."""

    settings: object
    next_at: int


class UpdaterWorker(Looper):
    """Runs what is due of every tenant."""

    def __init__(
        self,
        *,
        upkeep: UpdaterUpkeep,
        clock: Clock,
        seconds: float = POLL_SECONDS,
        place_seconds: float = PLACE_SECONDS,
    ) -> None:
        super().__init__()
        self._upkeep = upkeep
        self._clock = clock
        self._seconds = seconds
        self._seen: dict[str, _Seen] = {}
        self._forget_at = 0
        self._place_seconds = place_seconds
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._steps: dict[str, asyncio.Task[None]] = {}
        self._again = set[str]()
        # Set when a step has ended, so that what is due next is known anew.
        self._ended = asyncio.Event()

    async def _on_start(self) -> None:
        await self._upkeep.release_those_of_the_dead()
        await super()._on_start()

    async def _run(self) -> None:
        try:
            while True:
                woken = self._upkeep.woken
                is_woken = woken.is_set()
                woken.clear()
                self._ended.clear()
                try:
                    await self._look(is_woken=is_woken)
                except Unavailable as error:
                    _LOGGER.warning("Updaters could not be looked at", reason=error.message)
                await self._rest(woken)
        finally:
            await self._end_steps()

    async def _look(self, *, is_woken: bool) -> None:
        """Have what is due run, several tenants at once, and none in the way of another."""
        now = self._clock.now_us()
        if now >= self._forget_at:
            await self._upkeep.forget_old()
            self._forget_at = now + _FORGET_US
        tenants = await self._upkeep.under_way()
        self._seen = {each: seen for each, seen in self._seen.items() if each in tenants}
        if is_woken:
            # What was decided while a step was under way, that step may not have seen.
            self._again.update(self._steps)
        for tenant_id in tenants:
            if tenant_id not in self._steps and (is_woken or self._is_due(tenant_id, now)):
                self._steps[tenant_id] = asyncio.create_task(self._have_place(tenant_id))

    async def _have_place(self, tenant_id: str) -> None:
        """Step once there is a place; whoever takes long gives it to others, and goes on."""
        async with self._places:
            step = asyncio.create_task(self._step(tenant_id))
            try:
                await asyncio.wait([step], timeout=self._place_seconds)
            except asyncio.CancelledError:
                step.cancel()
                await asyncio.wait([step])
                raise
        try:
            await step
        finally:
            step.cancel()
            self._steps.pop(tenant_id, None)
            if tenant_id in self._again:
                self._again.discard(tenant_id)
                self._seen.pop(tenant_id, None)
            self._ended.set()

    async def _end_steps(self) -> None:
        steps = list(self._steps.values())
        for each in steps:
            each.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        self._steps.clear()
        self._again.clear()

    async def _step(self, tenant_id: str) -> None:
        settings = self._upkeep.settings_of(tenant_id)
        try:
            next_at = await self._upkeep.step(tenant_id)
        except Exception as error:  # noqa: BLE001 - a tenant's outermost guard: others go on
            # One tenant's trouble is no other's, and is tried again in a while.
            reason = error.message if isinstance(error, TenantryError) else type(error).__name__
            _LOGGER.warning("A tenant's updaters stand still", tenant=tenant_id, reason=reason)
            next_at = self._clock.now_us() + _TROUBLE_US
        at = self._clock.now_us() + _RECHECK_US
        self._seen[tenant_id] = _Seen(settings, at if next_at is None else min(at, next_at))

    def _is_due(self, tenant_id: str, now: int) -> bool:
        seen = self._seen.get(tenant_id)
        return (
            seen is None
            or seen.next_at <= now
            # The clock was moved back.
            or seen.next_at > now + 2 * _RECHECK_US
            or seen.settings is not self._upkeep.settings_of(tenant_id)
        )

    async def _rest(self, woken: asyncio.Event) -> None:
        """Wait until something is due, or somebody has decided something."""
        now = self._clock.now_us()
        soonest = min(
            (seen.next_at for each, seen in self._seen.items() if each not in self._steps),
            default=now + _RECHECK_US,
        )
        seconds = max(0.0, min(self._seconds, (soonest - now) / 1_000_000))
        waiting = [
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(woken.wait()),
            asyncio.ensure_future(self._ended.wait()),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*waiting, return_exceptions=True)

    def _on_crash(self, error: Exception) -> None:
        _LOGGER.error("The updaters' worker failed and begins anew", exc_info=error)
