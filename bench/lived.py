"""Our application with a tenant that lives: a year of history at once, and slots as they come.

Each function is run in a process of its own, against an empty database.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from tenantry.app import Application, build_application
from tenantry.base import Clock, root_principal
from tenantry.settings import load_settings
from tenantry.telemetry import configure_logging
from tenantry.tenants import NewTenant
from tenantry.testing import FakeClock

HISTORY_DAYS: Final = 90
"""How long a tenant has lived whose slots are timed."""
_ROOT: Final = root_principal(source="bench")
_TENANT: Final = "bench"
_PAUSE_SECONDS: Final = 0.01
_STEP_SECONDS: Final = 3_600


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What a history took, and how many runs and rows are in it."""

    seconds: float
    processor_seconds: float
    run_count: int
    row_count: int


def history(url: str, folder: str, days: int) -> History:
    """Give a tenant a history, and wait until all of it is there."""
    return uvloop.run(_history(url, Path(folder), days))


def ticks(url: str, folder: str, count: int) -> list[float]:
    """Return the ms that each of so many slots took that were due alone."""
    return uvloop.run(_ticks(url, Path(folder), count))


async def _history(url: str, folder: Path, days: int) -> History:
    async with _application(url, folder, roles="web,worker") as app:
        parts = app.updater_parts
        wall, processor = time.perf_counter(), time.process_time()
        await parts.backfilling.begin(_ROOT, _TENANT, days)
        await _ended(app)
        seconds = time.perf_counter() - wall
        processor_seconds = time.process_time() - processor

        metrics = (await parts.views.metrics(_ROOT, _TENANT)).updater_metrics
        assert not sum(each.failed_executions for each in metrics)
        checked = await parts.tables.check(_ROOT, _TENANT)
        assert not checked.fault_count
    return History(
        seconds=seconds,
        processor_seconds=processor_seconds,
        run_count=sum(each.total_executions for each in metrics),
        row_count=checked.rows,
    )


async def _ticks(url: str, folder: Path, count: int) -> list[float]:
    clock = FakeClock()
    async with _application(url, folder, roles="web", clock=clock) as app:
        parts = app.updater_parts
        await parts.backfilling.begin(_ROOT, _TENANT, HISTORY_DAYS)
        while not (await parts.backfilling.progress(_ROOT, _TENANT)).is_done:
            await parts.upkeep.step(_TENANT)
        await parts.control.start(_ROOT, _TENANT)

        taken: list[float] = []
        before = await _runs(app)
        while len(taken) < count:
            clock.advance(_STEP_SECONDS)
            started_at = time.perf_counter()
            await parts.upkeep.step(_TENANT)
            milliseconds = (time.perf_counter() - started_at) * 1_000
            runs = await _runs(app)
            if runs == before + 1:
                taken.append(milliseconds)
            before = runs
    return taken


async def _ended(app: Application) -> None:
    """Wait for the end of a history."""
    while True:
        if (await app.updater_parts.backfilling.progress(_ROOT, _TENANT)).is_done:
            return
        await asyncio.sleep(_PAUSE_SECONDS)


async def _runs(app: Application) -> int:
    metrics = (await app.updater_parts.views.metrics(_ROOT, _TENANT)).updater_metrics
    return sum(each.successful_executions for each in metrics)


@asynccontextmanager
async def _application(
    url: str, folder: Path, *, roles: str, clock: Clock | None = None
) -> AsyncIterator[Application]:
    """Run the application as the command line does where no server runs, without the port."""
    overrides: dict[str, Any] = {
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "DEV": True,
        "ROLES": roles,
    }
    settings = load_settings({}, cwd=folder, overrides=overrides)
    sink = configure_logging(level="info", file=folder / "server.log")
    app = build_application(settings, clock=clock)
    await app.start()
    try:
        await app.tenants.create(_ROOT, NewTenant(id=_TENANT, name="Bench", sandbox=True))
        yield app
    finally:
        await app.stop()
        sink.stop()
