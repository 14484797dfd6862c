"""The tenant and the settings a first start comes with, so that there is something to look at."""

from typing import Any, Final

from tenantry.app import Application
from tenantry.base import root_principal
from tenantry.base.errors import TenantryError
from tenantry.telemetry import get_logger
from tenantry.tenants import NewTenant, TenantExists

_SETTINGS: Final[dict[str, Any]] = {
    "app:name": "Northwind Portal",
    "billing:currency": "EUR",
    "billing:plans": [
        {"id": "starter", "seats": 5, "monthly": 19},
        {"id": "team", "seats": 25, "monthly": 79},
        {"id": "enterprise", "seats": None, "monthly": None},
    ],
    "features:dark_mode": True,
    "features:new_checkout": {"enabled": True, "percentage": 25, "regions": ["DE", "AT", "CH"]},
    "limits:api_requests_per_minute": 600,
    "mail:from": "Northwind <no-reply@northwind.example>",
    "theme:colors": {"primary": "#0f62fe", "accent": "#ff832b", "danger": "#da1e28"},
    "welcome:text": "Grüß Gott — 欢迎 — welcome 👋",
}

HISTORY_DAYS: Final = 365
"""How much of a past the demo tenant has when somebody first looks at it."""

_LOGGER = get_logger("tenantry.server")


async def seed_demo(app: Application) -> int:
    """Make the default tenant, and store the demo settings where it has none; return how many.

    It is made a sandbox. One that is there already stays what it is.
    """
    principal, tenant_id = root_principal(source="startup"), app.settings.default_tenant
    try:
        new = NewTenant(id=tenant_id, name="Northwind", sandbox=True)
        await app.tenants.create(principal, new)
    except TenantExists:
        if app.settings.dev and not app.access.is_sandbox(tenant_id):
            _LOGGER.info(
                "The demo tenant is no sandbox: nothing made up is written into it",
                tenant=tenant_id,
                remedy=f"tenantry tenants mark {tenant_id} --sandbox",
            )
    if app.config_store.all(principal, tenant_id, limit=1):
        return 0

    for name, value in _SETTINGS.items():
        await app.config_store.put(principal, tenant_id, name, value)
    _LOGGER.info("Demo settings stored", count=len(_SETTINGS), tenant=tenant_id)
    return len(_SETTINGS)


async def bring_to_life(app: Application) -> None:
    """Give the default tenant a past, and have its updaters run, where they never have."""
    principal, tenant_id = root_principal(source="startup"), app.settings.default_tenant
    if not app.access.is_sandbox(tenant_id):
        return
    try:
        if (await app.updater_parts.views.status(principal, tenant_id)).revision:
            # What somebody has stopped stays stopped.
            return
        await app.updater_parts.backfilling.begin(principal, tenant_id, HISTORY_DAYS)
        await app.updater_parts.control.start(principal, tenant_id)
    except TenantryError as error:
        # A demo whose tenant stands still is one all the same, and whoever looks is told.
        _LOGGER.warning("The demo tenant was not brought to life", reason=error.message)
