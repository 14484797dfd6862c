"""`Backfilling`: giving a tenant a history, as if its updaters had run all along."""

from typing import Any, Final

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid, NotFound
from tenantry.base.instant import format_instant
from tenantry.db import Transaction
from tenantry.telemetry import get_logger
from tenantry.updater import store
from tenantry.updater.errors import HistoryExists
from tenantry.updater.model import BackfillView, StoredWorld
from tenantry.updater.service.advancing import HISTORY
from tenantry.updater.service.journal import Journal
from tenantry.updater.service.living import Living, decided_until
from tenantry.updater.service.permissions import READ, RUN
from tenantry.updater.service.settings import UpdaterSettings
from tenantry.updater.service.worlds import Worlds, keep_in, world_in

MAX_DAYS: Final = 3_660
"""Ten years."""
_DAY_US: Final = 86_400_000_000
_SECOND_US: Final = 1_000_000

_LOGGER: Final = get_logger("tenantry.updater")


class Backfilling:
    """Has fire times run that are past, in order, by whichever node; a restart goes on with it."""

    def __init__(
        self,
        *,
        worlds: Worlds,
        settings: UpdaterSettings,
        living: Living,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._worlds = worlds
        self._settings = settings
        self._living = living
        self._journal = journal
        self._clock = clock

    async def begin(self, principal: Principal, tenant_id: str, days: int) -> BackfillView:
        """Have the last `days` days happen; `progress` says how far that is.

        Raises `NotASandbox`, `Invalid`, and `HistoryExists` where something has run already: what
        happens later is made of what happened before.
        """
        principal.authorise(tenant_id, RUN)
        self._worlds.check_sandbox(tenant_id)
        if not 1 <= days <= MAX_DAYS:
            raise Invalid(field="days", got=days, wants=f"a number from 1 to {MAX_DAYS}")
        settled = self._settings.find(tenant_id)
        async with self._living.exclusive(tenant_id) as turn:
            until = self._clock.now_us() // _SECOND_US * _SECOND_US
            since = until - days * _DAY_US

            def unit(tx: Transaction) -> tuple[StoredWorld, dict[str, Any]]:
                turn.check_in(tx)
                self._worlds.check_sandbox(tenant_id)
                world = world_in(tx, tenant_id, settled)
                if world.backfill_until is not None or store.standing_runs(tx, tenant_id, limit=1):
                    raise HistoryExists(
                        f"tenant {tenant_id} has runs already, and a history is made before the "
                        "first of them; undo all of them first, or let the tenant live on"
                    )
                begun = msgspec.structs.replace(
                    world,
                    backfill_from=since,
                    backfill_until=until,
                    slots={},
                    numbers=_numbers_of_next_history(world),
                )
                keep_in(tx, begun)
                store.set_backfill(tx, tenant_id, since=since, until=until)
                self._living.backfill_in(tx, turn, since=since, until=until)
                self._journal.tell_in(tx, tenant_id, "info", "Backfill begun", days=days)
                return begun, {"days": days}

            world = await self._worlds.act(principal, tenant_id, "backfilled", unit)
        _LOGGER.info("Backfill begun", tenant=tenant_id, days=days)
        self._living.wake()
        view = view_of(world, at=since)
        assert view is not None  # noqa: S101 - it has just begun
        return view

    async def progress(self, principal: Principal, tenant_id: str) -> BackfillView:
        """Say how far the history is; raises `NotFound` where none was asked for."""
        principal.authorise(tenant_id, READ)
        world = await self._worlds.find(tenant_id)
        standing = await self._living.standing(tenant_id)
        view = None if world is None else view_of(world, at=decided_until(standing))
        if view is None:
            raise NotFound(f"tenant {tenant_id} has no backfill", code="no_backfill")
        return view


def _numbers_of_next_history(world: StoredWorld) -> dict[str, int]:
    """Return a world's numbers, with that of a history which follows one that was undone."""
    if "run" not in world.numbers:
        return world.numbers
    return {**world.numbers, HISTORY: world.numbers.get(HISTORY, 1) + 1}


def view_of(world: StoredWorld, *, at: int) -> BackfillView | None:
    """Return how far a backfill is, None where there was none; `at` is what is decided."""
    since, until = world.backfill_from, world.backfill_until
    if since is None:
        return None
    if until is None:
        return BackfillView(
            since=format_instant(since), until=None, at=None, progress=1.0, is_done=True
        )
    at = min(max(at, since), until)
    return BackfillView(
        since=format_instant(since),
        until=format_instant(until),
        at=format_instant(at),
        progress=round((at - since) / max(1, until - since), 4),
        is_done=False,
    )
