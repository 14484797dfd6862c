"""What access does by itself: it notes uses of keys, and forgets and deletes what is over."""

from collections.abc import Callable, Sequence
from typing import Final

from tenantry.base import Clock, Looper
from tenantry.base.errors import Unavailable
from tenantry.db import Database, System
from tenantry.eventlog import ProjectionObserver, RecordedEvent
from tenantry.telemetry import get_logger
from tenantry.tenants.service import Access, ErasedElsewhere
from tenantry.tenants.store import PREFIX
from tenantry.tenants.store.credentials import forget_sessions, touch_keys

ROUND_SECONDS: Final = 60.0

_SYSTEM: Final = System("keys and sessions of all tenants")
_LOGGER: Final = get_logger("tenantry.tenants")


class AccessObserver(ProjectionObserver):
    """Calls `recheck` after every change of access, wherever it was made."""

    def __init__(self, *, recheck: Callable[[], object]) -> None:
        self._recheck = recheck

    def applied(self, events: Sequence[RecordedEvent]) -> None:
        """Have those looked at again who were let in before."""
        if any(event.type.startswith(PREFIX) for event in events):
            self._recheck()


class AccessWorker(Looper):
    """Stores once a minute which keys were used when, and at a stop; never in a request.

    It also calls `recheck` then, since a key or a session may have come to its end by itself.
    """

    def __init__(
        self, *, access: Access, database: Database, clock: Clock, recheck: Callable[[], object]
    ) -> None:
        super().__init__()
        self._recheck = recheck
        self._access = access
        self._database = database
        self._clock = clock

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(ROUND_SECONDS)
            await self._round()

    async def _round(self) -> None:
        self._recheck()
        try:
            await self._note_uses()
            await self._database.write(_SYSTEM, forget_sessions, self._clock.now_us())
        except Unavailable as error:
            _LOGGER.warning("Uses of keys were not stored", reason=error.message)

    async def _note_uses(self) -> None:
        uses = self._access.take_uses()
        if not uses:
            return
        try:
            await self._database.write(_SYSTEM, touch_keys, uses)
        except BaseException:  # whatever it was, or a stop: they are stored with the next ones
            self._access.put_back(uses)
            raise

    async def _on_stop(self) -> None:
        await super()._on_stop()
        try:
            await self._note_uses()
        except Unavailable as error:
            _LOGGER.warning("Uses of keys were not stored", reason=error.message)


class ErasureWorker(Looper):
    """Sees to it, from the start and once a minute, that of erased tenants nothing is left."""

    def __init__(self, elsewhere: ErasedElsewhere, *, clock: Clock) -> None:
        super().__init__()
        self._elsewhere = elsewhere
        self._clock = clock

    async def _run(self) -> None:
        while True:
            await self._elsewhere.finish_all()
            await self._clock.sleep(ROUND_SECONDS)
