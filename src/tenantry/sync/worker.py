"""What sync does on its own: it sweeps up behind runs that were left lying."""

from typing import Final

from tenantry.base import Clock, Looper
from tenantry.base.errors import Unavailable
from tenantry.sync.service import SyncUpkeep
from tenantry.telemetry import get_logger

SWEEP_SECONDS: Final = 5.0
_FORGET_EVERY: Final = 720
"""Sweeps: once an hour."""

_LOGGER: Final = get_logger("tenantry.sync")


class SyncWorker(Looper):
    """Goes on with what was left lying."""

    def __init__(
        self,
        *,
        upkeep: SyncUpkeep,
        clock: Clock,
        seconds: float = SWEEP_SECONDS,
    ) -> None:
        super().__init__()
        self._upkeep = upkeep
        self._clock = clock
        self._seconds = seconds

    async def _on_start(self) -> None:
        await self._upkeep.release_those_of_the_dead()
        await super()._on_start()

    async def _run(self) -> None:
        count = 0
        while True:
            try:
                await self._upkeep.sweep()
                if count % _FORGET_EVERY == 0:
                    await self._upkeep.forget_old()
            except Unavailable as error:
                _LOGGER.warning("Syncs were not swept", reason=error.message)
            count += 1
            await self._clock.sleep(self._seconds)

    def _on_crash(self, error: Exception) -> None:
        _LOGGER.error("The sweeping of syncs failed and begins anew", exc_info=error)
