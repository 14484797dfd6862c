"""The workload of durable syncs: first logins whose data come through Temporal, to be killed."""

import asyncio
from pathlib import Path
from typing import Any, Final

# Here already, so that no life has to import it.
import tenantry.execution.temporal  # noqa: F401
from tenantry.app import Application, build_application
from tenantry.db import Tenant, Transaction
from tenantry.settings import load_settings
from tenantry.tenants import Passwords
from tests.faults.life import Life
from tests.support.waiting import eventually

_CHEAP_HASH_KIB: Final = 64


async def sync_a_tenant(life: Life) -> None:
    """Start what a server has but its port, bring a tenant's data in, and go on until killed."""
    tenant_id = life.arguments["tenant"]
    app = _application(life.url, life.arguments)
    await app.start()
    life.report("ready")
    result = await app.sync_parts.syncing.ensure_tenant_sync(
        tenant_id, triggered_by="test", trigger_source="login"
    )
    assert result is not None
    life.report("essential", result.sync_method)
    await eventually(lambda: _is_over(app, tenant_id), timeout=30)
    life.report("done")
    await asyncio.Event().wait()


def _application(url: str, arguments: dict[str, Any]) -> Application:
    overrides = {
        "DATABASE_URL": url,
        "DATA_DIR": arguments["folder"],
        "API_PORT": 0,
        "DEV": True,
        "TEMPORAL_ENABLED": True,
        "TEMPORAL_ADDRESS": arguments["temporal"],
        "USE_TEMPORAL_FOR_AUTH": True,
    }
    settings = load_settings(
        {}, cwd=Path(arguments["folder"]), overrides=overrides, is_terminal=False
    )
    return build_application(settings, passwords=Passwords(memory_kib=_CHEAP_HASH_KIB))


async def _is_over(app: Application, tenant_id: str) -> bool:
    return not await app.database.read(Tenant(tenant_id), _is_running, tenant_id)


def _is_running(tx: Transaction, tenant_id: str) -> bool:
    dialect = "?" if tx.dialect == "sqlite" else "%s"
    found = tx.connection.execute(
        f"SELECT count(*) FROM sync_runs WHERE tenant_id = {dialect} AND status = 'running'",
        (tenant_id,),
    )
    return bool(next(iter(found))[0])
