"""The workload of sync: a tenant that logs in again and again, in a process to be killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tenantry.app import Application, build_application
from tenantry.base import Clock
from tenantry.settings import load_settings
from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tenantry.tenants import Passwords
from tests.faults.life import Life

TENANT: Final = "acme"
MAX_AGE_SECONDS: Final = 60

_CHEAP_HASH_KIB = 64


@asynccontextmanager
async def opened_sync(
    url: str, folder: str, *, clock: Clock | None = None
) -> AsyncIterator[Application]:
    """Open everything that a server has on the database of `url`, but its port."""
    overrides = {
        "DATABASE_URL": url,
        "DATA_DIR": folder,
        "API_PORT": 0,
        "DEV": True,
        "SYNC_MAX_AGE_SECONDS": MAX_AGE_SECONDS,
    }
    settings = load_settings({}, cwd=Path(folder), overrides=overrides, is_terminal=False)
    passwords = Passwords(memory_kib=_CHEAP_HASH_KIB)
    app = build_application(settings, clock=clock, passwords=passwords)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


async def sync_for_ever(life: Life) -> None:
    """Sync again and again, as if each time was the first after a change, until killed."""

    def tell(record: SpanRecord | EventRecord) -> None:
        if record.name == "tenantry.sync.page_committed":
            life.report("page")

    subscribe(tell)
    async with opened_sync(life.url, life.arguments["folder"]) as app:
        syncing = app.sync_parts.syncing
        life.report("began")
        while True:
            result = await syncing.ensure_tenant_sync(
                TENANT, triggered_by="test", trigger_source="api", is_forced=True
            )
            assert result is not None
            assert result.success, result
            life.report("synced", result.correlation_id)
            await asyncio.sleep(0)
