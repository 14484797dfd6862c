"""`Undoing`: taking back what runs did."""

from collections.abc import Sequence
from typing import Any, Final

from tenantry.base import Clock, Principal
from tenantry.db import Tenant, Transaction
from tenantry.telemetry import get_logger, span
from tenantry.updater import rules, store
from tenantry.updater.errors import AlreadyUndone, NoSuchRun
from tenantry.updater.model import KeptRow, UndoPlan, UndoView
from tenantry.updater.service.journal import Journal
from tenantry.updater.service.living import Living
from tenantry.updater.service.permissions import RUN
from tenantry.updater.service.taking_back import undo_runs
from tenantry.updater.service.worlds import Worlds

ALL_RUNS: Final = "all"
_SHOWN: Final = 64

_LOGGER: Final = get_logger("tenantry.updater")


class Undoing:
    """Undoes runs, in any order; what a person has changed stays, and is named."""

    def __init__(self, *, worlds: Worlds, living: Living, journal: Journal, clock: Clock) -> None:
        self._worlds = worlds
        self._living = living
        self._journal = journal
        self._clock = clock

    async def undo(self, principal: Principal, tenant_id: str, run_id: str) -> UndoView:
        """Undo one run, or every one there is: `all`, newest first.

        Raises `NoSuchRun`, `AlreadyUndone`, and `NotASandbox`: an undo writes too.
        """
        principal.authorise(tenant_id, RUN)
        self._worlds.check_sandbox(tenant_id)
        with span("tenantry.updater.undo", tenant=tenant_id):
            async with self._living.exclusive(tenant_id) as turn:
                wanted = await self._wanted(tenant_id, run_id)

                def unit(tx: Transaction) -> tuple[UndoPlan, dict[str, Any] | None]:
                    turn.check_in(tx)
                    now = self._clock.now_us()
                    plan = undo_runs(tx, tenant_id, wanted, at=now, by=principal.id)
                    if not wanted:
                        return plan, None
                    details = _told(wanted, plan)
                    self._journal.tell_in(tx, tenant_id, "info", "Runs undone", **details)
                    return plan, {**details, "runId": run_id}

                plan = await self._worlds.act(principal, tenant_id, "undone", unit)
        _LOGGER.info("Runs undone", tenant=tenant_id, **_told(wanted, plan))
        return _view(wanted, plan)

    async def _wanted(self, tenant_id: str, run_id: str) -> Sequence[str]:
        """Return the runs that are meant, newest first."""
        if run_id == ALL_RUNS:
            return await self._worlds.database.read(
                Tenant(tenant_id), store.standing_runs, tenant_id
            )
        found = await self._worlds.database.read(
            Tenant(tenant_id), store.find_run, tenant_id, rules.plain(run_id)
        )
        if found is None:
            raise NoSuchRun(f"tenant {tenant_id} has no run {rules.plain(run_id)}")
        if found.undone_at is not None:
            raise AlreadyUndone(f"run {found.run_id} was undone already, by {found.undone_by}")
        return [found.run_id]


def _told(run_ids: Sequence[str], plan: UndoPlan) -> dict[str, int]:
    return {
        "runs": len(run_ids),
        "removed": len(plan.removed),
        "restored": len(plan.restored),
        "returned": len(plan.returned),
        "removedWith": len(plan.removed_with),
        "kept": len(plan.kept),
    }


def _view(run_ids: Sequence[str], plan: UndoPlan) -> UndoView:
    return UndoView(
        run_ids=tuple(run_ids),
        removed=len(plan.removed),
        restored=len(plan.restored) + len(plan.returned),
        removed_with=len(plan.removed_with),
        kept=tuple(
            KeptRow(table=each.name.table, id=each.name.id, reason=each.reason)
            for each in plan.kept
        ),
    )
