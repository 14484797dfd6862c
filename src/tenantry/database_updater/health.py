"""`check_updater_health`: whether updaters do what they should, for whoever watches over them."""

import os
from datetime import UTC, datetime
from pathlib import Path

from tenantry.database_updater.answer import ManagerHealth, as_kind
from tenantry.database_updater.place import recorded_place
from tenantry.database_updater.running import last_place
from tenantry.sdk.errors import RequestFailed
from tenantry.settings import load_settings


def check_updater_health() -> ManagerHealth:
    """Return the health of the updaters that run in this process, else of the server's here.

    `status` is healthy, degraded, or unhealthy: that too where there are none at all, or they do
    not answer. It waits for the answer.
    """
    place = last_place()
    try:
        if place is not None:
            return as_kind(ManagerHealth, place.updaters.health())
        settings = load_settings(os.environ, cwd=Path.cwd())
        recorded = recorded_place(settings, tenant_id=settings.default_tenant)
        if recorded is None:
            return _unhealthy(f"no updater runs here, and no server on {settings.data_dir}")
        with recorded as found:
            return as_kind(ManagerHealth, found.updaters.health())
    except RequestFailed as error:
        return _unhealthy(error.message)


def _unhealthy(reason: str) -> ManagerHealth:
    return ManagerHealth(
        status="unhealthy",
        updater_system_running=False,
        total_updaters=0,
        reasons=(reason,),
        timestamp=datetime.now(UTC),
    )
