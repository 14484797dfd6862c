"""`UpdaterViews`: how a tenant's updaters stand, what they did, and whether they do well."""

import re
from collections.abc import Mapping
from typing import Final

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid
from tenantry.base.instant import format_instant
from tenantry.db import Tenant, Transaction
from tenantry.scheduling import Firing, Standing
from tenantry.updater import rules, store
from tenantry.updater.errors import NoSuchRun
from tenantry.updater.model import (
    FIRST_CUSTOMER,
    FiringView,
    HealthView,
    LogLineView,
    MetricsView,
    RunDetail,
    RunMetrics,
    RunRecord,
    StatusView,
    StoredWorld,
    SystemMetricsView,
    UpdaterMetricsView,
    UpdaterRunView,
    UpdaterView,
)
from tenantry.updater.rules import CORPUS_VERSION, health_of, seed_of
from tenantry.updater.service.backfilling import view_of
from tenantry.updater.service.explaining import Explaining
from tenantry.updater.service.living import Living, decided_until
from tenantry.updater.service.permissions import READ, ROWS
from tenantry.updater.service.settings import Settled, UpdaterSettings
from tenantry.updater.service.updater import UpdaterRegistry
from tenantry.updater.service.worlds import Worlds

_CURSOR_DIGITS: Final = 18
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


class UpdaterViews:
    """Reads; whoever may see a tenant's updaters may ask."""

    def __init__(
        self,
        *,
        worlds: Worlds,
        settings: UpdaterSettings,
        registry: UpdaterRegistry,
        explaining: Explaining,
        living: Living,
        clock: Clock,
    ) -> None:
        self._worlds = worlds
        self._database = worlds.database
        self._settings = settings
        self._registry = registry
        self._explaining = explaining
        self._living = living
        self._clock = clock

    async def status(self, principal: Principal, tenant_id: str) -> StatusView:
        """Say how they stand."""
        principal.authorise(tenant_id, READ)
        settled = self._settings.find(tenant_id)
        world, figures = await self._known(tenant_id)
        standing = await self._living.standing(tenant_id)
        is_running = world is not None and world.is_running
        updaters = self._updaters(settled, figures, standing, is_running=is_running)
        return StatusView(
            is_running=is_running,
            is_dry_run=world is not None and world.is_dry_run,
            tenant_id=tenant_id,
            customer_id=FIRST_CUSTOMER,
            is_sandbox=self._worlds.is_sandbox(tenant_id),
            started_at=_shown(world.started_at if world else None),
            started_by=world.started_by if world else None,
            updaters=updaters,
            next_executions={each.name: each.next_execution for each in updaters},
            running=tuple(firing.schedule for firing in standing.running),
            backfill=view_of(world, at=decided_until(standing)) if world else None,
            corpus_version=world.corpus_version if world else CORPUS_VERSION,
            seed=str(world.seed if world else seed_of(tenant_id)),
            revision=world.revision if world else 0,
            is_clock_behind=standing.is_clock_behind,
        )

    async def metrics(self, principal: Principal, tenant_id: str) -> MetricsView:
        """Return the figures."""
        principal.authorise(tenant_id, READ)
        settled = self._settings.find(tenant_id)
        world, figures = await self._known(tenant_id)
        standing = await self._living.standing(tenant_id)
        is_running = world is not None and world.is_running
        updaters = self._updaters(settled, figures, standing, is_running=is_running)
        return MetricsView(
            system_metrics=SystemMetricsView(
                is_running=is_running,
                total_updaters=len(updaters),
                enabled_updaters=sum(each.is_enabled for each in updaters),
                next_executions={each.name: each.next_execution for each in updaters},
                rows_today=await self._living.rows_today(tenant_id),
                rows_per_day_limit=settled.config.execution_config.rows_per_day,
            ),
            updater_metrics=tuple(_metrics(each, figures.get(each.name)) for each in updaters),
        )

    async def logs(self, principal: Principal, tenant_id: str, count: int) -> list[LogLineView]:
        """Return the newest lines, newest first."""
        principal.authorise(tenant_id, READ)
        lines = await self._database.read(Tenant(tenant_id), store.newest_logs, tenant_id, count)
        return [
            LogLineView(
                timestamp=format_instant(line.at),
                level=line.level,
                message=line.message,
                data=line.data,
                source=line.node,
            )
            for line in lines
        ]

    async def health(self, principal: Principal, tenant_id: str) -> HealthView:
        """Say whether they do what they should."""
        principal.authorise(tenant_id, READ)
        return await self.health_of(tenant_id)

    async def health_of(self, tenant_id: str) -> HealthView:
        """Say the same to whoever watches over all tenants."""
        names = [each.name for each in self._registry.all()]

        def unit(tx: Transaction) -> tuple[StoredWorld | None, dict[str, list[RunRecord]]]:
            return store.find_world(tx, tenant_id), {
                name: store.runs_before(tx, tenant_id, store.NEWEST, 1, updater=name)
                for name in names
            }

        world, last_runs = await self._database.read(Tenant(tenant_id), unit)
        standing = await self._living.standing(tenant_id)
        now = self._clock.now_us()
        is_running = world is not None and world.is_running
        due = min((at for at in standing.next_fires.values() if at is not None), default=now)
        if world is not None and world.backfill_until is not None:
            # What a history is made of was due long ago, and nobody was to run it then.
            due = max(due, world.backfill_until)
        status, reasons = health_of(
            is_running=is_running,
            is_sandbox=self._worlds.is_sandbox(tenant_id),
            overdue_seconds=max(0, now - due) / 1_000_000,
            is_clock_behind=standing.is_clock_behind,
            last_runs=last_runs,
        )
        return HealthView(
            status=status,
            updater_system_running=is_running,
            total_updaters=len(names),
            reasons=tuple(reasons),
            timestamp=format_instant(now),
        )

    async def runs(
        self, principal: Principal, tenant_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[UpdaterRunView], str | None]:
        """Return runs, newest first, and the cursor that leads on."""
        principal.authorise(tenant_id, READ)
        before = store.NEWEST if cursor is None else _read_number(cursor)
        found = await self._database.read(
            Tenant(tenant_id), store.runs_before, tenant_id, before, limit + 1
        )
        page = found[:limit]
        following = str(page[-1].number) if len(found) > limit else None
        return [_run(each) for each in page], following

    async def run(self, principal: Principal, tenant_id: str, run_id: str) -> RunDetail:
        """Return a run with its changes; their values are for whoever may read rows."""
        principal.authorise(tenant_id, READ)
        may_read = principal.may(tenant_id, ROWS)

        def unit(tx: Transaction) -> RunDetail:
            found = store.find_run(tx, tenant_id, rules.plain(run_id))
            if found is None:
                raise NoSuchRun(f"tenant {tenant_id} has no run {rules.plain(run_id)}")
            changes = store.changes_of(tx, tenant_id, found.run_id)
            return RunDetail(
                run=_run(found),
                changes=tuple(
                    {
                        "table": each.table,
                        "id": each.row_id,
                        "isInsert": each.is_insert,
                        "values": each.values if may_read else None,
                        "columns": sorted(each.values),
                    }
                    for each in changes
                ),
            )

        return await self._database.read(Tenant(tenant_id), unit)

    async def firings(
        self, principal: Principal, tenant_id: str, *, limit: int, cursor: str | None
    ) -> tuple[list[FiringView], str | None]:
        """Return what became of fire times, newest first, and the cursor that leads on."""
        principal.authorise(tenant_id, READ)
        before = None if cursor is None else _read_place(cursor)
        found = await self._living.history(tenant_id, limit=limit + 1, before=before)
        page = found[:limit]
        following = f"{page[-1].fire_at}:{page[-1].schedule}" if len(found) > limit else None
        return [_firing(each) for each in page], following

    async def _known(self, tenant_id: str) -> tuple[StoredWorld | None, dict[str, RunMetrics]]:
        def unit(tx: Transaction) -> tuple[StoredWorld | None, dict[str, RunMetrics]]:
            figures = {each.updater: each for each in store.run_metrics(tx, tenant_id)}
            return store.find_world(tx, tenant_id), figures

        return await self._database.read(Tenant(tenant_id), unit)

    def _updaters(
        self,
        settled: Settled,
        figures: Mapping[str, RunMetrics],
        standing: Standing,
        *,
        is_running: bool,
    ) -> tuple[UpdaterView, ...]:
        return tuple(
            self._updater(each.name, settled, figures, standing, is_running=is_running)
            for each in self._registry.all()
        )

    def _updater(
        self,
        name: str,
        settled: Settled,
        figures: Mapping[str, RunMetrics],
        standing: Standing,
        *,
        is_running: bool,
    ) -> UpdaterView:
        updater = self._registry.get(name)
        key = updater.schedule_key
        is_enabled, found = settled.is_enabled(key), figures.get(name)
        is_due = is_running and is_enabled and not settled.schedules[key].is_paused
        return UpdaterView(
            name=name,
            schedule_key=key,
            category=updater.category,
            description=updater.description,
            is_enabled=is_enabled,
            last_execution=_shown(found.last_execution if found else None),
            next_execution=_shown(standing.next_fires.get(name) if is_due else None),
            config=self._explaining.schedule(settled, key),
        )


def _metrics(view: UpdaterView, found: RunMetrics | None) -> UpdaterMetricsView:
    return UpdaterMetricsView(
        name=view.name,
        is_enabled=view.is_enabled,
        total_executions=found.total if found else 0,
        successful_executions=found.successful if found else 0,
        failed_executions=found.failed if found else 0,
        average_execution_time=round(found.average_ms, 3) if found else None,
        last_execution=view.last_execution,
        last_error=found.last_error if found else None,
    )


def _run(record: RunRecord) -> UpdaterRunView:
    return UpdaterRunView(
        run_id=record.run_id,
        number=record.number,
        updater=record.updater,
        kind=record.kind,
        status=record.status,
        reason=record.reason,
        slot=format_instant(record.slot_at),
        rows_created=record.row_count,
        rows_changed=record.update_count,
        tables=record.tables,
        triggered_by=record.triggered_by,
        started_at=format_instant(record.started_at),
        finished_at=format_instant(record.finished_at),
        execution_time=record.duration_us / 1_000,
        error=record.error,
        corpus_version=record.corpus_version,
        undone_at=_shown(record.undone_at),
        undone_by=record.undone_by,
        attestation=record.attestation,
    )


def _firing(firing: Firing) -> FiringView:
    return FiringView(
        schedule=firing.schedule,
        fire_at=format_instant(firing.fire_at),
        until=format_instant(firing.until),
        count=firing.fire_count,
        status=firing.status,
        reason=firing.reason,
        attempt=firing.attempt,
        run_id=firing.run_id,
        error=firing.error,
    )


def _shown(at: int | None) -> str | None:
    return None if at is None else format_instant(at)


def _read_number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _CURSOR_DIGITS):
        raise _no_cursor(cursor)
    return int(cursor)


def _read_place(cursor: str) -> tuple[int, str]:
    at, separator, schedule = cursor.partition(":")
    if not separator or not _NAME.fullmatch(schedule):
        raise _no_cursor(cursor)
    return _read_number(at), schedule


def _no_cursor(cursor: str) -> Invalid:
    return Invalid(field="cursor", got=cursor[:64], wants="a next_cursor of an answer")
