"""Tenants that live, in an application without a port, at a time that a test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from tenantry.app import Application, build_application
from tenantry.base import root_principal
from tenantry.db import Tenant, Transaction
from tenantry.settings import load_settings
from tenantry.tenants import NewTenant, Passwords
from tenantry.testing import FakeClock
from tenantry.updater.model import TABLES, TableName
from tenantry.updater.store import rows_of

ROOT: Final = root_principal(source="test")
TENANT: Final = "sandbox"
MONDAY: Final = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
"""Eight in the morning in New York, six days before the clocks go forward."""
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
_CHEAP_HASH_KIB: Final = 64


class Lived:
    """An application, and the tenant whose updaters a test has run."""

    def __init__(self, app: Application, clock: FakeClock, tenant: str = TENANT) -> None:
        self.app = app
        self.clock = clock
        self.tenant = tenant
        self.parts = app.updater_parts

    async def step(self) -> None:
        """Run what is due, as the worker does."""
        await self.parts.upkeep.step(self.tenant)

    async def live(self, seconds: int, *, by: int = HOUR) -> None:
        """Let time pass, and run what is due each time that `by` seconds have passed."""
        for _ in range(seconds // by):
            self.clock.advance(by)
            await self.step()

    async def start(self, **options: Any) -> None:
        """Have the tenant's updaters run by their schedules."""
        await self.parts.control.start(ROOT, self.tenant, **options)
        await self.step()

    async def configure(self, **change: Any) -> None:
        """Change the configuration."""
        await self.parts.control.configure(ROOT, self.tenant, change)

    async def backfill(self, days: int) -> None:
        """Give the tenant a history, to its end."""
        await self.parts.backfilling.begin(ROOT, self.tenant, days)
        while not (await self.parts.backfilling.progress(ROOT, self.tenant)).is_done:
            await self.step()

    async def rows(self) -> dict[TableName, list[dict[str, Any]]]:
        """Return all rows there are, by table and id."""

        def unit(tx: Transaction, table: TableName) -> list[dict[str, Any]]:
            return [
                {
                    **msgspec.to_builtins(each.row),
                    "edited_at": each.edited_at,
                    "edited_by": each.edited_by,
                }
                for chunk in rows_of(tx, self.tenant, table)
                for each in chunk
            ]

        return {
            table: await self.app.database.read(Tenant(self.tenant), unit, table)
            for table in TABLES
        }

    async def count(self) -> int:
        """Return how many rows there are."""
        return sum(map(len, (await self.rows()).values()))

    async def firings(self, limit: int = 1_000) -> list[Any]:
        """Return what became of fire times, newest first."""
        found, _ = await self.parts.views.firings(ROOT, self.tenant, limit=limit, cursor=None)
        return found

    async def runs(self, limit: int = 1_000) -> list[Any]:
        """Return the runs, newest first."""
        found, _ = await self.parts.views.runs(ROOT, self.tenant, limit=limit, cursor=None)
        return found


@asynccontextmanager
async def living(
    url: str,
    folder: Path,
    *,
    clock: FakeClock | None = None,
    tenant: str = TENANT,
    is_sandbox: bool = True,
    **environ: str,
) -> AsyncIterator[Lived]:
    """Open an application on the database of `url`, whose worker is the test itself."""
    clock = clock or FakeClock(now=MONDAY)
    settings = load_settings(
        {"ROLES": "web", **environ},
        cwd=folder,
        overrides={"DATABASE_URL": url, "DATA_DIR": str(folder), "API_PORT": 0},
        is_terminal=False,
    )
    app = build_application(settings, clock=clock, passwords=Passwords(memory_kib=_CHEAP_HASH_KIB))
    await app.start()
    try:
        if app.access_ledger.state.tenant(tenant) is None:
            await app.tenants.create(ROOT, NewTenant(id=tenant, name="Demo", sandbox=is_sandbox))
        yield Lived(app, clock, tenant)
    finally:
        await app.stop()
