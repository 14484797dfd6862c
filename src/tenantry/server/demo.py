"""The tenant and the settings a first start comes with, so that there is something to look at."""

import contextlib
from typing import Any, Final

from tenantry.app import Application
from tenantry.base import root_principal
from tenantry.telemetry import get_logger
from tenantry.tenants import NewTenant, TenantExists

_SETTINGS: Final[dict[str, Any]] = {
    "app:name": "Northwind Portal",
    "app:support_email": "support@northwind.example",
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

_LOGGER = get_logger("tenantry.server")


async def seed_demo(app: Application) -> int:
    """Make the default tenant, and store the demo settings where it has none; return how many."""
    principal, tenant_id = root_principal(source="startup"), app.settings.default_tenant
    with contextlib.suppress(TenantExists):
        await app.tenants.create(principal, NewTenant(id=tenant_id, name="Northwind"))
    if app.config_store.all(principal, tenant_id, limit=1):
        return 0

    for name, value in _SETTINGS.items():
        await app.config_store.put(principal, tenant_id, name, value)
    _LOGGER.info("Demo settings stored", count=len(_SETTINGS), tenant=tenant_id)
    return len(_SETTINGS)
