"""`StrategyLoop`: carries on whatever strategies are under way, a few at once."""

import asyncio
from contextlib import suppress
from typing import Final

from tenantry.base import Clock, Looper
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.collector.service.strategies import Strategies
from tenantry.collector.service.strategy_running import StrategyRunner
from tenantry.telemetry import get_logger

POLL_SECONDS: Final = 1.0
"""How long it may take until this node hears what was started on another one."""
AT_ONCE: Final = 4
_LOOKED_AT: Final = 32
_FORGET_SECONDS: Final = 3_600.0
_LOGGER: Final = get_logger("tenantry.collector")


class StrategyLoop(Looper):
    """Finds runs that are due and carries them on; leases keep nodes out of one another's way."""

    def __init__(
        self,
        *,
        strategies: Strategies,
        runner: StrategyRunner,
        clock: Clock,
        seconds: float = POLL_SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        super().__init__()
        self._woken = strategies.woken
        self._runner = runner
        self._clock = clock
        self._seconds = seconds
        self._at_once = at_once
        self._carried: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._forget_at = 0.0

    async def _on_start(self) -> None:
        await self._runner.release_those_of_the_dead()
        await super()._on_start()

    async def _run(self) -> None:
        try:
            while True:
                self._woken.clear()
                try:
                    await self._look()
                except Unavailable as error:
                    _LOGGER.warning("Strategies could not be looked at", reason=error.message)
                await self._rest()
        finally:
            await self._leave_all()

    async def _look(self) -> None:
        now = self._clock.monotonic()
        if now >= self._forget_at:
            await self._runner.forget_old()
            self._forget_at = now + _FORGET_SECONDS
        for place in await self._runner.due(_LOOKED_AT):
            if len(self._carried) >= self._at_once:
                return
            if place not in self._carried:
                self._carried[place] = asyncio.create_task(self._carry(*place))

    async def _carry(self, tenant_id: str, run_id: str) -> None:
        try:
            if await self._runner.carry(tenant_id, run_id):
                # There is a place again.
                self._woken.set()
        except Unavailable as error:
            # It is due as it was, and goes on where it was.
            _LOGGER.warning("A strategy stands still", tenant=tenant_id, reason=error.message)
        except Exception as error:
            # A run's outermost guard: it would fail again and again, and others go on.
            _LOGGER.exception("A strategy has failed", tenant=tenant_id, run=run_id)
            told = error.message if isinstance(error, TenantryError) else type(error).__name__
            with suppress(Unavailable):
                await self._runner.fail(tenant_id, run_id, f"internal error: {told}")
        finally:
            self._carried.pop((tenant_id, run_id), None)

    async def _rest(self) -> None:
        """Wait a moment, or until somebody has decided something."""
        waiting = [
            asyncio.ensure_future(self._clock.sleep(self._seconds)),
            asyncio.ensure_future(self._woken.wait()),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _leave_all(self) -> None:
        tasks = list(self._carried.values())
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_crash(self, error: Exception) -> None:
        _LOGGER.error("The strategies' loop failed and begins anew", exc_info=error)
