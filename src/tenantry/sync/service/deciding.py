"""The decision which method a tenant's sync takes, and its line."""

from collections.abc import Callable
from typing import Final

from tenantry.base import Principal
from tenantry.sync import rules
from tenantry.sync.model import Decision, Evaluated, MethodSettings
from tenantry.sync.service.permissions import READ
from tenantry.telemetry import get_logger

_LOGGER: Final = get_logger("tenantry.sync")

Evaluate = Callable[[str], Evaluated | None]
"""What the flag `sync-method` says for a tenant, now; None where there is no such flag."""


class Deciding:
    """Decides anew for each run: the flag may have changed a moment ago."""

    def __init__(self, *, settings: MethodSettings, evaluate: Evaluate) -> None:
        self._settings = settings
        self._evaluate = evaluate

    def decide(self, tenant_id: str) -> Decision:
        """Return the method, and why."""
        return rules.decide_method(self._settings, tenant_id, self._evaluate(tenant_id))

    def explain(self, principal: Principal, tenant_id: str) -> Decision:
        """Return the method that a sync would take now, and why."""
        principal.authorise(tenant_id, READ)
        return self.decide(tenant_id)

    def warn_of_contradictions(self) -> None:
        """Say at the start what the environment asks for and cannot have."""
        if self._settings.use_temporal and not self._settings.is_enabled:
            _LOGGER.warning(
                "USE_TEMPORAL_FOR_AUTH is true and TEMPORAL_ENABLED is not: syncs are direct"
            )
