"""What a node's health says of updaters: never more than degraded."""

from typing import Final

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.reliability import CheckOutcome
from tenantry.updater.service.upkeep import UpdaterUpkeep
from tenantry.updater.service.views import UpdaterViews

REMEMBERED_SECONDS: Final = 10.0
"""So long an answer is good: who asks more often than that costs the database nothing."""
_MOST_TENANTS: Final = 50
_NAMED: Final = 3


class UpdaterCheck:
    """Whether the updaters of all tenants do what they should."""

    def __init__(self, *, upkeep: UpdaterUpkeep, views: UpdaterViews, clock: Clock) -> None:
        self._upkeep = upkeep
        self._views = views
        self._clock = clock
        self._known: CheckOutcome | None = None
        self._fresh_until = 0.0

    async def __call__(self) -> CheckOutcome | None:
        """Say which tenants' updaters fail or stand still; None while none runs."""
        if self._clock.monotonic() >= self._fresh_until:
            try:
                self._known = await self._look()
            except TenantryError as error:
                # The database has a check of its own.
                return CheckOutcome("degraded", f"not known: {error.message}")
            self._fresh_until = self._clock.monotonic() + REMEMBERED_SECONDS
        return self._known

    async def _look(self) -> CheckOutcome | None:
        tenants = (await self._upkeep.under_way())[:_MOST_TENANTS]
        if not tenants:
            return None
        unwell = [
            f"{tenant_id}: {found.reasons[0]}"
            for tenant_id in tenants
            if (found := await self._views.health_of(tenant_id)).status != "healthy"
        ]
        if not unwell:
            return CheckOutcome("healthy")
        return CheckOutcome(
            "degraded",
            f"{len(unwell)} of {len(tenants)} tenants: " + "; ".join(unwell[:_NAMED]),
        )
