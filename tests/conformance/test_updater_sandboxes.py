"""A tenant that is no sandbox is never written to, from the moment on that it is none."""

from itertools import count
from pathlib import Path

import pytest

from tenantry.tenants.model import TenantChange
from tenantry.updater.errors import NotASandbox
from tests.support.updater_app import DAY, ROOT, Lived, living

TICKETS = "service_tickets"


async def test_a_history_ends_where_the_tenant_is_no_sandbox_any_more(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.parts.backfilling.begin(ROOT, lived.tenant, 400)
        # Three batches of 200 fire times are let through, each asks twice.
        worlds, asked = lived.parts.control._worlds, count()  # noqa: SLF001 - root, meanwhile
        is_sandbox = worlds.is_sandbox
        worlds.is_sandbox = lambda _: next(asked) < 6
        await lived.step()

        done = [f for f in await lived.firings(2_000) if f.status == "done"]
        assert len(done) == 600
        assert not [f for f in await lived.firings(2_000) if f.status in ("failed", "skipped")]
        count_then = await lived.count()

        worlds.is_sandbox = is_sandbox
        lived.clock.advance(1)
        while not (await lived.parts.backfilling.progress(ROOT, lived.tenant)).is_done:
            await lived.step()
        assert await lived.count() > count_then
        times = [(f.schedule, f.fire_at) for f in await lived.firings(9_000)]
        assert len(times) == len(set(times))
        assert (await lived.parts.tables.check(ROOT, lived.tenant)).fault_count == 0


async def test_a_tenant_that_stops_being_a_sandbox_while_it_lives_is_left_at_once(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(3)
        await lived.start()
        await lived.live(DAY)
        shown = await lived.parts.executing.dry_run(ROOT, lived.tenant, TICKETS)
        run = (await lived.runs())[0]
        row = (await lived.rows())["customers"][0]["id"]
        await _mark(lived, is_sandbox=False)
        before = await lived.rows()
        await lived.live(DAY)

        parts, tenant = lived.parts, lived.tenant
        assert tenant not in await parts.upkeep.under_way()
        for refused in (
            parts.executing.execute(ROOT, tenant, TICKETS),
            parts.executing.execute(ROOT, tenant, TICKETS, token=str(shown.token)),
            parts.executing.dry_run(ROOT, tenant, TICKETS),
            parts.tables.edit(ROOT, tenant, "customers", row, {"name": "Acme"}),
            parts.backfilling.begin(ROOT, tenant, 3),
            parts.control.start(ROOT, tenant),
            parts.undoing.undo(ROOT, tenant, run.run_id),
            parts.undoing.undo(ROOT, tenant, "all"),
        ):
            with pytest.raises(NotASandbox):
                await refused
        assert await lived.rows() == before
        found = await parts.views.health(ROOT, tenant)
        assert found.status == "degraded"
        assert "sandbox" in found.reasons[0]

        # To have it taken back, root lets it be written to once more.
        await parts.control.stop(ROOT, tenant)
        await _mark(lived, is_sandbox=True)
        await parts.undoing.undo(ROOT, tenant, "all")
        assert await lived.count() == 0


async def _mark(lived: Lived, *, is_sandbox: bool) -> None:
    await lived.app.tenants.change(ROOT, lived.tenant, TenantChange(sandbox=is_sandbox))
